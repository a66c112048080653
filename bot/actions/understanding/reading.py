"""Turns one message into an Understanding: the lexicon first, then the classifier, then the values."""

import re
from datetime import datetime

from bot.actions.understanding import safety
from bot.actions.understanding.birth_dates import read_birth_date, read_keyed_birth_date
from bot.actions.understanding.callbacks import read_callback
from bot.actions.understanding.lexicon import lexicon
from bot.actions.understanding.meaning import Act, Heard, Kind, Understanding
from bot.actions.understanding.mobility import (
    MobilitySaid,
    read_keyed_mobility,
    read_mobility,
    read_travel_limit,
)
from bot.actions.understanding.places import Ambiguous, Place, resolve, resolve_mention
from bot.actions.understanding.preferences import Preference, read_preference
from bot.actions.understanding.text import plain
from outreach.domain.calling_hours import local
from outreach.domain.words import AreaScope, Question

# Below this the classifier's guess is not acted upon; a safety label needs more when no word supports it.
SURE_ENOUGH = 0.45
SURE_OF_DANGER = 0.8
SURE_OF_A_YES = 0.6
_NEEDS_MORE = {
    Act.EMERGENCY,
    Act.DISTRESS,
    Act.STOP,
    Act.LETTER,
    Act.CHANNEL_CHOICE,
    Act.DECEASED,
    Act.WRONG_NUMBER,
    Act.THIRD_PARTY,
    Act.VOICEMAIL,
}

_RECORDING = re.compile(r"enregistr\w+")

_HESITATION = r"(?:euh|ben|bah|eh ben|eh|ah|oh|mais|alors) "
_COURTESY = r"(?: (?:merci|svp|stp|s il vous plait|madame|monsieur|bien|hein))"
_STARTS_WITH_NO = re.compile(rf"(?:{_HESITATION})*(?:non|nan)\b")
_STARTS_WITH_YES = re.compile(rf"(?:{_HESITATION})*(?:oui|ouais|d accord|ok)\b")
_SHORT = 6


def understand(heard: Heard, pending: Question | None, department: str, now: datetime, verified: bool) -> Understanding:
    if heard.kind is Kind.OPEN:
        return Understanding(Act.OPEN)
    if heard.kind is Kind.SILENCE or (heard.kind is Kind.WORDS and not heard.text.strip()):
        return Understanding(Act.SILENCE)
    today = local(now, department).date()
    if heard.kind is Kind.KEYPAD:
        return _keyed(heard.digits, pending, department, now)
    said = plain(heard.text)
    # A message of figures only is a date typed or dictated, whatever the classifier makes of it.
    act, explicit = _act(said, heard, pending, verified)
    refused = safety.refused_channel(said) if act is Act.CHANNEL_CHOICE else None
    asked = {Question.MOBILITY, Question.AREA, Question.PREFERENCE, Question.CONFIRMATION}
    dates = pending in {None, Question.IDENTITY, Question.BIRTH_DATE} and not verified
    return Understanding(
        act,
        heard.text,
        explicit=explicit,
        refused_channel=refused,
        birth_date=read_birth_date(heard.text, today) if dates else None,
        mobility=read_mobility(heard.text) if verified and pending in asked else MobilitySaid(),
        travel_limit=read_travel_limit(heard.text) if verified and pending in asked else None,
        scope=_scope(said) if verified and pending in asked else None,
        place=_place(heard.text, pending, department) if verified else None,
        preference=_preference(heard.text, pending) if verified and pending in asked else Preference(),
        callback=read_callback(heard.text, now, department),
    )


def _act(said: str, heard: Heard, pending: Question | None, verified: bool) -> tuple[Act, bool]:
    """The act, and whether the words themselves say it."""
    guessed = _guess(heard)
    if safety.is_distress(said):
        return Act.DISTRESS, True
    if safety.is_emergency(said):
        return Act.EMERGENCY, True
    if guessed in {Act.EMERGENCY, Act.DISTRESS}:
        if heard.confidence >= SURE_OF_DANGER and len(said) > 3 and not safety.is_past_or_figure(said):
            return guessed, False
        guessed = Act.UNCLEAR
    if (channel := safety.refused_channel(said)) is not None and not safety.is_stop_message(said):
        return (Act.CHANNEL_CHOICE if channel else guessed), True
    if safety.opts_out(said):
        return Act.STOP, True
    if safety.wants_a_letter(said):
        return Act.LETTER, True
    if safety.is_voicemail(said):
        return Act.VOICEMAIL, True
    if safety.is_relay_operator(said):
        return Act.RELAY, True
    if lexicon("human").search(said) and not lexicon("asks_whether_human").search(said):
        return Act.HUMAN, True
    for act, pattern in (
        (Act.LANGUAGE, lexicon("language")),
        (Act.SCAM, lexicon("scam")),
        (Act.RECORDING, _RECORDING),
        (Act.SLOWER, lexicon("slower")),
        (Act.REPEAT, lexicon("repeat")),
    ):
        if pattern.search(said):
            return act, True
    if safety.somebody_else_speaks(said):
        return Act.THIRD_PARTY, True
    if not verified and (who := _who_is_there(said)) is not None:
        return who, False
    if lexicon("self").search(said) and not lexicon("other_me").search(said):
        return Act.SELF, True
    if lexicon("not_a_consent").fullmatch(said):
        return Act.UNSURE, True
    if lexicon("yes_but").search(said) and guessed in {Act.YES, Act.NO, Act.FREE, Act.UNCLEAR}:
        return Act.UNSURE, True
    if _only("yes", said):
        return Act.YES, True
    if _only("no", said):
        return (Act.NO_THANKS if "merci" in said else Act.NO), True
    if lexicon("withdraw").search(said):
        return Act.REFUSE, True
    if pending is Question.SITUATION and lexicon("no_doctor").search(said):
        return Act.NO_DOCTOR, True
    if lexicon("goodbye").search(said) and guessed in {Act.GOODBYE, Act.UNCLEAR}:
        return Act.GOODBYE, True
    if guessed is Act.UNCLEAR and lexicon("dont_know").search(said):
        return Act.DONT_KNOW, True
    if lexicon("callback").search(said) and pending is not Question.CALLBACK_TIME:
        return Act.CALLBACK, True
    if guessed is Act.UNCLEAR and len(said.split()) <= _SHORT:
        # « Non, je ne connais pas »: the first word says it.
        if _STARTS_WITH_NO.match(said):
            return Act.NO, False
        if _STARTS_WITH_YES.match(said):
            return Act.YES, False
    return guessed, False


