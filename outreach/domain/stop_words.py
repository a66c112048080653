"""A message that is only a stop word opts out (DOMAIN §4)."""

import re
import unicodedata

_STOP_WORDS = frozenset(
    {
        "stop",
        "stopp",
        "stoppez",
        "stopper",
        "stopsms",
        "arret",
        "arreter",
        "arretez",
        "desabonner",
        "desabonnement",
        "desabonnez",
        "desinscrire",
        "desinscription",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
    }
)
_COURTESY = frozenset(
    {
        "bonjour",
        "bonsoir",
        "madame",
        "monsieur",
        "merci",
        "svp",
        "stp",
        "sil",
        "s",
        "il",
        "vous",
        "te",
        "plait",
        "de",
        "d",
        "avance",
        "cordialement",
        "oui",
        "sms",
        "moi",
        "me",
        "au",
        "revoir",
        "bien",
        "a",
    }
)


def is_stop_message(text: str) -> bool:
    """Whether a message is a stop word, whatever its case, punctuation and the courtesy round it, and nothing else."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z]+|\d+", plain)
    if re.fullmatch(r"(?:s\W*t\W*o\W*p)\W*", plain.strip()):
        return True
    stops = [word for word in words if word in _STOP_WORDS]
    return bool(stops) and all(word in _STOP_WORDS or word in _COURTESY for word in words)


def is_start_message(text: str) -> bool:
    """Whether a message is the word by which a carrier lifts its own block, and nothing else."""
    return re.fullmatch(r"\W*(start|unstop)\W*", text.lower()) is not None
