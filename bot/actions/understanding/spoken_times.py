"""Words that tell a moment, brought to one spelling: « dmn apm » is « demain apres midi », « 15:30 » is « 15h30 »."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from bot.actions.understanding.date_words import MONTHS
from bot.actions.understanding.text import with_figures

_MONTH_NAMES = [*MONTHS][:12]
_TYPED_DATE = re.compile(r"(?<![\dh/])(\d{1,2})[/.](0?[1-9]|1[0-2])(?:[/.]\d{2,4})?(?![\d:/]| ?h)")
_TYPED_HOUR = re.compile(r"\b(\d{1,2}) ?: ?(\d{2})\b")
_SPELLINGS = tuple(
    (re.compile(row["said"]), row["meant"])
    for row in yaml.safe_load((Path(__file__).parent / "lexicon" / "moments.yml").read_text(encoding="utf-8"))
)
_LESS = re.compile(r"\b(\d{1,2})h ?moins (?:le |1 )?(quart|\d{1,2})\b")
_IN_THE_EVENING = re.compile(r"\b(\d{1,2})h(\d{2})? ?du soir\b")
_OF_THE_DAY = re.compile(r"\b(\d{1,2}h(?:\d{2})?) ?(?:du matin|de l apres midi)\b")

# What denies the moment that follows, and the words that may stand between.
NEGATION = re.compile(
    r"\b(?:pas|jamais|sauf|excepte|hormis|a part|hors|en dehors|ni|evit\w+|surtout pas|plus|dispo(?:nible)? ni|"
    r"travaille|occupee?|absente?|prise?|dialyse|kine|(?:infirmi\w+|aide|kine\w*) (?:passe|vient))"
    r"(?: (?:de|d|des|le|la|les|l|du|ce|cet|cette|a|au|en|dans|pendant|avant|m|me|nous|chez|moi|c est|que|tous|"
    r"toujours|tot|appels?|appeler?|appelez|rappeler?|rappelez|libre|dispo|disponible|possible)){0,4} $"
)
# « Le mardi je suis en dialyse »
_DENIED_AFTER = re.compile(
    r" (?:(?:je|j|moi|c|ca|on|ne|n|y|me|suis|est|peux|va|sera|serai|ai|toujours|trop) )*"
    r"(?:pas\b|jamais\b|plus\b(?! (?:tranquil|calm|simple|facile|pratique|libre|dispo|repos|commode|tot|tard))|"
    r"en dialyse|au travail|travaille|absente?|occupee?|prise?|impossible|"
    r"(?:le |la |l |mon |ma )?(?:kine|dialyse|hopital|chimio|infirmi\w+|auxiliaire|menage)\b)"
)
# « N'appelez pas le matin, l'après-midi seulement »
_WELCOME_AFTER = re.compile(r" (?:seulement|uniquement|plutot|oui|ok|ca va|d accord|c est mieux|de preference)\b")
# « Je pars chez le kiné, rappelez jeudi »: what is asked for has nothing to do with what came before.
_ASKED = re.compile(r"(?<!n )(?<!ne )(?<!pas )(?<!jamais )(?<!plus )\b(?:re)?appelez (?:moi )?(?!pas|plus|jamais)")
_LINKED = re.compile(r" (?:(?:et|ni|ou|le|la|l|les|du|dans|en|au|non plus) )*")


def written_out(text: str) -> str:
    text = _TYPED_HOUR.sub(r"\1h\2", text)
    text = _TYPED_DATE.sub(lambda m: f"{m.group(1)} {_MONTH_NAMES[int(m.group(2)) - 1]}", text)
    said = with_figures(text)
    for pattern, meant in _SPELLINGS:
        said = pattern.sub(meant, said)
    said = re.sub(r"\s+", " ", _LESS.sub(_less, said))
    said = _IN_THE_EVENING.sub(lambda m: f"{_evening(m.group(1))}h{m.group(2) or ''}", said)
    return _OF_THE_DAY.sub(r"\1", said).strip()


def _less(match: re.Match[str]) -> str:
    """« Trois heures moins le quart »."""
    minutes = 15 if match.group(2) == "quart" else int(match.group(2))
    return f"{(int(match.group(1)) - 1) % 24}h{60 - minutes:02d}" if minutes < 60 else match.group()


def _evening(hour: str) -> int:
    return int(hour) + 12 if int(hour) < 12 else int(hour)


def mentions(pattern: re.Pattern[str], said: str) -> Iterator[tuple[re.Match[str], bool]]:
    """Each place where the pattern is found, and whether it is denied: « pas le lundi ni le mardi »."""
    end, denied = 0, False
    for match in pattern.finditer(said):
        linked = end > 0 and _LINKED.fullmatch(said[end : match.start()]) is not None
        asked = max((found.end() for found in _ASKED.finditer(said, 0, match.start())), default=0)
        before = NEGATION.search(said[asked : match.start()]) is not None
        welcome = _WELCOME_AFTER.match(said, match.end()) is not None
        after = _DENIED_AFTER.match(said, match.end()) is not None
        denied = before or after or (linked and denied and not welcome)
        end = match.end()
        yield match, denied
