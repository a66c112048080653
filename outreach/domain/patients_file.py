"""One row of `patients.csv`, read strictly (DESIGN §5). Messages never hold a name, a number or a birth date."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from outreach.domain.phones import ImpossibleNumber, TelephoneNumber, is_fictional, parse
from outreach.domain.territories import UnknownTerritory, department_of

MANDATORY = ("reference", "last_name", "birth_date", "phone_1", "postal_code")
COLUMNS = (
    "reference",
    "civility",
    "last_name",
    "first_name",
    "birth_date",
    "phone_1",
    "phone_2",
    "postal_code",
    "insee_code",
    "fund",
    "ehpad_finess",
    "legal_protection",
    "objected",
    "regular_physician_rpps",
    "language",
)
_HEALTH_COLUMN = re.compile(r"ald|affection|maladie|pathologie|diagnos|disease|illness|cim|icd|exoneration")
_NIR_COLUMN = re.compile(r"nir|nss|secu|social|insured_number|numero_assure|matricule")
_NIR_VALUE = re.compile(r"^[1-478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[ab])\d{6}(?:\d{2})?$", re.IGNORECASE)
_SHORTEST_NIR = 13
_REFERENCE = re.compile(r"[\w.\-]{1,64}", re.ASCII)
_POSTAL_CODE = re.compile(r"\d{4,5}")
_COMMUNE = re.compile(r"\d[\dAB]\d{3}")
_FUND = re.compile(r"[0-9A-Z]{1,10}")
_FINESS = re.compile(r"[0-9A-Z]{9}")
_RPPS = re.compile(r"\d{11}")
_LANGUAGE = re.compile(r"[A-Z]{2}")
_TRUE = frozenset({"1", "true", "oui", "yes", "o", "vrai", "x"})
_FALSE = frozenset({"", "0", "false", "non", "no", "n", "faux"})
_CIVILITIES = {"": "", "m": "M", "mr": "M", "monsieur": "M", "mme": "MME", "madame": "MME", "mlle": "MME"}
# A file has many rows, few birth dates and fewer communes: each is made out once.
_MANY, _FEW = 1 << 16, 1 << 10


class FileRefused(ValueError):
    """The whole file can't be taken: one sentence."""


