"""Which act an utterance is: the words themselves first, where they leave no doubt, then the classifier's guess."""

import re
from dataclasses import dataclass

from bot.actions.understanding import safety
from bot.actions.understanding.expectation import Guess, likeliest
from bot.actions.understanding.lexicon import lexicon
from bot.actions.understanding.meaning import Act, Ranking
from outreach.domain.words import Question

# Below this the classifier's guess is not acted upon; what ends a conversation or gives a consent needs more.
SURE_ENOUGH = 0.4
_NEEDS_MORE = {
    # Below what `_danger` asks for, these are no more than a doubt.
    Act.EMERGENCY: 1.1,
    Act.DISTRESS: 1.1,
    Act.STOP: 0.65,
    Act.LETTER: 0.7,
    Act.CHANNEL_CHOICE: 0.7,
    Act.DECEASED: 0.65,
    Act.WRONG_NUMBER: 0.55,
    Act.THIRD_PARTY: 0.5,
    Act.VOICEMAIL: 0.8,
    Act.HUMAN: 0.55,
    Act.LANGUAGE: 0.6,
    Act.HAS_DOCTOR: 0.55,
    Act.REFUSE: 0.5,
    Act.YES: 0.5,
    Act.GOODBYE: 0.6,
}
# Told before the birth date is verified only: afterwards we know who is on the line.
_WHO_IS_THERE = {Act.DECEASED, Act.WRONG_NUMBER, Act.VOICEMAIL}

# « Mon docteur est mort d'un cancer »: at the question of who follows them, it answers that.
_BESIDE_THE_POINT = {
    Act.OUT_OF_SCOPE, Act.MEDICAL, Act.PROMISE, Act.UNCLEAR, Act.DONT_KNOW, Act.CALLBACK, Act.DECEASED, Act.EMERGENCY,
}  # fmt: skip

_RECORDING = re.compile(r"enregistr\w+")
_HESITATION = r"(?:euh|heu|ben|bah|eh ben|eh|ah|oh|mais|alors|bon|hein|donc|voila|ma foi) "
_COURTESY = (
    r"(?: (?:merci|svp|stp|s il vous plait|madame|monsieur|mademoiselle|bien|hein|voila|bonjour|ma petite dame))"
)
_STARTS_WITH_NO = re.compile(rf"(?:{_HESITATION})*(?:non|nan|nn)\b")
_STARTS_WITH_YES = re.compile(rf"(?:{_HESITATION})*(?:oui|ouais|ouai|d accord|ok)\b")
_SHORT = 7


@dataclass(frozen=True, slots=True)
class Read:
    act: Act
    explicit: bool = False


def act_of(
    said: str, ranking: Ranking, weights: dict[str, float], pending: Question | None, verified: bool, whole: bool = True
) -> Read:
    """The act of `plain` words, of a whole utterance or of a part of it."""
    guess = likeliest(ranking, weights)
    if (danger := _danger(said, ranking) if whole else _danger_in_part(said, ranking)) is not None:
        return danger
    return (
        _wish_for_peace(said, guess, ranking, whole)
        or _in_so_many_words(said, guess, pending, verified)
        or Read(_guessed(guess, pending, verified))
    )


# How sure the classifier must be of a danger: very, when the words tell that it is over, or name none. Words that name
# one count for nothing only where the classifier is sure of something harmless (« ces escaliers vont me tuer »).
_DANGER, _DANGER_IN_DOUBT, _DANGER_IN_PART, _HARMLESS, _A_TRACE = 0.5, 0.93, 0.75, 0.7, 0.1
_SURE_OF_ELSE = 0.6


_PROVES_NOTHING = {act.value for act in (Act.UNCLEAR, Act.STOP, Act.REFUSE, Act.HUMAN, Act.NO, Act.NO_THANKS, Act.SCAM)}


