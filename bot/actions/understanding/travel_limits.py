"""How far a person can travel, in minutes or kilometres."""

import re
from dataclasses import dataclass

from bot.actions.understanding.lexicon import lexicon
from bot.actions.understanding.text import with_figures

_LONGEST_MINUTES = 240
_LONGEST_KM = 300

_TYPED_FRACTION = (
    (re.compile(r"\b1/2 ?h\w*|½ ?h\w*", re.IGNORECASE), " demi heure "),
    (re.compile(r"\b1/4 ?(?:d ?['’]? ?)?h\w*|¼ ?h\w*", re.IGNORECASE), " quart d heure "),
    (re.compile(r"\b3/4 ?(?:d ?['’]? ?)?h\w*|¾ ?h\w*", re.IGNORECASE), " 3 quarts d heure "),
    (re.compile(r"(?<=\d) ?['′](?![\w])"), " minutes "),
)
_ABOUT = {
    "dizaine": 10,
    "douzaine": 12,
    "quinzaine": 15,
    "vingtaine": 20,
    "trentaine": 30,
    "quarantaine": 40,
    "cinquantaine": 50,
}
_ABOUT_SO_MANY = re.compile(rf"\b(?:1 )?(?:petite |bonne )?({'|'.join(_ABOUT)}) (?:de |d )?(?=k|min|mn|bornes)")
# A moment or a delay, not a length of the way.
_NOT_A_WAY = (
    r"(?<!il y a )(?<!depuis )(?<!dans )(?<!ca fait )"
    r"(?<!attends )(?<!attendu )(?<!pendant )(?<!toutes les )(?<!reste )"
)
_KM = re.compile(r"\b(\d{1,3}) ?(?:km|kms|klm|kil|kilo|kilos|kilometres?|kilometre|kilom\w*|k|bornes?)\b")
_MINUTES = re.compile(
    _NOT_A_WAY + r"\b(\d{1,3}) ?(?:(?:toutes )?petites? |bonnes? |grosses? )?"
    r"(?:mn|mns|min|mins|minutes?|minuts?|minu)\b(?! (?:que|pour vous))"
)
_THREE_QUARTERS = re.compile(r"\b3 quarts? d ?h\w*")
_QUARTER = re.compile(_NOT_A_WAY + r"\b(?:1 )?(?:petit |bon |gros )?quart d ?h\w*")
_HALF = re.compile(_NOT_A_WAY + r"\b(?:1 )?(?:petite |bonne |grosse |grande )?demi ?e? ?h(?:eure?s?|r)?\b")
# « C'est une demi-heure, pas trois quarts d'heure »: what is denied, beside another length.
_DENIED = re.compile(
    r"\b(?:et )?(?:pas|non pas|au lieu (?:de|d)|plutot que) (?:de |d |les? )?"
    r"(?:(?:une? |1 )?(?:petite? |bonne? )?(?:demi ?e? ?h\w*|quart d ?h\w*)|3 quarts? d ?h\w*|"
    r"\d{1,3}(?: ?(?:mn|min\w*|km\w*|kilom\w*|bornes?|h|heures?)\b|(?= (?:mais|c est|non)\b)|$))"
)
_INSTEAD = re.compile(r"\b(?:c|c est|mais|plutot|non|mettez) (\d{1,3})$")
_HOURS = re.compile(
    r"(?P<before>\b(?:a|vers|apres|avant|des|jusqu a|dans|il y a|depuis|pendant|toutes les|entre|attendu|attends|reste|"
    r"rappel\w*|"
    r"demain|lundi|mardi|mercredi|jeudi|vendredi|matin|soir|midi) )?"
    r"\b(?P<hours>\d{1,2}) ?(?:petites? |bonnes? |grosses? )?(?:h|hr|hrs|heures?)(?![a-z]) ?"
    r"(?P<rest>\d{2}\b|et demie?|et quart)?"
    r"(?P<after> ?(?:du (?:matin|soir)|de l apres midi))?"
    r"(?P<way> ?(?:d ici|de (?:chez|route|trajet|bus|voiture|la maison|transport|marche|train)|max\w*|aller))?"
)


@dataclass(frozen=True, slots=True)
class TravelLimit:
    minutes: int | None = None
    km: int | None = None
    none: bool = False
    # « Le plus près possible »: short, without a figure.
    near: bool = False
    # A number alone, as a correction: in the unit that was noted.
    bare: bool = False


def read_travel_limit(text: str, *, asked: bool = True) -> TravelLimit | None:
    """`asked`: how far was the question, so « peu importe » and « pas loin » answer it."""
    for typed, meant in _TYPED_FRACTION:
        text = typed.sub(meant, text)
    said = _ABOUT_SO_MANY.sub(lambda m: f"{_ABOUT[m.group(1)]} ", with_figures(text))
    km, minutes = _lengths(_DENIED.sub(" ", said))
    if not km and not minutes:
        km, minutes = _lengths(said)
        if minutes and _DENIED.search(said) and (instead := _INSTEAD.search(said)) is not None:
            minutes = [int(instead.group(1))]  # « C pas 30 min c 15 »
    if km or minutes:
        return TravelLimit(max(minutes, default=None), max(km, default=None))
    if lexicon("travel_no_limit").search(said) or (asked and lexicon("travel_no_limit_asked").search(said)):
        return TravelLimit(none=True)
    return TravelLimit(near=True) if asked and lexicon("travel_near").search(said) else None


def _lengths(said: str) -> tuple[list[int], list[int]]:
    return [int(n) for n in _KM.findall(said) if 0 < int(n) <= _LONGEST_KM], _minutes(said)


def _minutes(said: str) -> list[int]:
    found: list[int] = []
    for pattern, length in ((_THREE_QUARTERS, 45), (_QUARTER, 15), (_HALF, 30)):
        said, count = pattern.subn(" ", said)
        found += [length] * bool(count)
    for match in _HOURS.finditer(said):
        if (match["before"] or match["after"]) and not match["way"]:
            continue
        rest = {"et demie": 30, "et demi": 30, "et quart": 15}.get(match["rest"] or "") or int(match["rest"] or 0)
        found.append(int(match["hours"]) * 60 + rest)
    found += [int(n) for n in _MINUTES.findall(_HOURS.sub(" ", said))]
    return [length for length in found if 0 < length <= _LONGEST_MINUTES]
