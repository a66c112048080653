"""Communes for invented people: real codes, so that calling hours, places and distances behave as in life.

INSEE and postal codes from Etalab's « Découpage administratif » (INSEE, La Poste; Licence Ouverte 2.0).
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Commune:
    insee_code: str
    name: str
    postal_code: str
    department: str


_TABLE = """
94076 Villejuif 94800
94028 Créteil 94000
94081 Vitry-sur-Seine 94400
94041 Ivry-sur-Seine 94200
94017 Champigny-sur-Marne 94500
75113 Paris 13e Arrondissement 75013
75115 Paris 15e Arrondissement 75015
75120 Paris 20e Arrondissement 75020
13203 Marseille 3e Arrondissement 13003
13213 Marseille 13e Arrondissement 13013
13005 Aubagne 13400
13004 Arles 13200
13056 Martigues 13500
59350 Lille 59000
59512 Roubaix 59100
59599 Tourcoing 59200
59606 Valenciennes 59300
67482 Strasbourg 67000
67180 Haguenau 67500
67447 Schiltigheim 67300
35238 Rennes 35000
35288 Saint-Malo 35400
35115 Fougères 35300
48095 Mende 48000
48092 Marvejols 48100
48080 Langogne 48300
33063 Bordeaux 33000
33318 Pessac 33600
33243 Libourne 33500
58194 Nevers 58000
58086 Cosne-Cours-sur-Loire 58200
29019 Brest 29200
29232 Quimper 29000
31555 Toulouse 31000
31395 Muret 31600
97411 Saint-Denis 97400
97415 Saint-Paul 97460
97422 Le Tampon 97430
97101 Les Abymes 97139
97105 Basse-Terre 97100
97117 Le Moule 97160
97209 Fort-de-France 97200
97213 Le Lamentin 97232
"""


def _read() -> tuple[Commune, ...]:
    communes = []
    for line in _TABLE.split("\n"):
        if not line:
            continue
        insee_code, rest = line.split(" ", 1)
        name, postal_code = rest.rsplit(" ", 1)
        department = insee_code[:3] if insee_code.startswith("97") else insee_code[:2]
        communes.append(Commune(insee_code, name, postal_code, department))
    return tuple(communes)


COMMUNES = _read()

DEPARTMENTS = tuple(dict.fromkeys(commune.department for commune in COMMUNES))

_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "976": "Indian/Mayotte",
}

_LANDLINES = {
    "75": "+3319900", "94": "+3319900",
    "35": "+3326191", "29": "+3326191", "974": "+3326191",
    "59": "+3335301", "67": "+3335301", "58": "+3335301",
    "13": "+3346571", "48": "+3346571",
    "33": "+3353649", "31": "+3353649", "971": "+3353649", "972": "+3353649",
}  # fmt: skip
"""The landline prefixes kept for fiction, by the zone a department belongs to."""

MOBILES = "+3363998"


def zone(department: str) -> ZoneInfo:
    """The hour it is where somebody lives."""
    return ZoneInfo(_ZONES.get(department, "Europe/Paris"))


def landline_prefix(department: str) -> str:
    return _LANDLINES[department]
