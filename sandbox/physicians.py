"""Invented physicians: an extract in the shape of the RPPS open data, and the volunteers among them."""

import csv
from pathlib import Path
from random import Random

from sandbox.names import first_name, last_name
from sandbox.places import COMMUNES, DEPARTMENTS, Commune, landline_prefix

HEADER = (
    "Type d'identifiant PP", "Identifiant PP", "Identification nationale PP", "Code civilité d'exercice",
    "Libellé civilité d'exercice", "Code civilité", "Libellé civilité", "Nom d'exercice", "Prénom d'exercice",
    "Code profession", "Libellé profession", "Code catégorie professionnelle", "Libellé catégorie professionnelle",
    "Code type savoir-faire", "Libellé type savoir-faire", "Code savoir-faire", "Libellé savoir-faire",
    "Code mode exercice", "Libellé mode exercice", "Numéro SIRET site", "Numéro SIREN site", "Numéro FINESS site",
    "Numéro FINESS établissement juridique", "Identifiant technique de la structure", "Raison sociale site",
    "Enseigne commerciale site", "Complément destinataire (coord. structure)",
    "Complément point géographique (coord. structure)", "Numéro Voie (coord. structure)",
    "Indice répétition voie (coord. structure)", "Code type de voie (coord. structure)",
    "Libellé type de voie (coord. structure)", "Libellé Voie (coord. structure)",
    "Mention distribution (coord. structure)", "Bureau cedex (coord. structure)", "Code postal (coord. structure)",
    "Code commune (coord. structure)", "Libellé commune (coord. structure)", "Code pays (coord. structure)",
    "Libellé pays (coord. structure)", "Téléphone (coord. structure)", "Téléphone 2 (coord. structure)",
    "Télécopie (coord. structure)", "Adresse e-mail (coord. structure)", "Code Département (structure)",
    "Libellé Département (structure)", "Ancien identifiant de la structure", "Autorité d'enregistrement",
    "Code secteur d'activité", "Libellé secteur d'activité", "Code section tableau pharmaciens",
    "Libellé section tableau pharmaciens", "Code rôle", "Libellé rôle", "Code genre activité",
    "Libellé genre activité",
)  # fmt: skip

_GENERAL = (
    ("SM54", "Médecine Générale"),
    ("SM26", "Qualifié en Médecine Générale"),
    ("SM53", "Spécialiste en Médecine Générale"),
)
# What a published extract also holds, and an import leaves out: profession, then know-how.
_OTHERS = (
    ("10", "Médecin", "SM04", "Cardiologie et maladies vasculaires"),
    ("10", "Médecin", "SM40", "Radio-diagnostic"),
    ("21", "Pharmacien", "", ""),
    ("40", "Chirurgien-Dentiste", "", ""),
    ("50", "Sage-Femme", "", ""),
    ("60", "Infirmier", "", ""),
)
_STREETS = (
    ("R", "Rue", "DE LA REPUBLIQUE"), ("R", "Rue", "DES LILAS"), ("AV", "Avenue", "DE LA GARE"),
    ("BD", "Boulevard", "DE LA LIBERTE"), ("PL", "Place", "DU MARCHE"), ("ALL", "Allée", "DES TILLEULS"),
)  # fmt: skip
_VOLUNTEER_COLUMNS = (
    "rpps", "capacity", "available_from", "home_visits", "wheelchair_accessible", "languages", "sector", "note",
)  # fmt: skip


def rpps(rank: int) -> str:
    """A number that no register gives: real ones begin with 10 or 11."""
    return f"99{rank:09d}"


