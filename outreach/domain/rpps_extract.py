"""What a row of the RPPS open-data extract (PS_LibreAcces_Personne_activite) tells of a general practitioner. Pure.

The extract has a row for each activity: a person with two sites, or with two ways of practising at one site, has
several. It is separated by `|`, without quoting: a quotation mark in it is a quotation mark.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from outreach.domain.first_names import plain_name
from outreach.domain.territories import UnknownTerritory, department_of

MARK = "|SM"
"""Every row of a specialty holds it: the others need not be cut into columns."""

_PHYSICIAN = "10"
# General practice: the qualified, the specialists, and those of the older « médecine générale ».
_GENERAL_PRACTICE = frozenset({"SM26", "SM53", "SM54"})
_GENDERS = {"m": "male", "monsieur": "male", "mme": "female", "madame": "female", "mlle": "female"}

_RPPS, _PROFESSION, _SPECIALTY = "Identifiant PP", "Code profession", "Code savoir-faire"
_LAST_NAME, _FIRST_NAME = "Nom d'exercice", "Prénom d'exercice"
_SITE = "Identifiant technique de la structure"
_POSTAL_CODE, _INSEE_CODE = "Code postal (coord. structure)", "Code commune (coord. structure)"
_COMMUNE = "Libellé commune (coord. structure)"
_NEEDED = (_RPPS, _PROFESSION, _SPECIALTY, _LAST_NAME, _FIRST_NAME, _SITE, _POSTAL_CODE, _INSEE_CODE, _COMMUNE)
_CIVILITY, _CIVILITY_CODE = "Libellé civilité", "Code civilité"
_NAMES_OF_SITE = ("Enseigne commerciale site", "Raison sociale site")
_STREET = (
    "Numéro Voie (coord. structure)",
    "Indice répétition voie (coord. structure)",
    "Libellé type de voie (coord. structure)",
    "Libellé Voie (coord. structure)",
)
_TELEPHONES = ("Téléphone (coord. structure)", "Téléphone 2 (coord. structure)")
_WANTED = (*_NEEDED, _CIVILITY, _CIVILITY_CODE, *_NAMES_OF_SITE, *_STREET, *_TELEPHONES)


class Site(NamedTuple):
    """A general practitioner at one site; `site` is empty for somebody without one."""

    rpps: str
    site: str
    civility: str | None
    gender: str | None
    last_name: str
    first_name: str
    name_key: str
    structure: str | None
    address: str | None
    postal_code: str | None
    insee_code: str | None
    commune: str | None
    commune_key: str | None
    department: str | None
    telephone: str | None


class Columns:
    """Where an extract has what we read. Raises ValueError, naming the column that it lacks."""

    def __init__(self, header: Sequence[str]) -> None:
        names = [name.strip() for name in header]
        for column in _NEEDED:
            if column not in names:
                raise ValueError(f"the column {column!r} is missing; import the extract as published")
        self.width = len(names)
        self._at = {column: names.index(column) for column in _WANTED if column in names}

    def is_whole(self, fields: Sequence[str]) -> bool:
        # As published, every line ends with a separator, which some tools take away.
        return len(fields) >= self.width - 1

    def site(self, fields: Sequence[str]) -> Site | None:
        """The general practitioner of a row; None for anybody else."""
        at = self._at
        if fields[at[_SPECIALTY]] not in _GENERAL_PRACTICE or fields[at[_PROFESSION]] != _PHYSICIAN:
            return None
        rpps = fields[at[_RPPS]]
        if not (len(rpps) == 11 and rpps.isascii() and rpps.isdigit()):
            return None
        postal_code, insee_code, department = _territory(fields[at[_POSTAL_CODE]], fields[at[_INSEE_CODE]])
        last_name, first_name = fields[at[_LAST_NAME]].strip(), fields[at[_FIRST_NAME]].strip()
        commune = fields[at[_COMMUNE]].strip() or None
        return Site(
            rpps=rpps,
            site=fields[at[_SITE]].strip(),
            civility=self._first(fields, (_CIVILITY,)),
            gender=_GENDERS.get((self._first(fields, (_CIVILITY_CODE, _CIVILITY)) or "").lower()),
            last_name=last_name,
            first_name=first_name,
            name_key=name_key(last_name, first_name),
            structure=self._first(fields, _NAMES_OF_SITE),
            address=" ".join(part for name in _STREET if (part := self._first(fields, (name,)))) or None,
            postal_code=postal_code,
            insee_code=insee_code,
            commune=commune,
            commune_key=plain_name(commune) if commune else None,
            department=department,
            telephone=self._first(fields, _TELEPHONES),
        )

    def _first(self, fields: Sequence[str], columns: Sequence[str]) -> str | None:
        for column in columns:
            if column in self._at and (value := fields[self._at[column]].strip()):
                return value
        return None


def _territory(postal_code: str, insee_code: str) -> tuple[str | None, str | None, str | None]:
    postal, insee = postal_code.strip() or None, insee_code.strip() or None
    if postal is None:
        return None, insee, None
    try:
        return postal, insee, department_of(postal, insee)
    except UnknownTerritory:
        # Abroad, or a misprint: without a department nobody would look there.
        return None, None, None


def name_key(last_name: str, first_name: str) -> str:
    """A physician's name as names are compared, the first name after a comma."""
    return f"{plain_name(last_name)},{plain_name(first_name)}"


def published_at(file_name: str) -> datetime | None:
    """The moment that an extract's name tells: `PS_LibreAcces_Personne_activite_202611050840.txt`."""
    found = re.search(r"_(\d{12})\.\w+$", file_name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%d%H%M").replace(tzinfo=ZoneInfo("Europe/Paris"))
    except ValueError:
        return None
