"""An extract of the register as it is published, with invented physicians."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sandbox.physicians import HEADER

VILLEJUIF = {"postal": "94800", "insee": "94076", "commune": "VILLEJUIF"}
CRETEIL = {"postal": "94000", "insee": "94028", "commune": "CRETEIL"}
MENDE = {"postal": "48000", "insee": "48095", "commune": "MENDE"}

_COLUMNS = {
    "rpps": "Identifiant PP",
    "site": "Identifiant technique de la structure",
    "profession": "Code profession",
    "specialty": "Code savoir-faire",
    "civility": "Code civilité",
    "civility_label": "Libellé civilité",
    "last_name": "Nom d'exercice",
    "first_name": "Prénom d'exercice",
    "structure": "Raison sociale site",
    "number": "Numéro Voie (coord. structure)",
    "street_kind": "Libellé type de voie (coord. structure)",
    "street": "Libellé Voie (coord. structure)",
    "postal": "Code postal (coord. structure)",
    "insee": "Code commune (coord. structure)",
    "commune": "Libellé commune (coord. structure)",
    "telephone": "Téléphone (coord. structure)",
}
_SOMEBODY = {
    "profession": "10",
    "specialty": "SM54",
    "civility": "MME",
    "civility_label": "Madame",
    "last_name": "INVENTÉE",
    "first_name": "Odile",
    "site": "R9900000001",
    "number": "3",
    "street_kind": "Rue",
    "street": "DES LILAS",
    "telephone": "0199001234",
    **VILLEJUIF,
}


def rpps(number: int) -> str:
    """One that no register gives: real ones begin with 10 or 11."""
    return f"99{number:09d}"


def row(number: int, **changes: str) -> dict[str, str]:
    return {**_SOMEBODY, "rpps": rpps(number), **changes}


def line(values: Mapping[str, str]) -> str:
    named = {_COLUMNS[name]: value for name, value in values.items()}
    # As published, every line ends with a separator.
    return "|".join([*(named.get(column, "") for column in HEADER), ""])


def extract(
    folder: Path, rows: Iterable[Mapping[str, str]], name: str = "PS_LibreAcces_Personne_activite.txt", tail: str = "\n"
) -> Path:
    path = folder / name
    lines = ["|".join([*HEADER, ""]), *(line(values) for values in rows)]
    path.write_text("\n".join(lines) + tail, encoding="utf-8")
    return path