def invent_physicians(count: int, seed: int, folder: Path) -> tuple[Path, Path]:
    """Writes `count` general practitioners, some others besides, and the volunteers. Returns both paths."""
    draw = Random(f"physicians|{seed}|{count}")
    rows = [_general_practitioner(rank, draw) for rank in range(1, count + 1)]
    others = [_other(count + rank, draw) for rank in range(1, max(2, count // 5) + 1)]
    everybody = rows + others
    draw.shuffle(everybody)
    folder.mkdir(parents=True, exist_ok=True)
    extract = folder / "PS_LibreAcces_Personne_activite.txt"
    with extract.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, delimiter="|", quoting=csv.QUOTE_NONE, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(everybody)
    volunteers = folder / "volunteers.csv"
    with volunteers.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _VOLUNTEER_COLUMNS)
        writer.writeheader()
        writer.writerows(_volunteer(row, draw) for rank, row in enumerate(rows) if rank % 5 != 4)
    return extract, volunteers


def _somebody(rank: int, commune: Commune, draw: Random) -> dict[str, str]:
    woman = draw.random() < 0.5
    code, kind, street = draw.choice(_STREETS)
    return {
        "Type d'identifiant PP": "8",
        "Identifiant PP": rpps(rank),
        "Identification nationale PP": f"8{rpps(rank)}",
        "Code civilité": "MME" if woman else "M",
        "Libellé civilité": "Madame" if woman else "Monsieur",
        "Nom d'exercice": last_name(draw, commune.department.startswith("97")).upper(),
        "Prénom d'exercice": first_name(draw, woman, draw.randrange(1955, 1992)),
        "Code catégorie professionnelle": "C",
        "Libellé catégorie professionnelle": "Civil",
        "Code mode exercice": "L",
        "Libellé mode exercice": "Libéral",
        "Identifiant technique de la structure": f"R99{rank:08d}",
        "Raison sociale site": "CABINET INVENTE",
        "Numéro Voie (coord. structure)": str(draw.randrange(1, 120)),
        "Code type de voie (coord. structure)": code,
        "Libellé type de voie (coord. structure)": kind,
        "Libellé Voie (coord. structure)": street,
        "Bureau cedex (coord. structure)": f"{commune.postal_code} {commune.name.upper()}",
        "Code postal (coord. structure)": commune.postal_code,
        "Code commune (coord. structure)": commune.insee_code,
        "Libellé commune (coord. structure)": commune.name,
        "Téléphone (coord. structure)": f"0{landline_prefix(commune.department)[3:]}{draw.randrange(10_000):04d}",
        "Code Département (structure)": commune.department,
        "Autorité d'enregistrement": "CNOM/CNOM/CNOM",
        "Code secteur d'activité": "SA07",
        "Libellé secteur d'activité": "Cabinet individuel",
        "Code genre activité": "GENR01",
        "Libellé genre activité": "Activité standard de soin ou de pharmacien",
    }


def _general_practitioner(rank: int, draw: Random) -> dict[str, str]:
    # Every department in turn: wherever a patient lives, somebody may be offered.
    department = DEPARTMENTS[rank % len(DEPARTMENTS)]
    commune = draw.choice([one for one in COMMUNES if one.department == department])
    code, name = draw.choices(_GENERAL, weights=(6, 3, 3))[0]
    return _somebody(rank, commune, draw) | {
        "Code civilité d'exercice": "DR",
        "Libellé civilité d'exercice": "Docteur",
        "Code profession": "10",
        "Libellé profession": "Médecin",
        "Code type savoir-faire": "S" if code != "SM26" else "CEX",
        "Libellé type savoir-faire": "Spécialité ordinale" if code != "SM26" else "Compétence exclusive",
        "Code savoir-faire": code,
        "Libellé savoir-faire": name,
    }


def _other(rank: int, draw: Random) -> dict[str, str]:
    profession, label, know_how, name = _OTHERS[rank % len(_OTHERS)]
    return _somebody(rank, draw.choice(COMMUNES), draw) | {
        "Code profession": profession,
        "Libellé profession": label,
        "Code type savoir-faire": "S" if know_how else "",
        "Libellé type savoir-faire": "Spécialité ordinale" if know_how else "",
        "Code savoir-faire": know_how,
        "Libellé savoir-faire": name,
    }


def _volunteer(row: dict[str, str], draw: Random) -> dict[str, str]:
    return {
        "rpps": row["Identifiant PP"],
        "capacity": str(draw.choice((1, 2, 3, 3, 5, 8))),
        "available_from": draw.choice(("", "2026-12-01", "2026-12-15", "2027-01-04")),
        "home_visits": draw.choice(("oui", "non", "non")),
        "wheelchair_accessible": draw.choice(("oui", "oui", "non")),
        "languages": draw.choice(("fr", "fr", "fr en", "fr ar", "fr pt", "fr es")),
        "sector": draw.choice(("1", "1", "1", "2")),
        "note": draw.choice(("", "", "Le matin de préférence", "Après accord du secrétariat")),
    }