def _danger(said: str, ranking: Ranking) -> Read | None:
    """Emergency and despair: the words and the classifier together. Either may be wrong about a figure of speech."""
    shares = dict(ranking)
    share = shares.get(Act.EMERGENCY.value, 0.0) + shares.get(Act.DISTRESS.value, 0.0)
    act = Act.DISTRESS if shares.get(Act.DISTRESS.value, 0.0) > shares.get(Act.EMERGENCY.value, 0.0) else Act.EMERGENCY
    harmless = share < _A_TRACE and any(other >= _HARMLESS and name not in _PROVES_NOTHING for name, other in ranking)
    if safety.is_distress(said):
        return None if harmless else Read(Act.DISTRESS, explicit=True)
    if safety.is_emergency(said):
        return None if harmless else Read(Act.EMERGENCY, explicit=True)
    doubtful = safety.is_past_or_figure(said) or lexicon("danger_hint").search(said) is None
    wanted = _DANGER_IN_DOUBT if doubtful else _DANGER
    return Read(act) if share >= wanted and len(said) > 3 else None


def _danger_in_part(said: str, ranking: Ranking) -> Read | None:
    """« Non j'en ai pas, et là justement je fais un malaise »."""
    shares = dict(ranking)
    share = shares.get(Act.EMERGENCY.value, 0.0) + shares.get(Act.DISTRESS.value, 0.0)
    if share < _DANGER_IN_PART or len(said.split()) < 3 or safety.is_past_or_figure(said):
        return None
    if lexicon("danger_hint").search(said) is None:
        return None
    return Read(Act.DISTRESS if shares.get(Act.DISTRESS.value, 0.0) > share / 2 else Act.EMERGENCY)


def _wish_for_peace(said: str, guess: Guess, ranking: Ranking, whole: bool) -> Read | None:
    channel = safety.refused_channel(said) if not safety.somebody_else_speaks(said) else None
    if channel is not None and not safety.is_stop_message(said):
        return Read(Act.CHANNEL_CHOICE if channel else guess.act, explicit=True)
    # « Stop, j'ai pas compris »: a stop word is one when it is the whole message.
    # « N'appelez pas à midi », « laissez-moi réfléchir tranquillement »: the classifier is sure of something else.
    sure_of_else = dict(ranking).get(Act.STOP.value, 0.0) < _A_TRACE and any(
        share >= _SURE_OF_ELSE and name not in _PROVES_NOTHING for name, share in ranking
    )
    if (whole and safety.is_stop_message(said)) or (safety.asks_for_peace(said) and not sure_of_else):
        return Read(Act.STOP, explicit=True)
    if safety.wants_a_letter(said):
        return Read(Act.LETTER, explicit=True)
    return None


