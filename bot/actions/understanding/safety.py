"""Decisions of safety read from the words themselves, whatever the classifier thinks (DOMAIN §3, §4).

Everything here works on `plain` text. A past illness and a figure of speech are no emergency.
"""

import re

from bot.actions.understanding.lexicon import lexicon

_STOP_WORDS = {"stop", "stopp", "arret", "arrets", "arrete", "arretez", "stopper", "stoppez", "desabonner", "desabonnement", "desinscrire", "desinscription", "unsubscribe"}  # fmt: skip
_COURTESY = {"oui", "non", "ok", "merci", "svp", "stp", "s", "il", "vous", "te", "plait", "bonjour", "bonsoir", "madame", "monsieur", "de", "rien", "d", "accord", "au", "revoir", "cordialement", "sms", "a", "tous", "tout"}  # fmt: skip
_SMS = r"(?:sms|textos?|messages?)"
_CALLS = r"(?:appels?|appel\w+|telephon\w+|coups? de fil)"
_NO_SMS = re.compile(
    rf"(?:plus|pas|arret\w+|stop|cess\w+|sans) (?:de |d |les |des |vos |m envoyer (?:de |des )?|recevoir (?:de |des )?)*{_SMS}|{_SMS} non|n envoy\w+ plus (?:de )?{_SMS}|envoyez plus (?:de |d )?{_SMS}"
)
_NO_CALLS = re.compile(
    rf"(?:plus|pas|arret\w+|stop|cess\w+) (?:de |d |les |des |vos |m )*{_CALLS}|(?:appel\w+|telephon\w+) (?:plus|pas)\b|{_CALLS} non"
)
_CALLS_WELCOME = re.compile(
    rf"\bappelez|pouvez (?:m )?appeler|{_CALLS} (?:ca va|ok|oui|d accord)|(?:prefere|plutot|que) (?:le |les |un |par )?(?:telephone|{_CALLS})"
)
_SMS_WELCOME = re.compile(
    rf"{_SMS} (?:ca va|ok|oui|seulement|plutot|uniquement|d accord|c est bon)|(?:par|des|que des|que les|les|un|envoyez (?:moi )?(?:des |un )?) {_SMS}|envoyez (?:des |un )?{_SMS}"
)


def is_stop_message(said: str) -> bool:
    """A message that is only a stop word, courtesy aside."""
    words = [word for word in said.replace("?", " ").split() if word not in _COURTESY]
    return bool(words) and all(word in _STOP_WORDS for word in words)


def opts_out(said: str) -> bool:
    if is_stop_message(said):
        return True
    match = lexicon("opt_out").search(said)
    if match is None:
        return False
    if lexicon("treatment").search(said) and not re.search(r"appel|contact|tranquille|paix|liste", said):
        return False
    # « Ne m'appelez plus le matin » is a wish about hours.
    return not (
        lexicon("time_of_day").search(said) and re.search(r"appel\w* plus", match.group()) and "jamais" not in said
    )


def wants_a_letter(said: str) -> bool:
    return lexicon("letter").search(said) is not None and lexicon("letter_before").search(said) is None


def refused_channel(said: str) -> str | None:
    """`sms` or `voice` when that channel alone is refused, the other one being welcome or not spoken of."""
    no_sms, no_calls = _NO_SMS.search(said), _NO_CALLS.search(said)
    if no_calls and re.search(_SMS, said) and _SMS_WELCOME.search(said) and not _CALLS_WELCOME.search(said):
        return "voice"
    if no_sms and (_CALLS_WELCOME.search(said) or not no_calls):
        return "sms"
    return None


def is_distress(said: str) -> bool:
    """Any suicidal word counts, even a sober one; not a figure of speech, nor what somebody else once did."""
    rest = lexicon("someone_elses_past").sub(" ", lexicon("figure").sub(" ", lexicon("negated").sub(" ", said)))
    return lexicon("distress").search(rest) is not None


def is_emergency(said: str) -> bool:
    """Something is happening now."""
    rest = lexicon("figure").sub(" ", lexicon("negated").sub(" ", said))
    if lexicon("emergency").search(rest) is None:
        return False
    return lexicon("past").search(rest) is None or lexicon("now").search(rest) is not None


def is_past_or_figure(said: str) -> bool:
    """The classifier alone must not raise an alarm over these."""
    return bool(
        lexicon("past").search(said)
        or lexicon("figure").search(said)
        or lexicon("negated").search(said)
        or lexicon("someone_elses_past").search(said)
    )


def somebody_else_speaks(said: str) -> bool:
    """So clear that it counts even after the person was verified: the telephone was passed on."""
    return lexicon("speaks").search(said) is not None and not is_relay_operator(said)


def says_deceased(said: str) -> bool:
    return lexicon("deceased").search(said) is not None and not re.search(r"medecin|docteur|generaliste|cancer", said)


def says_third_party(said: str) -> bool:
    return lexicon("third_party").search(said) is not None and not is_relay_operator(said)


def says_wrong_number(said: str) -> bool:
    return lexicon("wrong_number").search(said) is not None


def is_relay_operator(said: str) -> bool:
    """Relay operators for deaf people speak for the patient, legitimately."""
    return lexicon("relay").search(said) is not None


def is_voicemail(said: str) -> bool:
    return lexicon("voicemail").search(said) is not None
