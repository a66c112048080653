"""How dates are misheard, mistyped and written by clerks."""

import re

# Typed « 12mars1947 », « le12 »: figures and words that stick together.
_STUCK = re.compile(r"(?<=\d)(?=[^\W\d_]{3})(?!ier)|(?<=[^\W\d_]{2})(?=\d)")
# « 12 sept 47 » is written for September; « douze sept quarante-sept » is said for July.
_WRITTEN_SEPT = re.compile(r"(?<=\d)[ ./-]*sept(?![^\W\d_])\.?(?![- ]?(?:cent|mille))", re.IGNORECASE)
_BORN_ONE = re.compile(r"\b(n[ée]e?s?) une? (?=\w)", re.IGNORECASE)
_CENT = re.compile(r"\b(neuf|9) (?:sans|sang|sent)\b", re.IGNORECASE)
_AFTER_TENS = r"\b(vingt|trente|quarante|cinquante|soixante|quatre[- ]vingts?)[- ]"
_HOMOPHONES = (
    (re.compile(r"\b(?:quarente|karante|karente|quarant|carante)\b", re.IGNORECASE), "quarante"),
    (re.compile(r"\bonz\b", re.IGNORECASE), "onze"),
    (re.compile(r"\bdouz\b", re.IGNORECASE), "douze"),
    (re.compile(r"\b(?:treiz|traize)\b", re.IGNORECASE), "treize"),
    (re.compile(r"\b(?:quatorz|katorze?)\b", re.IGNORECASE), "quatorze"),
    (re.compile(r"\b(?:quinz|kinze?)\b", re.IGNORECASE), "quinze"),
    (re.compile(r"\b(?:seiz|saize)\b", re.IGNORECASE), "seize"),
    (re.compile(r"\b(?:trent|trante?)\b", re.IGNORECASE), "trente"),
    (re.compile(r"\b(?:sinkante|cinkante|sinquante|cinquant)\b", re.IGNORECASE), "cinquante"),
    (re.compile(r"\bcinquente\b", re.IGNORECASE), "cinquante"),
    (re.compile(r"\b(?:soissante|soisante|soixente)\b", re.IGNORECASE), "soixante"),
    (re.compile(r"\bquatres?[- ]vin(?:gt)?s?\b", re.IGNORECASE), "quatre-vingt"),
    (re.compile(_AFTER_TENS + r"(?:cette|cet|set|sète)\b", re.IGNORECASE), r"\1-sept"),
    (re.compile(_AFTER_TENS + r"(?:si|sis|scie)\b", re.IGNORECASE), r"\1-six"),
    (re.compile(_AFTER_TENS + r"(?:toi|trop)\b", re.IGNORECASE), r"\1-trois"),
)

# « Le douze du troisième mois », « 2 7bre 1949 » as clerks used to write.
_MONTH_BY_RANK = re.compile(
    r"\bdu (premier|deuxi[eè]me|second|troisi[eè]me|quatri[eè]me|cinqui[eè]me|sixi[eè]me|septi[eè]me|huiti[eè]me|"
    r"neuvi[eè]me|dixi[eè]me|onzi[eè]me|douzi[eè]me) mois\b",
    re.IGNORECASE,
)
# « Le premier de l'an quarante-quatre », « née à Noël cinquante-deux »
_FEASTS = (
    (
        re.compile(r"\b(?:premier|1er) de l['’ ]?an\b|\bjour de l['’ ]?an\b|\bnouvel an\b", re.IGNORECASE),
        "premier janvier",
    ),
    (re.compile(r"\bsaint[- ]sylvestre\b", re.IGNORECASE), "31 décembre"),
    (re.compile(r"(?<!veille de )(?<!avant )(?<!après )\bno[eë]l\b", re.IGNORECASE), "25 décembre"),
    (re.compile(r"\btoussaint\b", re.IGNORECASE), "premier novembre"),
)
_RANKS = ("pr", "de", "tr", "qu", "ci", "si", "se", "hu", "ne", "di", "on", "do")
_OLD_MONTHS = ((7, "septembre"), (8, "octobre"), (9, "novembre"), (10, "décembre"))


def _month_at_rank(match: re.Match[str]) -> str:
    rank = match.group(1).lower()
    number = 2 if rank == "second" else _RANKS.index(rank[:2]) + 1
    return f" {number} "


def as_written(text: str) -> str:
    """Homophones, misspellings, clerks' months and what sticks together, brought to the usual spelling."""
    text = _MONTH_BY_RANK.sub(_month_at_rank, text)
    for number, month in _OLD_MONTHS:
        text = re.sub(rf"\b{number}bre\b", f" {month} ", text, flags=re.IGNORECASE)
    for feast, day in _FEASTS:
        text = feast.sub(day, text)
    text = _BORN_ONE.sub(r"\1 le ", _CENT.sub(r"\1 cent", text))
    for heard, meant in _HOMOPHONES:
        text = heard.sub(meant, text)
    return _STUCK.sub(" ", _WRITTEN_SEPT.sub(" septembre ", text))
