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
_STARTS_WITH_YES = re.compile(rf"(?:{_HESITATION})*(?:que )?(?:oui|ouais|ouai|d accord|ok)\b")
_SHORT = 7


@dataclass(frozen=True, slots=True)
class Read:
    act: Act
    explicit: bool = False
    # The classifier's own share of what it holds likeliest, unweighed: how little doubt it has.
    share: float = 0.0


def act_of(
    said: str, ranking: Ranking, weights: dict[str, float], pending: Question | None, verified: bool, whole: bool = True
) -> Read:
    """The act of `plain` words, of a whole utterance or of a part of it."""
    guess = likeliest(ranking, weights)
    share = ranking[0][1] if ranking else 0.0
    if (danger := _danger(said, ranking) if whole else _danger_in_part(said, ranking)) is not None:
        return danger
    return (
        _wish_for_peace(said, guess, ranking, whole)
        or _in_so_many_words(said, guess, ranking, pending, verified)
        or Read(_guessed(said, guess, pending, verified), share=share)
    )


# How sure the classifier must be of a danger: surer when the words name none, very when they tell that it is over.
# Words that name one count for nothing only where it is sure of something harmless (« ces escaliers vont me tuer »).
_DANGER, _DANGER_UNNAMED, _DANGER_IN_DOUBT, _DANGER_IN_PART, _HARMLESS, _A_TRACE = 0.6, 0.76, 0.95, 0.75, 0.7, 0.1
_SURE_OF_ELSE = 0.6


_PROVES_NOTHING = {
    act.value
    for act in (Act.UNCLEAR, Act.STOP, Act.REFUSE, Act.HUMAN, Act.NO, Act.NO_THANKS, Act.SCAM, Act.THIRD_PARTY)
}


def _danger(said: str, ranking: Ranking) -> Read | None:
    """Emergency and despair: the words and the classifier together. Either may be wrong about a figure of speech."""
    shares = dict(ranking)
    share = shares.get(Act.EMERGENCY.value, 0.0) + shares.get(Act.DISTRESS.value, 0.0)
    act = Act.DISTRESS if shares.get(Act.DISTRESS.value, 0.0) > shares.get(Act.EMERGENCY.value, 0.0) else Act.EMERGENCY
    if safety.is_despair(said):
        return Read(Act.DISTRESS, explicit=True)
    if safety.is_peril(said):
        return Read(Act.EMERGENCY, explicit=True)
    harmless = share < _A_TRACE and any(other >= _HARMLESS and name not in _PROVES_NOTHING for name, other in ranking)
    if safety.is_distress(said):
        return None if harmless else Read(Act.DISTRESS, explicit=True)
    if safety.is_emergency(said):
        return None if harmless else Read(Act.EMERGENCY, explicit=True)
    if safety.is_past_or_figure(said):
        wanted = _DANGER_IN_DOUBT
    else:
        wanted = _DANGER if lexicon("danger_hint").search(said) else _DANGER_UNNAMED
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
    speaks_of_calls = re.search(r"\b(?:appel|telephon|coup de fil)", said) is not None
    chooses = guess.act is Act.CHANNEL_CHOICE and not speaks_of_calls
    if whole and safety.wants_no_more_messages(said) and (not sure_of_else or chooses):
        return Read(Act.STOP, explicit=True)
    if safety.wants_a_letter(said) and not _belied(Act.LETTER, ranking):
        return Read(Act.LETTER, explicit=True)
    return None


# Words that often mean it, unless the classifier is sure of another thing: « doucement avec ma canne ».
_SURE = 0.85
_DOUBTFUL = {Act.LANGUAGE, Act.DATA_USE, Act.SLOWER, Act.REPEAT}
_CLOSE = {
    Act.REPEAT: {Act.DONT_KNOW, Act.HEARING, Act.SLOWER},
    Act.SLOWER: {Act.REPEAT, Act.HEARING},
    Act.REFUSE: {Act.NO, Act.NO_THANKS, Act.STOP, Act.UNSURE},
    Act.SELF: {Act.YES, Act.GREET},
    Act.HUMAN: {Act.CALLBACK, Act.ROBOT},
    Act.LETTER: {Act.STOP, Act.REFUSE},
}