def _only(name: str, said: str) -> bool:
    """Nothing but such expressions, with hesitations and courtesy round them."""
    one = f"(?:{lexicon(name).pattern})"
    return re.fullmatch(f"(?:{_HESITATION})*{one}(?: {one}|{_COURTESY})*", said) is not None


def _who_is_there(said: str) -> Act | None:
    if safety.says_deceased(said):
        return Act.DECEASED
    if safety.says_third_party(said):
        return Act.THIRD_PARTY
    if safety.says_wrong_number(said):
        return Act.WRONG_NUMBER
    # A relative says « c'est pas moi » as well as a stranger does: which one is asked.
    return Act.NO if lexicon("not_me").search(said) else None


def _guess(heard: Heard) -> Act:
    try:
        act = Act(heard.intent)
    except ValueError:
        return Act.UNCLEAR
    if act in _NEEDS_MORE:
        wanted = SURE_OF_DANGER
    elif act is Act.YES:
        wanted = SURE_OF_A_YES
    else:
        wanted = SURE_ENOUGH
    return act if heard.confidence >= wanted else Act.UNCLEAR


def _scope(said: str) -> AreaScope | None:
    if lexicon("department").search(said):
        return AreaScope.DEPARTMENT
    if lexicon("near_home").search(said):
        return AreaScope.NEAR_HOME
    return AreaScope.ANYWHERE if lexicon("anywhere").search(said) else None


def named_department(said: str) -> str | None:
    """The department of « n'importe où dans le 94 »."""
    match = lexicon("department").search(plain(said))
    return match.group(1).upper() if match and match.group(1) else None


def _place(text: str, pending: Question | None, department: str) -> Place | Ambiguous | None:
    if pending is Question.AREA:
        return resolve(text, department)
    if pending in {Question.MOBILITY, Question.PREFERENCE, Question.CONFIRMATION}:
        return resolve_mention(text, department)
    return None


def _preference(text: str, pending: Question | None) -> Preference:
    found = read_preference(text)
    if pending is Question.PREFERENCE:
        return found
    # « Peu importe » answers the question that was asked, which was another one.
    return Preference() if found.none else found


def _keyed(digits: str, pending: Question | None, department: str, now: datetime) -> Understanding:
    today = local(now, department).date()
    if digits == "0":
        return Understanding(Act.HUMAN, digits=digits, explicit=True)
    if pending is Question.BIRTH_DATE or (pending is Question.IDENTITY and len(digits) > 1):
        return Understanding(Act.BIRTH_DATE, digits=digits, birth_date=read_keyed_birth_date(digits, today))
    if pending is Question.MOBILITY:
        return Understanding(Act.KEYS, digits=digits, mobility=read_keyed_mobility(digits))
    if pending is Question.AREA:
        scope = {"1": AreaScope.NEAR_HOME, "2": AreaScope.DEPARTMENT, "3": AreaScope.ANYWHERE}.get(digits)
        return Understanding(
            Act.KEYS,
            digits=digits,
            scope=scope,
            place=resolve(digits, department) if len(digits) == 5 else None,
        )
    if pending is Question.PREFERENCE:
        chosen = {"1": Preference("female"), "2": Preference("male"), "3": Preference(none=True)}.get(
            digits, Preference()
        )
        return Understanding(Act.KEYS, digits=digits, preference=chosen)
    if pending is Question.CALLBACK_TIME:
        words = {"1": "le matin", "2": "l'après-midi"}.get(digits, "")
        return Understanding(Act.KEYS, digits=digits, callback=read_callback(words, now, department))
    return Understanding(Act.KEYS, digits=digits)
