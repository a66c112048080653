"""How a person can travel, and how far."""

import re
from dataclasses import dataclass

from bot.actions.understanding.lexicon import lexicon
from bot.actions.understanding.text import plain, with_figures
from outreach.domain.words import Mobility

# Said first and removed: « je ne conduis pas » tells no way of travelling (DOMAIN §4).
_NO_CAR = re.compile(
    r"(?:je )?(?:n |ne )?(?:ai|conduis|possede) (?:plus|pas)(?: de| la| ma)?(?: voiture| permis| vehicule)?"
    r"|sans voiture|pas de (?:voiture|permis)|plus de (?:voiture|permis)"
)
_NOBODY = re.compile(r"\b(?:n )?ai personne\b|\bpersonne (?:pour|ne peut|peut)\b")
_NEVER_ALONE = re.compile(r"\b(?:jamais|pas|plus) (?:\w+ ){0,3}(?:toute? )?seule?\b")

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


@dataclass(frozen=True, slots=True)
class TravelLimit:
    minutes: int | None = None
    km: int | None = None
    none: bool = False


def read_mobility(text: str) -> MobilitySaid:
    said = plain(text)
    no_way = bool(_NO_CAR.search(said) or _NOBODY.search(said))
    rest = _NOBODY.sub(" ", _NO_CAR.sub(" ", said))
    ways: set[Mobility] = set()
    if _NEVER_ALONE.search(rest):
        ways.add(Mobility.ACCOMPANIED)
        rest = _NEVER_ALONE.sub(" ", rest)
    for way in _WAYS:
        if lexicon(f"mobility_{way.value}").search(rest):
            ways.add(way)
    if Mobility.TRANSPORT_NEEDED in ways and "taxi" in rest and not re.search(r"\bseule?\b|bus|conduis", rest):
        ways.discard(Mobility.AUTONOMOUS)
    if Mobility.ACCOMPANIED in ways and not re.search(r"\bseule?\b|\bbus\b|a pied|\bmetro|je conduis|je marche", rest):
        # « Ma fille m'emmène en voiture »: one way, not two.
        ways.discard(Mobility.AUTONOMOUS)
    if (
        Mobility.HOME_VISIT in ways
        and re.search(r"aide a domicile", rest)
        and not re.search(r"visite|vienne|venir", rest)
    ):
        ways.discard(Mobility.HOME_VISIT)
    return MobilitySaid(frozenset(ways), no_way and not ways)


def read_keyed_mobility(digits: str) -> MobilitySaid:
    return MobilitySaid(frozenset(_BY_KEY[key] for key in digits if key in _BY_KEY))


_HOURS = re.compile(r"\b(\d{1,2}) ?(?:h|heures?)(?: ?(\d{2}))?\b")
_MINUTES = re.compile(r"\b(\d{1,3}) ?(?:mn|min|minutes?|minute)\b")
_KM = re.compile(r"\b(\d{1,3}) ?(?:km|kms|kilometres?|bornes?)\b")
_NO_LIMIT = re.compile(r"pas de limite|sans limite|peu importe|n importe|aucune limite|m est egal|autant qu il faut")


def read_travel_limit(text: str, *, asked: bool = True) -> TravelLimit | None:
    said = with_figures(text)
    if _NO_LIMIT.search(said):
        return TravelLimit(none=True)
    km = [int(n) for n in _KM.findall(said)]
    minutes = [int(n) for n in _MINUTES.findall(said)]
    if re.search(r"\b3 quarts? d heure|\b3 4 d heure", said):
        minutes.append(45)
    elif re.search(r"quart d heure|\b1 4 d heure|\b1 4 h\b", said):
        minutes.append(15)
    if re.search(r"demi[ -]?e? ?heure|\b1 2 heure", said):
        minutes.append(30)
    elif not minutes:
        minutes = [
            int(h) * 60 + int(m or 0) + (30 if "et demi" in said else 0) for h, m in _HOURS.findall(said) if int(h) < 5
        ]
    if not km and not minutes:
        return None
    return TravelLimit(max(minutes) if minutes else None, max(km) if km else None)