def _in_so_many_words(said: str, guess: Guess, pending: Question | None, verified: bool) -> Read | None:
    if not verified and safety.is_voicemail(said):
        return Read(Act.VOICEMAIL, explicit=True)
    if safety.is_relay_operator(said):
        return Read(Act.RELAY, explicit=True)
    if lexicon("human").search(said) and not lexicon("asks_whether_human").search(said):
        return Read(Act.HUMAN, explicit=True)
    for act, pattern in (
        (Act.CALLBACK, _AT_THE_WHEEL if pending is Question.MOBILITY else lexicon("driving")),
        (Act.GOODBYE, lexicon("calls_themselves")),
        (Act.LANGUAGE, lexicon("language")),
        (Act.SCAM, lexicon("scam")),
        (Act.DATA_USE, _RECORDING),
        (Act.SLOWER, lexicon("slower")),
        (Act.REPEAT, lexicon("repeat")),
    ):
        if pattern.search(said):
            return Read(act, explicit=True)
    if not verified and lexicon("hands_over").search(said):
        return Read(Act.HANDS_OVER, explicit=True)
    if safety.somebody_else_speaks(said):
        return Read(Act.THIRD_PARTY, explicit=True)
    if not verified and not _speaks_for_themselves(said) and (who := _who_is_there(said)) is not None:
        return Read(who)
    if lexicon("self").search(said) and not lexicon("other_me").search(said) and not verified:
        return Read(Act.SELF, explicit=True)
    if pending is not Question.CONFIRMATION and lexicon("not_a_consent").fullmatch(said):
        return Read(Act.UNSURE, explicit=True)
    if only("yes", said) or (pending is Question.CONFIRMATION and only("all_is_right", said)):
        return Read(Act.YES, explicit=True)
    if only("no", said):
        return Read(Act.NO_THANKS if "merci" in said else Act.NO, explicit=True)
    if lexicon("withdraw").search(said) and guess.act not in {Act.CORRECTION, Act.PREFERENCE, Act.AREA}:
        return Read(Act.REFUSE, explicit=True)
    if pending is Question.SITUATION and guess.act in _BESIDE_THE_POINT and lexicon("no_doctor").search(said):
        return Read(Act.NO_DOCTOR)
    if guess.act is Act.UNCLEAR and pending not in {None, Question.CALLBACK_TIME} and lexicon("callback").search(said):
        return Read(Act.CALLBACK)
    if guess.act is Act.UNCLEAR and lexicon("dont_know").search(said):
        return Read(Act.DONT_KNOW)
    if lexicon("goodbye").search(said) and guess.act in {Act.GOODBYE, Act.UNCLEAR}:
        return Read(Act.GOODBYE, explicit=True)
    return None


def only(name: str, said: str) -> bool:
    """Nothing but such expressions, with hesitations and courtesy round them."""
    one = f"(?:{lexicon(name).pattern})"
    return re.fullmatch(f"(?:{_HESITATION})*{one}(?: (?:{_HESITATION})*{one}|{_COURTESY})*", said) is not None


def _who_is_there(said: str) -> Act | None:
    if safety.says_deceased(said):
        return Act.DECEASED
    if safety.says_third_party(said):
        return Act.THIRD_PARTY
    if safety.says_wrong_number(said):
        return Act.WRONG_NUMBER
    # A relative says « c'est pas moi » as well as a stranger does: which one is asked.
    return Act.NO if lexicon("not_me").search(said) else None


# How one travels is another matter.
_AT_THE_WHEEL = re.compile(r"\ben train de (?:conduire|rouler)\b")
_OWN_DATE = re.compile(r"\d{1,2}\D\d{1,2}\D\d{2,4}\b")


def _speaks_for_themselves(said: str) -> bool:
    """« Oui c'est moi, mon mari est mort l'an dernier »; the birth date is still to prove it."""
    mine = re.match(r"(?:\w+ ){0,2}c(?: est)? (?:bien )?moi\b", said)
    return bool(mine and not lexicon("other_me").search(said)) or _OWN_DATE.match(said) is not None


def _guessed(guess: Guess, pending: Question | None, verified: bool) -> Act:
    if verified and guess.act in _WHO_IS_THERE:
        return Act.UNCLEAR
    if verified and guess.act is Act.SELF:
        # « C'est ça même »: who it is was told; what is meant is a yes.
        return Act.YES if guess.share >= _NEEDS_MORE[Act.YES] else Act.UNCLEAR
    if pending is Question.CONSENT_SHARING and guess.act is Act.REFUSE:
        # What is refused is the name; who wants no help any more says so in so many words.
        return Act.NO if guess.share >= SURE_ENOUGH else Act.UNCLEAR
    return guess.act if guess.share >= _NEEDS_MORE.get(guess.act, SURE_ENOUGH) else Act.UNCLEAR


def starts_with(said: str) -> Act:
    if _STARTS_WITH_NO.match(said):
        return Act.NO
    return Act.YES if _STARTS_WITH_YES.match(said) else Act.UNCLEAR


def first_word(said: str) -> Act:
    """« Non, je ne connais pas »: when nothing else is sure, the first word says it."""
    return starts_with(said) if len(said.split()) <= _SHORT else Act.UNCLEAR
