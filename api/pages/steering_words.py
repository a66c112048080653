"""What is said of files, imports and previews, in French."""

import math
import re
from typing import Any

from api.pages.board_words import GATES, MASKED
from api.pages.labels import named
from outreach.domain.rates_nesting import is_small
from outreach.services import preview

IMPORT_STATES = {
    "checking": "vérification en cours",
    "checked": "à confirmer",
    "importing": "import en cours",
    "done": "importé",
    "refused": "refusé",
    "failed": "interrompu",
    "dropped": "abandonné",
}
IMPORT_TONES = {
    "checking": "",
    "checked": "pill--warn",
    "importing": "",
    "done": "pill--good",
    "refused": "pill--alert",
    "failed": "pill--alert",
    "dropped": "pill--quiet",
}

_WHOLE_FILE = (
    (
        r"the column '(.+)' looks like a social-security number.*",
        (
            "La colonne « {0} » ressemble à un numéro de sécurité sociale. Retirez-la : Relais n’en garde jamais. "
            "Rien de ce fichier n’est gardé."
        ),
    ),
    (
        r"the column '(.+)' looks like health data.*",
        (
            "La colonne « {0} » ressemble à une donnée de santé. Retirez-la : Relais n’en garde jamais. "
            "Rien de ce fichier n’est gardé."
        ),
    ),
    (
        r"the column '(.*)' is unknown; the columns are (.+)",
        "La colonne « {0} » est inconnue. Les colonnes sont : {1}.",
    ),
    (r"the column '(.+)' is missing; it is mandatory", "Il manque la colonne « {0} », qui est obligatoire."),
    (r"the column '(.+)' stands twice in the header", "La colonne « {0} » paraît deux fois."),
    (r".*UTF-8.*", "Le fichier n’est pas en UTF-8. Enregistrez-le en « CSV UTF-8 » et envoyez-le de nouveau."),
    (r".*no row below the header", "Le fichier n’a aucune ligne sous les titres."),
    (r".*is empty", "Le fichier est vide."),
    (r"after line (\d+) the file is not CSV any more", "Après la ligne {0}, le fichier n’est plus du CSV."),
    (
        r"line (\d+) is not CSV.*",
        "La ligne {0} n’est pas du CSV. Les lignes qui la précèdent sont importées. Corrigez et envoyez de nouveau.",
    ),
    (r"the file is larger than (\d+) MB", "Le fichier dépasse {0} Mo. Coupez-le en plusieurs fichiers."),
    (r"no file was sent", "Choisissez un fichier."),
)
_ROWS = (
    (r"looks like a social-security number \(NIR\)", "ressemble à un numéro de sécurité sociale"),
    (r"holds a character that no text has", "contient un caractère qui n’est d’aucun texte"),
    (r"must be 1 to 64 letters, digits, dots or dashes", "doit avoir de 1 à 64 lettres, chiffres, points ou tirets"),
    (r"is empty", "est vide"),
    (r"is longer than (\d+) characters", "dépasse {0} caractères"),
    (r"is not a date such as .*", "n’est pas une date comme 1947-03-12 ou 12/03/1947"),
    (r"is in the future or more than 120 years ago", "est à venir, ou date de plus de 120 ans"),
    (r"is not five digits", "n’a pas cinq chiffres"),
    (r"is not the five characters of a commune", "n’a pas les cinq signes d’une commune"),
    (r"belongs to no French department", "n’appartient à aucun département"),
    (r"must be M, MME or empty", "doit être M, MME ou vide"),
    (r"must be oui, non, true, false, 1, 0 or empty", "doit être oui, non, 1, 0 ou vide"),
    (r"does not have the form of such a code", "n’a pas la forme d’un tel code"),
    (r"the row has (\d+) values for (\d+) columns", "la ligne a {0} valeurs pour {1} colonnes"),
    (r"stands already on line (\d+)", "paraît déjà à la ligne {0}"),
    (r"stands twice in the file", "paraît deux fois dans le fichier"),
    (r"is not a telephone number", "n’est pas un numéro de téléphone"),
    (r"is not a French number", "n’est pas un numéro français"),
    (r"is not a number in service in France", "n’est pas un numéro en service en France"),
    (r"is a special-rate or service number", "est un numéro surtaxé ou de service"),
)


def _said(sentence: str, patterns: tuple[tuple[str, str], ...]) -> str | None:
    for pattern, french in patterns:
        found = re.fullmatch(pattern, sentence)
        if found is not None:
            return french.format(*found.groups())
    return None


def whole_file(sentence: str) -> str:
    """Why a file can't be taken at all."""
    return _said(sentence, _WHOLE_FILE) or "Le fichier ne peut pas être lu."


def row(reason: str) -> str:
    """Why a row is rejected."""
    return _said(reason, _ROWS) or reason


def grouped(value: Any) -> str:
    """A number as one writes it in French: 714 000."""
    return f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else str(value)


def part_of(count: int, whole: int) -> str:
    """How many of a whole that is told, as a page may say it (rule 15)."""
    return MASKED if is_small(count) or is_small(whole - count) else grouped(count)


def evidence_share(value: float, needed: float) -> float:
    """How much of the evidence needed there is, from 0 to 1: it grows by factors, so it is told by logarithms."""
    return min(1.0, max(0.0, math.log(value) / math.log(needed))) if value > 0 else 0.0


STATES = {
    "accepted": "a accepté",
    "refused": "a refusé",
    "opted_out": "s’est opposée",
    "wrong_number": "faux numéro",
    "deceased": "décédée",
    "already_has_doctor": "a déjà un médecin",
    "identity_failed": "identité non vérifiée",
    "human_requested": "un conseiller s’en occupe",
    "exhausted": "tous les essais faits : un courrier",
    "no_phone": "sans téléphone",
    "ineligible": "l’agent n’appelle pas",
    "attempting": "appel en cours",
    "in_conversation": "conversation en cours",
}
WHY = {
    "ehpad": "en établissement",
    "legal_protection": "sous protection",
    "objected": "opposition",
    "suppressed": "opposition",
    "minor": "moins de 16 ans",
}


def becomes(what: str) -> str:
    """What becomes of a contact at a moment."""
    if what == preview.CALLED_NOW:
        return "appelée à ce moment"
    if what == preview.ANNOUNCED_NOW:
        return "prévenue par SMS à ce moment"
    if what.startswith("held back: "):
        gate = what.removeprefix("held back: ")
        return f"retenue : {GATES.get(gate, gate)}"
    state, _, why = what.partition(": ")
    said = STATES.get(state, state)
    return f"{said} ({WHY[why]})" if why in WHY else said


FILTERS: dict[str, Any] = {
    "import_state": named(IMPORT_STATES),
    "import_tone": named(IMPORT_TONES),
    "file_problem": whole_file,
    "row_problem": row,
    "grouped": grouped,
    "becomes": becomes,
    "part_of": part_of,
    "evidence_share": evidence_share,
}
