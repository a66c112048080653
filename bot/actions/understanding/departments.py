"""The departments, by number or name, as people say and type them."""

import re
from functools import lru_cache
from pathlib import Path

from bot.actions.understanding.text import plain, with_figures

_FILE = Path(__file__).parent / "data" / "departments.tsv"
# « Dans le neuf trois », « dans le neuf quatre »: two digits said one by one.
_DIGITS = re.compile(r"\b(?:le|du|dans le|ds le) (\d) (\d)\b")
_NUMBER = re.compile(r"\b(?:le|du|dans le|ds le|dep|departement|dpt|dept) (\d{2,3}|2 ?a|2 ?b)\b(?! (?:\d|km|min|mars))")
_ALONE = re.compile(r"(?:c est |dans )?(?:le |du )?(\d{2,3}|2 ?[ab])")
# Names that are ordinary words too, or rivers: only with their own article and preposition.
_WITH_PREPOSITION = (
    r"(?:dans (?:tout |toute )?(?:le |la |l |les )?|en |departement (?:de |du |des |d )?(?:la |l )?|"
    r"toute? (?:le |la |l )|du |de la |de l |des |a la |a )"
)


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """The official name of each department."""
    rows = (line.split("\t") for line in _FILE.read_text(encoding="utf-8").splitlines())
    return {row[0]: row[1] for row in rows}


@lru_cache(maxsize=1)
def _by_name() -> tuple[tuple[re.Pattern[str], str], ...]:
    found = []
    # The longest first: « Haute-Savoie » holds « Savoie ».
    for code, name in sorted(names().items(), key=lambda row: -len(row[1])):
        if code == "75":
            continue
        said = re.sub(r"^la ", "", plain(name))
        found.append((re.compile(rf"\b{_WITH_PREPOSITION}{said}\b|^{said}$"), code))
    return tuple(found)


def department_named(text: str) -> str | None:
    """The department of « n'importe où dans le 94 », « en Lozère », « dans le neuf trois »."""
    said, figures = plain(text), with_figures(text)
    for pattern, code in _by_name():
        if pattern.search(said):
            return code
    if (digits := _DIGITS.search(figures)) is not None:
        return _known(digits.group(1) + digits.group(2))
    number = _NUMBER.search(figures) or _ALONE.fullmatch(figures)
    return _known(number.group(1).replace(" ", "").upper()) if number is not None else None


def without_department(text: str) -> str:
    """The words left when a department's name is taken out: « au Lamentin en Martinique »."""
    said = plain(text)
    for pattern, _ in _by_name():
        said = pattern.sub(" ", said)
    return re.sub(r"\s+", " ", said).strip()


def _known(code: str) -> str | None:
    return code if code in names() else None