def _belied(act: Act, ranking: Ranking) -> bool:
    """The classifier is sure of something that has nothing to do with what the words seem to say."""
    if not ranking:
        return False
    near = {act.value, *(other.value for other in _CLOSE.get(act, ()))}
    likely, share = ranking[0]
    return likely not in near | _PROVES_NOTHING and share >= _SURE and dict(ranking).get(act.value, 0.0) < _A_TRACE


def _in_so_many_words(
    said: str, guess: Guess, ranking: Ranking, pending: Question | None, verified: bool
) -> Read | None:
    if not verified and safety.is_voicemail(said):
        return Read(Act.VOICEMAIL, explicit=True)
    if safety.is_relay_operator(said):
        return Read(Act.RELAY, explicit=True)
    if lexicon("who").search(said):
        return Read(Act.WHO)
    asks_whether = lexicon("asks_whether_human").search(said) is not None
    if lexicon("human").search(said) and not asks_whether and not _belied(Act.HUMAN, ranking):
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
        if pattern.search(said) and not (act in _DOUBTFUL and _belied(act, ranking)):
            return Read(act, explicit=True)
    if not verified and lexicon("hands_over").search(said):
        return Read(Act.HANDS_OVER, explicit=True)
    if verified and safety.tells_of_the_death(said) and not _belied(Act.DECEASED, ranking):
        return Read(Act.DECEASED, explicit=True)
    if safety.somebody_else_speaks(said) and not (not verified and _sure_of_the_death(said, ranking)):
        return Read(Act.THIRD_PARTY, explicit=True)
    if not verified and not _speaks_for_themselves(said) and (who := _who_is_there(said, ranking)) is not None:
        return Read(who)
    mine = lexicon("self").search(said) is not None and lexicon("other_me").search(said) is None
    if mine and not verified and not _belied(Act.SELF, ranking):
        return Read(Act.SELF, explicit=True)
    if pending is not Question.CONFIRMATION and lexicon("not_a_consent").fullmatch(said):
        return Read(Act.UNSURE, explicit=True)
    if only("yes", said) or (pending is Question.CONFIRMATION and only("all_is_right", said)):
        return Read(Act.YES, explicit=True)
    if only("no", said):
        return Read(Act.NO_THANKS if "merci" in said else Act.NO, explicit=True)
    if (
        lexicon("withdraw").search(said)
        and not _belied(Act.REFUSE, ranking)
        and guess.act not in {Act.CORRECTION, Act.PREFERENCE, Act.AREA}
    ):
        return Read(Act.REFUSE, explicit=True)
    beside = guess.act in _BESIDE_THE_POINT and not (guess.act is Act.DONT_KNOW and guess.share >= _SURE)
    if pending is Question.SITUATION and beside and lexicon("no_doctor").search(said):
        return Read(Act.NO_DOCTOR)
    if pending is Question.SITUATION and _A_PHYSICIAN_ALONE.fullmatch(said):
        return Read(Act.HAS_DOCTOR, explicit=True)
    if pending is Question.SITUATION and guess.act is Act.HAS_DOCTOR and lexicon("doctor_left").search(said):
        return Read(
            Act.NO_DOCTOR
        )  # Whoever is taken for having one is let go: « nada depuis le départ du docteur Petit ».
    if guess.act is Act.UNCLEAR and pending not in {None, Question.CALLBACK_TIME} and lexicon("callback").search(said):
        return Read(Act.CALLBACK)
    if guess.act is Act.UNCLEAR and lexicon("dont_know").search(said):
        return Read(Act.DONT_KNOW)
    takes_leave = lexicon("goodbye").search(said) is not None and guess.act in {Act.GOODBYE, Act.UNCLEAR}
    if takes_leave and pending is Question.CONFIRMATION and _all_is_right(said):
        return Read(Act.YES, explicit=True)  # « Ouais, c'est nickel, allez, bonne journée »
    if takes_leave:
        return Read(Act.GOODBYE, explicit=True)
    return None


def _all_is_right(said: str) -> bool:
    right = starts_with(said) is Act.YES or lexicon("all_is_right").search(said) is not None
    return right and re.search(r"\b(?:non|pas|faux|sauf|erreur|mais)\b", said) is None