class RowRejected(ValueError):
    """One row can't be taken: which column, and why."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PatientRow:
    reference: str
    civility: str
    last_name: str
    first_name: str
    birth_date: date
    numbers: tuple[TelephoneNumber, ...]
    postal_code: str
    insee_code: str | None
    department: str
    fund: str | None
    ehpad_finess: str | None
    legal_protection: bool
    objected: bool
    regular_physician_rpps: str | None
    language: str | None
    invented: bool = field(default=False)

    def __repr__(self) -> str:
        return f"PatientRow({self.reference})"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text.strip().lower()).encode("ascii", "ignore").decode()


def check_header(header: Sequence[str]) -> list[str]:
    """The columns of the file, in our words. Raises FileRefused."""
    columns = [_plain(name) for name in header]
    for name in columns:
        if name in COLUMNS:
            continue
        if _NIR_COLUMN.search(name):
            raise FileRefused(
                f"the column {name!r} looks like a social-security number (NIR); take it out: Relais never holds one"
            )
        if _HEALTH_COLUMN.search(name):
            raise FileRefused(f"the column {name!r} looks like health data; take it out: Relais never holds any")
        raise FileRefused(f"the column {name!r} is unknown; the columns are {', '.join(COLUMNS)}")
    missing = [name for name in MANDATORY if name not in columns]
    if missing:
        raise FileRefused(f"the column {missing[0]!r} is missing; it is mandatory")
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise FileRefused(f"the column {twice!r} stands twice in the header")
    return columns


@lru_cache(maxsize=_MANY)
def read_date(text: str) -> date | None:
    """An ISO date or JJ/MM/AAAA; None when it is neither, or impossible."""
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    parts = match.groups() if match else None
    if parts is None:
        match = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", text)
        if match is None:
            return None
        parts = (match[3], match[2], match[1])
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None


def read_row(values: Mapping[str, str], today: date) -> PatientRow:
    """The patient of one row. Raises RowRejected with the first column that can't be taken."""
    row = {column: (values.get(column) or "").strip() for column in COLUMNS}
    for column, value in row.items():
        if len(value) >= _SHORTEST_NIR and column not in {"phone_1", "phone_2"} and _is_nir(value):
            raise RowRejected(column, "looks like a social-security number (NIR)")
        if "\x00" in value:
            raise RowRejected(column, "holds a character that no text has")
    if not _REFERENCE.fullmatch(row["reference"]):
        raise RowRejected("reference", "must be 1 to 64 letters, digits, dots or dashes")
    if not row["last_name"]:
        raise RowRejected("last_name", "is empty")
    for column in ("last_name", "first_name"):
        if len(row[column]) > 120:
            raise RowRejected(column, "is longer than 120 characters")
    birth_date = read_date(row["birth_date"])
    if birth_date is None:
        raise RowRejected("birth_date", "is not a date such as 1947-03-12 or 12/03/1947")
    if not date(today.year - 120, 1, 1) <= birth_date <= today:
        raise RowRejected("birth_date", "is in the future or more than 120 years ago")
    if not _POSTAL_CODE.fullmatch(row["postal_code"]):
        raise RowRejected("postal_code", "is not five digits")
    postal_code = row["postal_code"].zfill(5)  # spreadsheets drop the leading zero
    insee_code = row["insee_code"].upper() or None
    if insee_code is not None and not _COMMUNE.fullmatch(insee_code):
        raise RowRejected("insee_code", "is not the five characters of a commune")
    try:
        department = _department(postal_code, insee_code)
    except UnknownTerritory:
        raise RowRejected("postal_code", "belongs to no French department") from None
    return PatientRow(
        reference=row["reference"],
        civility=_civility(row["civility"]),
        last_name=row["last_name"],
        first_name=row["first_name"],
        birth_date=birth_date,
        numbers=(numbers := _numbers(row, department)),
        postal_code=postal_code,
        insee_code=insee_code,
        department=department,
        fund=_code(row, "fund", _FUND),
        ehpad_finess=_code(row, "ehpad_finess", _FINESS),
        legal_protection=_flag(row, "legal_protection"),
        objected=_flag(row, "objected"),
        regular_physician_rpps=_code(row, "regular_physician_rpps", _RPPS),
        language=(_code(row, "language", _LANGUAGE) or "").lower() or None,
        invented=any(is_fictional(number.e164) for number in numbers),
    )


def _is_nir(value: str) -> bool:
    return _NIR_VALUE.match(re.sub(r"[\s.]", "", value)) is not None


_department = lru_cache(maxsize=_MANY)(department_of)


@lru_cache(maxsize=_FEW)
def _civility(text: str) -> str:
    plain = _plain(text).rstrip(".")
    if plain not in _CIVILITIES:
        raise RowRejected("civility", "must be M, MME or empty")
    return _CIVILITIES[plain]


def _numbers(row: Mapping[str, str], department: str) -> tuple[TelephoneNumber, ...]:
    found: list[TelephoneNumber] = []
    for column in ("phone_1", "phone_2"):
        if not row[column]:
            continue
        try:
            number = parse(row[column], department)
        except ImpossibleNumber as error:
            raise RowRejected(column, str(error)) from None
        if number.e164 not in {known.e164 for known in found}:
            found.append(number)
    return tuple(found)


def _flag(row: Mapping[str, str], column: str) -> bool:
    told = _truth(row[column])
    if told is None:
        raise RowRejected(column, "must be oui, non, true, false, 1, 0 or empty")
    return told


@lru_cache(maxsize=_FEW)
def _truth(text: str) -> bool | None:
    plain = _plain(text)
    return True if plain in _TRUE else False if plain in _FALSE else None


def _code(row: Mapping[str, str], column: str, form: re.Pattern[str]) -> str | None:
    value = row[column].upper()
    if not value:
        return None
    if not form.fullmatch(value):
        raise RowRejected(column, "does not have the form of such a code")
    return value
