"""Birth dates as people say, type and key them."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.actions.understanding.text import holds_social_security_number, plain, with_figures

MONTHS = {
    "janvier": 1, "fevrier": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6,
    "juillet": 7, "aout": 8, "septembre": 9, "octobre": 10, "novembre": 11, "decembre": 12,
    "janv": 1, "fev": 2, "fevr": 2, "avr": 4, "juil": 7, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
YOUNGEST, OLDEST = 16, 110

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WITH_MONTH = re.compile(
    rf"\b(\d{{1,2}}) (?:du )?(?:mois (?:de|d) )?({_MONTH})\b"
    r"(?: (?:en |de l annee )?(\d{4}|\d{1,2}\b(?: \d{1,2}\b)?))?"
)
_NUMERIC = re.compile(r"\b(\d{1,2}) (?:du )?(\d{1,2}) (\d{4}|\d{2} \d{2}|\d{2})\b")
_ISO = re.compile(r"\b(\d{4}) (\d{2}) (\d{2})\b")
_JOINED = re.compile(r"\b(\d{2})(\d{2})(\d{4}|\d{2})\b")
_YEAR_FIRST = re.compile(r"\ben (\d{4}|\d{2})\b")
_CORRECTED_YEAR = re.compile(r"\b(?:non|pardon|enfin|plutot)(?: euh| en| pardon)* (\d{4}|\d{2})$")
_MONTH_AND_YEAR = re.compile(rf"\b({_MONTH}) (\d{{4}}|\d{{2}})\b")
_AGE = re.compile(r"\b\d{2,3} ans\b")
_HESITATION = re.compile(r"\b(euh|heu|hum|ben|bah|alors|donc|le|la|l|de)\b")


class NotADate(StrEnum):
    """Why words that speak of a birth date do not give one."""

    PARTIAL = "partial"
    IMPOSSIBLE = "impossible"
    AGE = "age"
    SOCIAL_SECURITY = "social_security"


@dataclass(frozen=True, slots=True)
class BirthDate:
    # Kept out of the repr: a birth date never reaches a log.
    value: date | None = field(default=None, repr=False)
    problem: NotADate | None = None
    day: int | None = field(default=None, repr=False)
    month: int | None = field(default=None, repr=False)
    year: int | None = field(default=None, repr=False)


def read_birth_date(text: str, today: date) -> BirthDate | None:
    """The birth date said, or why it is not one; None when the words do not speak of a date at all."""
    if holds_social_security_number(text):
        return BirthDate(problem=NotADate.SOCIAL_SECURITY)
    figures = re.sub(r"\s+", " ", _HESITATION.sub(" ", with_figures(text))).strip()
    found = [*_candidates(figures)]
    if found:
        day, month, year = found[-1]
        if year is None:
            # « En quarante-sept, le douze mars »: the year came first.
            before = _YEAR_FIRST.search(figures)
            if before is None:
                return BirthDate(problem=NotADate.PARTIAL)
            year = before.group(1)
        corrected = _CORRECTED_YEAR.search(figures)
        return _checked(day, month, corrected.group(1) if corrected else year, today)
    if _AGE.search(figures):
        return BirthDate(problem=NotADate.AGE)
    if _MONTH_AND_YEAR.search(figures) or re.search(r"\b(19|20)\d\d\b", figures):
        return BirthDate(problem=NotADate.PARTIAL)
    digits = re.sub(r"\D", "", figures)
    if digits and digits == figures.replace(" ", ""):
        return BirthDate(problem=NotADate.IMPOSSIBLE if len(digits) >= 6 else NotADate.PARTIAL)
    return None


def read_keyed_birth_date(digits: str, today: date) -> BirthDate:
    """JJMMAAAA on the keypad; JJMMAA is understood too."""
    if len(digits) not in (6, 8):
        return BirthDate(problem=NotADate.PARTIAL)
    return _checked(int(digits[:2]), int(digits[2:4]), digits[4:], today)


def _candidates(figures: str) -> list[tuple[int, int, str | None]]:
    with_month = [(int(d), MONTHS[m], y or None) for d, m, y in _WITH_MONTH.findall(figures)]
    if with_month:
        return with_month
    iso = [(int(d), int(m), y) for y, m, d in _ISO.findall(figures)]
    if iso:
        return [*iso]
    numeric = [(int(d), int(m), y) for d, m, y in _NUMERIC.findall(figures)]
    if numeric:
        return [*numeric]
    # Figures dictated one by one: « zéro quatre zéro six dix-neuf trente-trois ».
    joined = figures.replace(" ", "") if re.fullmatch(r"[\d ]+", figures) else figures
    return [(int(d), int(m), y) for d, m, y in _JOINED.findall(joined)]


def _checked(day: int, month: int, year: str, today: date) -> BirthDate:
    full = _full_year(year.replace(" ", ""), today)
    if full is None:
        return BirthDate(problem=NotADate.IMPOSSIBLE)
    try:
        value = date(full, month, day)
    except ValueError:
        return BirthDate(problem=NotADate.IMPOSSIBLE)
    if value >= today or _age(value, today) > OLDEST + 10:
        return BirthDate(problem=NotADate.IMPOSSIBLE)
    return BirthDate(value)


def _full_year(year: str, today: date) -> int | None:
    """A year of two digits is the one that gives an age between 16 and 110."""
    if len(year) == 4:
        return int(year)
    if len(year) > 2:
        return None
    for century in (1900, 2000):
        if YOUNGEST <= today.year - (century + int(year)) <= OLDEST:
            return century + int(year)
    return None


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def speaks_of_a_date(text: str) -> bool:
    return bool(re.search(rf"\b({_MONTH})\b|\bne(e)? (le|en)\b|\d{{2}} ?\d{{2}} ?\d{{2}}", plain(text)))


def joined(before: BirthDate, now: BirthDate, today: date) -> BirthDate:
    return now