def only(name: str, said: str) -> bool:
    """Nothing but such expressions, with hesitations and courtesy round them."""
    one = f"(?:{lexicon(name).pattern})"
    return re.fullmatch(f"(?:{_HESITATION})*{one}(?: (?:{_HESITATION})*{one}|{_COURTESY})*", said) is not None


def _sure_of_the_death(said: str, ranking: Ranking) -> bool:
    """« C'est sa fille, maman est partie au mois d'août »."""
    return safety.says_deceased(said) or (
        bool(ranking) and ranking[0][0] == Act.DECEASED.value and ranking[0][1] >= _SURE
    )


_PRESENCE = {act.value for act in (Act.DECEASED, Act.THIRD_PARTY, Act.SELF, Act.CALLBACK)}


def _who_is_there(said: str, ranking: Ranking) -> Act | None:
    likely, share = ranking[0] if ranking else ("", 0.0)
    # « Elle est au cimetière » is one thing, « elle est au cimetière, sur la tombe de son mari » another.
    sure = share >= _SURE and likely in _PRESENCE
    if safety.says_deceased(said) and (not sure or likely == Act.DECEASED.value):
        return Act.DECEASED
    if safety.says_third_party(said) and not sure and not _belied(Act.THIRD_PARTY, ranking):
        return Act.THIRD_PARTY
    if safety.says_wrong_number(said) and not sure:
        return Act.WRONG_NUMBER
    # A relative says « c'est pas moi » as well as a stranger does: which one is asked.
    return Act.NO if lexicon("not_me").search(said) else None


# « Docteur Lambert à Vitry », of whom nothing else is told.
_A_PHYSICIAN_ALONE = re.compile(
    r"(?:(?:oui|euh|alors|ben|c est|cest|j ai|jai|chez|avec|mon medecin|mon docteur|madame|monsieur) )*"
    r"(?:le |la |un |une )?(?:dr|docteur|doc|doctoresse|docteure) "
    r"(?!de (?:garde|famille|quartier|ville)|comme|qui|oui|non|mais|est|a |m |pour|pas|plus|nulle)[a-z]{3,}"
    r"(?: (?!est|n |m |ne |nous|vous|part|pren|mort|dece|ferm|arret)[a-z]{3,})?"
    r"(?: (?:a|au|aux|rue|place|boulevard|avenue|depuis) (?:[a-z0-9]+ ?){1,4})?"
)
# How one travels is another matter.
_AT_THE_WHEEL = re.compile(r"\ben train de (?:conduire|rouler)\b")
_OWN_DATE = re.compile(r"\d{1,2}\D\d{1,2}\D\d{2,4}\b")


def _speaks_for_themselves(said: str) -> bool:
    """« Oui c'est moi, mon mari est mort l'an dernier »; the birth date is still to prove it."""
    mine = re.match(r"(?:\w+ ){0,2}c(?: est)? (?:bien )?moi\b", said)
    return bool(mine and not lexicon("other_me").search(said)) or _OWN_DATE.match(said) is not None


def _guessed(said: str, guess: Guess, pending: Question | None, verified: bool) -> Act:
    if guess.act in {Act.WRONG_NUMBER, Act.DECEASED} and not verified and " " not in said:
        return Act.UNCLEAR  # Too little to hang up for ever on a single word that no lexicon knows.
    if guess.act is Act.STOP and safety.asks_for_peace_at_times(said):
        return Act.CALLBACK
    if pending is Question.CONFIRMATION and guess.act is Act.WRONG_NUMBER:
        return Act.NO  # « Erreur »: what is wrong there is what was read out.
    if verified and guess.act in _WHO_IS_THERE:
        return Act.UNCLEAR
    if guess.act is Act.SELF and pending in {Question.CONSENT_ASSISTANCE, Question.CONSENT_SHARING}:
        return Act.UNCLEAR  # « Oui c'est moi » consents to nothing.
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


def ends_with_yes(said: str) -> bool:
    """« Mort de rire, ok »: after a story, the last word answers."""
    return re.search(r"(?:\bmais|\bdonc|\balors|\bdc|^.{12,}) (?:oui|ok|ouais|d accord|volontiers)$", said) is not None


def first_word(said: str) -> Act:
    """« Non, je ne connais pas »: when nothing else is sure, the first word says it."""
    return starts_with(said) if len(said.split()) <= _SHORT else Act.UNCLEAR
