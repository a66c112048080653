"""Who speaks in the first words after a pick-up, when nobody was heard yet: a machine's own sentences give it away.

Carriers tell a machine from a human by the rhythm of the first seconds; what kind of machine, only its words tell.
"""

import re
import unicodedata
from enum import StrEnum

from outreach.domain.dispositions import Disposition

HUMAN, FAX = "human", "fax"
"""The carrier's words for who picked up; for machines it has several, all of which begin alike."""

MAILBOX_FULL, SCREENING = "mailbox_full", "screening"
"""Ours, beside the carrier's: known by their words."""

NOT_A_PERSON: dict[str | None, Disposition] = {
    FAX: Disposition.FAX,
    MAILBOX_FULL: Disposition.MAILBOX_FULL,
    SCREENING: Disposition.CALL_SCREENED,
}
"""What a call comes to that such a thing picked up; any other machine is a mailbox."""


def by_a_machine(answered_by: str | None) -> bool:
    """Whether nobody can be talked with. An assistant that screens calls may still fetch somebody."""
    return answered_by is not None and (answered_by.startswith("machine") or answered_by in {FAX, MAILBOX_FULL})


class Heard(StrEnum):
    """What the first words are. « Qui est à l'appareil ? » alone tells nothing: people say it too."""

    MAILBOX = "mailbox"
    MAILBOX_FULL = "mailbox_full"
    SCREENING = "screening"
    TELLS_NOTHING = "tells_nothing"


_FULL = re.compile(
    r"\b(messagerie|boite vocale|boite|repondeur)\b.{0,60}\b(pleine?|saturee?)\b"
    r"|\bne peut (plus|pas) (recevoir|enregistrer|prendre) (de |d autres? |aucun |votre )(nouveaux? )?messages?\b"
    r"|\bn a pas (initialise|active|configure) (sa|cette) (messagerie|boite vocale)\b"
)
_SCREENING = re.compile(
    r"\b(filtrage|filtre|filtrer)\b.{0,40}\bappels?\b|\bfiltrage\b.{0,20}\b(google|assistant)\b"
    r"|\b(indique|di[rt]|donne|precise|enregistre|annonce)(z|r|es|e)?\b.{0,30}\bnom\b.{0,30}\b(motif|raison|objet)\b"
    r"|\b(motif|raison|objet) de (votre|l) appel\b.{0,80}\b(disponible|transme\w+|previens|nom)\b"
    r"|\bje suis l assistante? (d appel|vocale?|virtuelle?|telephonique|personnelle?)\b"
)
_MAILBOX = re.compile(
    r"\b(sur|a) (la |le |ma |mon |sa |notre |votre )?(messagerie|boite vocale|repondeur)\b"
    r"|\b(apres|au) (le )?(bip|top|signal)\b|\b(bip|signal) sonore\b"
    r"|\b(laisse[rz]?|depose[rz]|enregistre[rz]) (moi |nous )?(un |votre |vos |le )?(message|coordonnees)\b"
    r"|\b(votre|le) correspondant\b.{0,50}\b(n est pas|est (injoignable|indisponible|absent|occupe|actuellement))\b"
    r"|\b(votre|le) correspondant\b.{0,50}\bne (repond|peut)\b"
    r"|\bcorrespondant que vous (demandez|appelez|cherchez|essayez)\b|\bn est pas attribue\b"
    r"|\b(suis|sommes) (actuellement )?(pas disponibles?|absente?s?|indisponibles?|pas la)\b.{0,60}\bmessage\b"
)
# Somebody tells of a message that we left, or offers to take one.
_A_PERSON = re.compile(
    r"\b((avez|aviez|a|ont|as) (laisse|envoye|mis)|j ai (bien )?(eu|recu|vu|ecoute|trouve)"
    r"|voulez|souhaitez|je (peux|dois|lui|le|prends))\b"
)
_ON_THE_WAY = re.compile(
    r"\b(restez en ligne|ne quittez pas|patiente[rz]|un instant|un moment|je (lui )?(transmets|previens)|transmis"
    r"|nous (lui )?transmettons|je (vais )?(voir|verifie[r]?) si|recherche|merci d attendre)\b"
)
_HELLO_WORDS = 6
"""An unknown greeting of so many words at most is a person's: machines introduce themselves at length."""


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()


def who_speaks(words: str) -> Heard:
    """What the words give away; `TELLS_NOTHING` when a person may have said them."""
    said = _plain(words)
    if _FULL.search(said):
        return Heard.MAILBOX_FULL
    if _SCREENING.search(said):
        return Heard.SCREENING
    if _MAILBOX.search(said) and not _A_PERSON.search(said):
        return Heard.MAILBOX
    return Heard.TELLS_NOTHING


def is_a_short_hello(words: str) -> bool:
    """Whether words that tell nothing are a person's, though the carrier believes in a machine."""
    return 0 < len(_plain(words).split()) <= _HELLO_WORDS


def goes_to_fetch(words: str) -> bool:
    """Whether an assistant that screens the call asks us to wait."""
    return _ON_THE_WAY.search(_plain(words)) is not None
