"""How a person can travel (DOMAIN §4)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.actions.understanding.lexicon import lexicon
from bot.actions.understanding.text import plain
from bot.actions.understanding.travel_limits import TravelLimit, read_travel_limit
from outreach.domain.words import Mobility

__all__ = [
    "MobilitySaid",
    "TravelLimit",
    "read_keyed_mobility",
    "read_mobility",
    "read_mobility_loosely",
    "read_travel_limit",
]

_LOOSE = Path(__file__).parent / "lexicon" / "mobility_loose.yml"
_STILL_DRIVES = re.compile(r"conduis (?:plus|pas|pu)(?= (?:la nuit|de nuit|le soir|loin|longtemps|beaucoup|sur))")
_NOBODY = re.compile(
    r"(?<!besoin de )(?<!besoin )\bpersonne(?: (?:pour|ne|qui|peut|veut|puisse|n est|est))*(?: (?:m|me)? ?\w+)?"
    r"|\bni (?:famille|enfants?|voisins?)\b"
)
_PERSON = re.compile(r"\bpersonne (?:agee?|handicap\w*|seule|m accompagne)|\bune personne\b|\b1 personne\b")
_BEFORE_NOW = re.compile(
    r"(?:\b(?:mon|ma) \w+ (?:me |m )?)?\b(?:prenais|conduisais|conduisait|emmenait|accompagnait|amenait|deposait|"
    r"faisais|roulais|marchais|allais|utilisais|avais)\b.*?(?=\b(?:maintenant|mais|aujourd hui|depuis|la)\b|$)"
)
_DENIED_BEFORE = re.compile(
    r"\b(?:pas|plus|pu|jamais|ni|aucune?|sans)(?: (?:encore|besoin|vraiment|du|tout|prendre|utiliser?|aller|venir|"
    r"d|de|des|en|dans|un|une|1|mon|ma|le|la|les|l|a|au|etre|qu|on|que|m|me|y|il|faut|faudrait|toujours|trop))* $"
)
_DENIED_AFTER = re.compile(
    r"\w*(?: (?:c|ce|est|n|ne|je|j|en|y|moi|ca|la|ai|arrive|suis|peux|sais|prends|a|besoin|du tout|m))*"
    r" (?:pas(?! plus\b)|plus|pu|jamais|fini|termine|impossible|non)\b"
    r"(?! (?:seule|de (?:probleme|souci)|mal|besoin de personne|loin|pied))"
)
# Between two ways both of which are meant.
_ALTERNATIVE = re.compile(
    r"\b(?:ou|soit|sinon|mais|parfois|des fois|depend\w*|quand|"
    r"quelquefois|certains?|selon|et aussi|aussi)\b"
)
_BY_ONESELF = re.compile(r"\bseule?\b|je conduis|debrouille|autonome")

_WALKER = re.compile(r"je marche (?=avec (?:un|1|mon|le) (?:de ?ambulat|des ambulat|rollator|cadre|tintebin))")
# « L'ambulance vient me chercher » is no companion.
_FETCHED = re.compile(
    r"\b(ambulanc\w*|vsl|taxi\w*|transport\w*)(?: (?:qui|conventionne|il|elle))* "
    r"(?:(?:vient|viennent|passe) me (?:chercher|prendre)|m (?:emmen|amen)\w*|me (?:prend|condui|depos)\w*)"
)

# In this order, and with the expressions of `lexicon/mobility_*.txt`.
_WAYS = (
    Mobility.WHEELCHAIR,
    Mobility.HOME_VISIT,
    Mobility.TRANSPORT_NEEDED,
    Mobility.ACCOMPANIED,
    Mobility.AUTONOMOUS,
)
_BY_KEY = {
    "1": Mobility.AUTONOMOUS,
    "2": Mobility.ACCOMPANIED,
    "3": Mobility.TRANSPORT_NEEDED,
    "4": Mobility.WHEELCHAIR,
    "5": Mobility.HOME_VISIT,
}


@dataclass(frozen=True, slots=True)
class MobilitySaid:
    ways: frozenset[Mobility] = frozenset()
    # « Je ne conduis pas et je n'ai personne »: ask about a prescribed transport.
    no_way_known: bool = False


def read_mobility(text: str) -> MobilitySaid:
    said = _STILL_DRIVES.sub("conduis", plain(text))
    said = _FETCHED.sub(r"\1", _WALKER.sub("", _BEFORE_NOW.sub(" ", said)))
    nobody = _NOBODY.search(_PERSON.sub(" ", said)) is not None
    no_way = nobody or lexicon("mobility_no_car").search(said) is not None
    rest = lexicon("mobility_no_car").sub(" ", said)
    if nobody:
        rest = _NOBODY.sub(" ", rest)
    ways: set[Mobility] = set()
    if lexicon("mobility_never_alone").search(rest):
        ways.add(Mobility.ACCOMPANIED)
        rest = lexicon("mobility_never_alone").sub(" ", rest)
    rest = re.sub(r"\s+", " ", rest)
    for way in _WAYS:
        if _is_meant(way, rest):
            ways.add(way)
    _keep_one_of_two(ways, rest)
    return MobilitySaid(frozenset(ways), no_way and not ways)


def read_mobility_loosely(text: str) -> MobilitySaid:
    """The way that single words tell, for an utterance that surely tells one."""
    said = plain(text)
    for way, words in _loose_words():
        if words.search(said):
            return MobilitySaid(frozenset({way}))
    return MobilitySaid()


@lru_cache
def _loose_words() -> tuple[tuple[Mobility, re.Pattern[str]], ...]:
    kept: dict[str, str] = yaml.safe_load(_LOOSE.read_text(encoding="utf-8"))
    return tuple((Mobility(way), re.compile(re.sub(r"\|\s+", "|", words))) for way, words in kept.items())


def _is_meant(way: Mobility, said: str) -> bool:
    """Whether some expression of this way is said and not denied: « je ne suis pas en fauteuil »."""
    return any(
        _DENIED_BEFORE.search(said[: match.start()]) is None
        and (way in {Mobility.HOME_VISIT, Mobility.WHEELCHAIR} or _DENIED_AFTER.match(said, match.end()) is None)
        for match in lexicon(f"mobility_{way.value}").finditer(said)
    )


def _keep_one_of_two(ways: set[Mobility], said: str) -> None:
    """« Ma fille m'emmène en voiture », « un taxi conventionné »: one way, not two."""
    alternative = _ALTERNATIVE.search(said) is not None
    by_oneself = _BY_ONESELF.search(said) is not None
    if (
        Mobility.TRANSPORT_NEEDED in ways
        and "taxi" in said
        and not by_oneself
        and not re.search(r"\bbus\b|a pied", said)
    ):
        ways.discard(Mobility.AUTONOMOUS)
    if Mobility.ACCOMPANIED in ways and not by_oneself and not (alternative and _OWN_WAY.search(said)):
        ways.discard(Mobility.AUTONOMOUS)
    if Mobility.HOME_VISIT in ways and Mobility.ACCOMPANIED in ways and _SOMEBODY_COMES.search(said):
        ways.discard(Mobility.ACCOMPANIED)
    if Mobility.HOME_VISIT in ways and not alternative and not by_oneself:
        ways.discard(Mobility.AUTONOMOUS)


# « Quelqu'un qui vienne à domicile » is the physician.
_SOMEBODY_COMES = re.compile(r"quelqu un qui (?:vien|pass|se deplac)")
_OWN_WAY = re.compile(r"\bbus\b|\ba ?pied|metro|\btram|train\b|je marche|taxi|velo|je prends")


def read_keyed_mobility(digits: str) -> MobilitySaid:
    return MobilitySaid(frozenset(_BY_KEY[key] for key in digits if key in _BY_KEY))
