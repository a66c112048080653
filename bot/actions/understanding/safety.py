"""Decisions of safety read from the words themselves, whatever the classifier thinks (DOMAIN §3, §4).

Everything here works on `plain` text. A past illness and a figure of speech are no emergency.
"""

import re

from bot.actions.understanding.lexicon import lexicon

# « Arrêtez de m'appeler monsieur »
_CALLED_BY_A_TITLE = re.compile(r"appel\w* (?:monsieur|madame|mademoiselle|mamie|papi)(?= \w)")
# « Rayez L'Haÿ de votre liste, j'ai dit Chevilly »
_SAID_BEFORE = re.compile(r"\bj (?:ai|avais) dit (?!d|que|de)")
_MESSAGES = re.compile(r"\b(?:sms|textos?|messages?|par ecrit)\b")


def is_stop_message(said: str) -> bool:
    """A message that is only a stop word, courtesy aside."""
    words = [word for word in said.replace("?", " ").split() if not lexicon("courtesy").fullmatch(word)]
    return bool(words) and all(lexicon("stop_word").fullmatch(word) for word in words)


def opts_out(said: str) -> bool:
    return is_stop_message(said) or asks_for_peace(said)


# « Laissez-moi tranquille le week-end », « ne me dérangez pas pendant la sieste »
_PEACE_AT_TIMES = re.compile(
    r"\b(?:laiss\w+|foute[rz]?|fich\w+|derang\w+|embet\w+|appel\w+|telephon\w+|sonn\w+|plus d appels?)\b.{0,25}"
    r"\b(?:le|la|les|ce|cet|cette|pendant|avant|apres|durant|chaque|aujourd) (?:la |le |les |mon |ma )?"
    r"(?:week ?end|matins?|soirs?|apres midi|midi|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"sieste|nuit|repas|hui|\d)"
)
_ONE_OTHER_TIME = re.compile(
    r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|demain|matin|apres midi|plutot|sinon|apres \d|vers|a partir)\b"
)


def asks_for_peace_at_times(said: str) -> bool:
    """A wish about hours, with a time at which we are welcome."""
    match = _PEACE_AT_TIMES.search(said)
    if match is None or re.search(r"\b(?:jamais|definitivement|plus du tout)\b", said):
        return False
    return _ONE_OTHER_TIME.search(f"{said[: match.start()]} {said[match.end() :]}") is not None


def asks_for_peace(said: str) -> bool:
    match = lexicon("opt_out").search(said)
    if match is None or asks_for_peace_at_times(said):
        return False
    if lexicon("treatment").search(said) and not re.search(r"appel|contact|tranquille|paix|liste", said):
        return False
    if _CALLED_BY_A_TITLE.search(said) or (match.group().startswith("ray") and _SAID_BEFORE.search(said)):
        return False
    # « Ne m'appelez plus le matin » is a wish about hours.
    return not (
        lexicon("time_of_day").search(said) and re.search(r"appel\w* plus", match.group()) and "jamais" not in said
    )


def wants_no_more_messages(said: str) -> bool:
    """« Arrêtez les SMS », of calls not a word: whoever says no more than that wants peace from all of it."""
    return lexicon("no_more_messages").search(said) is not None and lexicon("calls_welcome").search(said) is None


def channel_spoken_of(said: str) -> str | None:
    """Which channel is unwanted, for an utterance that surely chooses one."""
    if lexicon("no_sms").search(said) or lexicon("no_more_messages").search(said):
        return "sms"
    return "voice" if lexicon("no_calls").search(said) else None


def wants_a_letter(said: str) -> bool:
    return lexicon("letter").search(said) is not None and lexicon("letter_before").search(said) is None


def refused_channel(said: str) -> str | None:
    """`sms` or `voice` when that channel alone is refused and the other one is welcome in so many words (DOMAIN §4)."""
    calls_welcome = lexicon("calls_welcome").search(said)
    no_calls = lexicon("no_calls").search(said)
    if no_calls and not calls_welcome and _MESSAGES.search(said) and lexicon("sms_welcome").search(said):
        return "voice"
    no_sms = lexicon("no_sms").search(said) or lexicon("no_more_messages").search(said)
    return "sms" if no_sms and calls_welcome else None


def is_distress(said: str) -> bool:
    """Any suicidal word counts, even a sober one; not a figure of speech, nor what somebody else once did."""
    rest = _without_figures(said)
    return lexicon("distress").search(rest) is not None or lexicon("despair").search(rest) is not None


def is_despair(said: str) -> bool:
    """In words that have no other meaning, whatever the classifier thinks."""
    return lexicon("despair").search(_without_figures(said)) is not None


def _without_figures(said: str) -> str:
    return lexicon("someone_elses_past").sub(" ", lexicon("figure").sub(" ", lexicon("negated").sub(" ", said)))


def is_emergency(said: str) -> bool:
    """Something is happening now."""
    rest = lexicon("figure").sub(" ", lexicon("negated").sub(" ", said))
    if lexicon("emergency").search(rest) is None and lexicon("peril").search(rest) is None:
        return False
    return not is_over(rest)


def is_peril(said: str) -> bool:
    """Told in words that have no other meaning, whatever the classifier thinks."""
    return is_emergency(said) and lexicon("peril").search(said) is not None


def is_over(said: str) -> bool:
    """The words tell of something past, and of nothing present."""
    return lexicon("past").search(said) is not None and lexicon("now").search(said) is None


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
    alive = re.search(r"pas encore mort|toujours vivant", said)
    return (
        alive is None
        and lexicon("deceased").search(said) is not None
        and not re.search(r"medecin|docteur|generaliste|cancer", said)
    )


def tells_of_the_death(said: str) -> bool:
    """Somebody else on the line says that the person has died: taken as such even after a verification."""
    return says_deceased(said) and (
        somebody_else_speaks(said) or lexicon("speaks_for_the_house").search(said) is not None
    )


def says_third_party(said: str) -> bool:
    return lexicon("third_party").search(said) is not None and not is_relay_operator(said)


def says_wrong_number(said: str) -> bool:
    return lexicon("wrong_number").search(said) is not None


def is_relay_operator(said: str) -> bool:
    """Relay operators for deaf people speak for the patient, legitimately."""
    return lexicon("relay").search(said) is not None


def is_voicemail(said: str) -> bool:
    """A machine's greeting; a person may well tell of the message that was found on one."""
    return lexicon("voicemail").search(said) is not None and lexicon("voicemail_told").search(said) is None
