"""Turns one message into an Understanding: its act, what else it means, and the values that it carries."""

import re
from datetime import date, datetime

from bot.actions.understanding import safety
from bot.actions.understanding.acts import Read, act_of, ends_with_yes, first_word, only, starts_with
from bot.actions.understanding.birth_dates import BirthDate, read_birth_date
from bot.actions.understanding.callbacks import read_callback
from bot.actions.understanding.departments import department_named
from bot.actions.understanding.expectation import weights_at
from bot.actions.understanding.gazetteer import Place, gazetteer
from bot.actions.understanding.keys import keyed
from bot.actions.understanding.lexicon import lexicon
from bot.actions.understanding.meaning import Act, Heard, Kind, Understanding
from bot.actions.understanding.mobility import (
    MobilitySaid,
    TravelLimit,
    read_mobility,
    read_mobility_loosely,
    read_travel_limit,
)
from bot.actions.understanding.places import (
    Ambiguous,
    begins_with,
    others_named,
    resolve,
    resolve_corrected,
    resolve_mention,
)
from bot.actions.understanding.preferences import Preference, read_preference
from bot.actions.understanding.text import plain, with_figures, without_accents
from outreach.domain.calling_hours import local
from outreach.domain.words import AreaScope, Question

_SEARCH = {Question.MOBILITY, Question.AREA, Question.PREFERENCE, Question.CONFIRMATION}
_EARLIER = {Question.SITUATION, Question.CONSENT_ASSISTANCE, Question.CONSENT_SHARING}
_OF_THE_SEARCH = {Act.MOBILITY, Act.TRAVEL_LIMIT, Act.AREA, Act.PREFERENCE}
_CONSENTS = {Question.CONSENT_ASSISTANCE, Question.CONSENT_SHARING}
# Decides by itself, whatever else is said in the same breath.
_COMES_FIRST = {
    Act.EMERGENCY, Act.DISTRESS, Act.STOP, Act.LETTER, Act.CHANNEL_CHOICE, Act.VOICEMAIL, Act.DECEASED,
    Act.THIRD_PARTY, Act.HANDS_OVER, Act.WRONG_NUMBER, Act.HUMAN, Act.REFUSE, Act.LANGUAGE, Act.RELAY,
}  # fmt: skip
_ASKED_BACK = {
    Act.WHO, Act.PURPOSE, Act.SCAM, Act.HOW_NUMBER, Act.FREE, Act.MANDATORY, Act.DATA_USE, Act.ROBOT, Act.WHY_ASKED,
    Act.HOW_LONG, Act.SENSITIVE, Act.WHAT_IS_DOCTOR, Act.PROMISE, Act.MEDICAL,
}  # fmt: skip
_ANSWERS: dict[Question | None, set[Act]] = {
    Question.IDENTITY: {Act.YES, Act.NO, Act.SELF, Act.BIRTH_DATE},
    Question.BIRTH_DATE: {Act.BIRTH_DATE},
    Question.SITUATION: {Act.YES, Act.NO, Act.HAS_DOCTOR, Act.NO_DOCTOR},
    Question.CONSENT_ASSISTANCE: {Act.YES, Act.NO, Act.NO_THANKS},
    Question.CONSENT_SHARING: {Act.YES, Act.NO, Act.NO_THANKS},
    Question.MOBILITY: {Act.MOBILITY, Act.TRAVEL_LIMIT},
    Question.AREA: {Act.AREA},
    Question.PREFERENCE: {Act.PREFERENCE, Act.NO_PREFERENCE},
    Question.CALLBACK_TIME: {Act.CALLBACK},
    Question.CONFIRMATION: {Act.YES, Act.NO, Act.CORRECTION},
}


# Above this the classifier is next to never wrong about a whole utterance.
_NO_DOUBT, _SURE = 0.9, 0.8
_SURE_ENOUGH_OF_ELSE = 0.6
# Cyrillic, Arabic, Chinese…: letters that French is not written with. Greek signs and « ª » are typed for others.
_FOREIGN_SCRIPT = re.compile(
    r"[\u0400-\u052f\u0530-\u06ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff\u1200-\u137f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}"
)
_ONE_KEY = re.compile(r"[0-5]")
_ANSWERED_BY_KEYS = set(Question) - {Question.BIRTH_DATE}
# Answers that are values: of these a sure classifier is not put in doubt by a part.
_VALUES = {Act.MOBILITY, Act.TRAVEL_LIMIT, Act.AREA, Act.PREFERENCE, Act.NO_PREFERENCE, Act.CALLBACK, Act.BIRTH_DATE}
_STORIES = {Act.OUT_OF_SCOPE, Act.NO_DOCTOR, Act.UNCLEAR, *_OF_THE_SEARCH}
_MANAGES_ALONE = re.compile(r"\bseule? (?:j |je )?(?:n )?(?:y |m en )(?:arrive|sors)\w* (?:pas|plus|jamais)\b")
_CALL_AGAIN = re.compile(r"\brappel\w*|\bplus tard\b")
_PHYSICIAN = re.compile(
    r"\b(?:medecin|docteur|doctoresse|generaliste|prefer\w+|dr|une femme|un homme|plutot une dame|plutot un monsieur)\b"
)


def understand(
    heard: Heard,
    pending: Question | None,
    department: str,
    now: datetime,
    verified: bool,
    limit_asked: bool = False,
    home: str | None = None,
) -> Understanding:
    """`limit_asked`: within the question of mobility, how far they can travel was asked; `home`: INSEE code."""
    match heard.kind:
        case Kind.OPEN:
            return Understanding(Act.OPEN)
        case Kind.TRANSFERRED:
            return Understanding(Act.TRANSFERRED)
        case Kind.NOT_TRANSFERRED:
            return Understanding(Act.NOT_TRANSFERRED)
        case Kind.KEYPAD:
            return keyed(heard.digits, pending, department, now)
    if heard.kind is Kind.SILENCE or not heard.text.strip():
        return Understanding(Act.SILENCE)
    said = plain(heard.text)
    if _FOREIGN_SCRIPT.search(heard.text) and not re.search(r"[a-z]", said):
        return Understanding(Act.LANGUAGE, heard.text, explicit=True)
    if _ONE_KEY.fullmatch(said) and pending in _ANSWERED_BY_KEYS and not limit_asked:
        # « Oui : répondez 1 »: by SMS, the keys are written.
        return keyed(said, pending, department, now)
    weights = dict(weights_at(pending, verified, limit_asked))
    whole = act_of(said, heard.ranking, weights, pending, verified)
    parts = [act_of(plain(p.text), p.ranking, weights, pending, verified, whole=False) for p in heard.parts]
    act, also = _together(whole, parts, pending, said, heard.parts[0].text if heard.parts else "")
    about_search = pending in _SEARCH and verified
    # Before they are asked for, ways and places count only where the words speak of them.
    told = heard.text
    if verified and pending in _EARLIER:
        told = " ".join(p.text for p, read in zip(heard.parts, parts, strict=True) if read.act in _OF_THE_SEARCH)
        about_search = bool(told)
    dates = pending in {None, Question.IDENTITY, Question.BIRTH_DATE} and not verified
    birth_date = _birth_date(heard, local(now, department).date()) if dates else None
    if pending is Question.BIRTH_DATE and _own_date_first(said, birth_date) and act in _SOMEBODY and not whole.explicit:
        act = Act.BIRTH_DATE  # « 12/03/1947, l'année où mon grand-père est mort »
    if birth_date is not None and birth_date.value is not None and heard.parts:
        # Everything in one breath: what else is told counts as soon as the birth date is found to be right.
        after = dict(weights_at(Question.SITUATION, verified=True))
        parts = [act_of(plain(p.text), p.ranking, after, None, True, whole=False) for p in heard.parts]
        # A clause that is unclear may still name a place or a wish: the readers need their own words anyway.
        kept = {*_OF_THE_SEARCH, Act.NO_PREFERENCE, Act.UNCLEAR}
        told = " ".join(p.text for p, read in zip(heard.parts, parts, strict=True) if read.act in kept)
        about_search, verified = bool(told), True
    lives = gazetteer().by_code.get(home or "")
    place = _place(told, pending or Question.SITUATION, department, lives) if verified and told else None
    several = pending is Question.AREA and isinstance(place, Place)
    return Understanding(
        act,
        heard.text,
        explicit=whole.explicit and act is whole.act,
        also=also,
        situation=_situation([whole, *parts], verified),
        refused_channel=(
            safety.refused_channel(said) or safety.channel_spoken_of(said) if act is Act.CHANNEL_CHOICE else None
        ),
        birth_date=birth_date,
        mobility=_mobility(told, act, pending, limit_asked) if about_search else MobilitySaid(),
        travel_limit=_limit(told, limit_asked, pending) if about_search else None,
        scope=_scope(told, pending) if about_search else None,
        place=place,
        other_places=others_named(told, place, department, lives) if several and isinstance(place, Place) else (),
        preference=_preference(told, pending) if about_search else Preference(),
        callback=read_callback(heard.text, now, department),
        speaks_of_a_physician=any(read.act is Act.PREFERENCE for read in (whole, *parts))
        or _PHYSICIAN.search(said) is not None,
    )


def _birth_date(heard: Heard, today: date) -> BirthDate | None:
    """Of a long message, the clause that holds the date, when there is but one and nothing is taken back."""
    whole = read_birth_date(heard.text, today)
    said = plain(heard.text)
    if (whole is not None and whole.value is not None) or len(heard.parts) < 2:
        return whole
    if _TAKEN_BACK.search(said) or _NUMBER_WITH_AND.search(said):
        return whole
    found = [read for part in heard.parts if (read := read_birth_date(part.text, today)) is not None and read.value]
    return found[0] if len(found) == 1 else whole


_SOMEBODY = {Act.DECEASED, Act.THIRD_PARTY, Act.WRONG_NUMBER}


def _own_date_first(said: str, read: BirthDate | None) -> bool:
    figures = with_figures(said)
    return (
        read is not None and read.value is not None and re.match(r"(?:le |nee? le |je suis )*\d", figures) is not None
    )


# « Trente et un avril » is no « un avril » after a « trente ».
_NUMBER_WITH_AND = re.compile(r"\b(?:vingt|trente|quarante|cinquante|soixante) et (?:une?|onze)\b")
_TAKEN_BACK = re.compile(r"\b(?:non|pardon|enfin|plutot|pas)\b")


def _together(
    whole: Read, parts: list[Read], pending: Question | None, said: str, first_part: str
) -> tuple[Act, Act | None]:
    """What decides, and the question asked back in the same breath: « oui c'est moi, c'est pour quoi ? »."""
    danger = next((read.act for read in parts if read.act in {Act.EMERGENCY, Act.DISTRESS}), None)
    if whole.share >= _NO_DOUBT and whole.act in _VALUES and not safety.is_emergency(said):
        danger = None  # « Surtout pas Legendre, il m'a mal parlé »
    answers_through_relay = whole.act is Act.RELAY and pending is Question.IDENTITY and starts_with(said) is Act.YES
    if whole.act in _COMES_FIRST and not answers_through_relay and not _says_first_who_they_are(whole, parts, pending):
        return whole.act, None
    if danger is not None and not safety.is_over(said):
        return danger, None
    soft = {Act.LETTER, Act.HUMAN, Act.LANGUAGE, Act.REFUSE} if whole.share >= _NO_DOUBT else set()
    if whole.act is Act.CORRECTION and whole.share >= _SURE:
        soft = {*soft, Act.STOP}  # « Rayez L'Haÿ de votre liste, j'ai dit Chevilly »
    if safety.asks_for_peace_at_times(said):
        soft = {*soft, Act.STOP}  # « Laissez-moi tranquille le week-end, sinon lundi »
    first = next((read.act for read in parts if read.act in _COMES_FIRST - soft and read.explicit), None)
    if first is not None and pending not in _CONSENTS:
        return first, None
    if any(read.act is Act.CALLBACK for read in (whole, *parts)) and _CALL_AGAIN.search(said):
        # « C'est moi, mais là je pars : rappelez jeudi matin ».
        return Act.CALLBACK, None
    if pending in _CONSENTS and whole.act is Act.YES and lexicon("yes_if_free").search(said):
        return Act.UNSURE, None
    answers = _ANSWERS.get(pending, set())
    given = [read.act for read in parts if read.act in answers]
    asked = [read.act for read in [whole, *parts] if read.act in _ASKED_BACK]
    if pending in _CONSENTS and not given and whole.act in _STORIES and "?" not in said:
        # « Oui, c'est urgent de m'en trouver un »: a story after a plain yes or no, or before one.
        given = [act] if (act := starts_with(said)) is not Act.UNCLEAR else [Act.YES] if ends_with_yes(said) else []
    if pending is Question.CONSENT_ASSISTANCE and whole.act is Act.HAS_DOCTOR and whole.share >= _NO_DOUBT:
        return Act.HAS_DOCTOR, None
    if pending in _CONSENTS and given:
        told = any(read.act in _OF_THE_SEARCH for read in parts)
        unsaid = any(read.explicit and read.act in {Act.NO, Act.NO_THANKS} for read in parts)
        return _consent(whole, given, asked, said, plainly=only("yes", plain(first_part)) and not unsaid, told=told)
    if pending is Question.SITUATION and whole.act is Act.UNSURE and whole.share >= _NO_DOUBT:
        return Act.UNSURE, None
    if pending is Question.SITUATION and any(act in {Act.HAS_DOCTOR, Act.NO_DOCTOR} for act in (whole.act, *given)):
        # « Oui, enfin j'en cherche un »: what is told outweighs a bare yes or no.
        situations = [act for act in (whole.act, *given) if act in {Act.HAS_DOCTOR, Act.NO_DOCTOR}]
        # « J'en ai un, mais à Tours : j'en voudrais un ici »: the last word counts.
        meant = whole.act if whole.act in situations and whole.share >= _NO_DOUBT else situations[-1]
        return meant, asked[0] if asked else None
    if whole.act in answers or whole.act is Act.UNCLEAR:
        if whole.act is Act.UNCLEAR and not given:
            return (asked[0], None) if asked else (first_word(said), None)
        return (whole.act if whole.act in answers else given[-1]), asked[0] if asked else None
    if whole.act in _ASKED_BACK and given:
        if whole.share >= _NO_DOUBT and not any(read.explicit and read.act in answers for read in parts[:1]):
            # « Vous devriez le savoir, non ? »
            return whole.act, None
        return given[-1], whole.act
    if pending is Question.CONFIRMATION and whole.act in _OF_THE_SEARCH and Act.YES in given:
        return Act.YES, None
    if whole.act in _BESIDE_WHO_IT_IS and parts and parts[0].act is Act.YES and parts[0].explicit:
        return Act.YES, None
    if pending is Question.IDENTITY and whole.act in {Act.OUT_OF_SCOPE, Act.RELAY} and starts_with(said) is Act.YES:
        # « Oui oui, vous m'avez fait peur »: the birth date is still to prove it.
        return Act.YES, None
    if whole.act in {Act.OUT_OF_SCOPE, Act.UNSURE, *_OF_THE_SEARCH}:
        # « Non, et pourtant mon mari a fait un AVC »: the answer counts, the story is heard out.
        return (given[-1] if given else _first_word(said, pending) or whole.act), None
    return whole.act, None


# Of physicians nobody has spoken yet when it is asked who is there.
_BESIDE_WHO_IT_IS = {Act.GREET, Act.HAS_DOCTOR, Act.NO_DOCTOR}


def _says_first_who_they_are(whole: Read, parts: list[Read], pending: Question | None) -> bool:
    """« Oui bonjour. Odette E. »: a name that the classifier never met makes no stranger of who said yes."""
    guessed = whole.act in {Act.WRONG_NUMBER, Act.THIRD_PARTY, Act.DECEASED} and not whole.explicit
    first = parts[0] if parts else None
    return (
        pending is Question.IDENTITY
        and guessed
        and whole.share < _NO_DOUBT
        and first is not None
        and (first.act in {Act.YES, Act.SELF} and first.explicit)
    )


def _first_word(said: str, pending: Question | None) -> Act | None:
    act = first_word(said) if pending in {Question.IDENTITY, Question.SITUATION, Question.CONFIRMATION} else None
    return act if act is not Act.UNCLEAR else None


def _consent(
    whole: Read, given: list[Act], asked: list[Act], said: str, *, plainly: bool, told: bool
) -> tuple[Act, Act | None]:
    """A yes with a condition or an open question is not yet a consent (DOMAIN §4)."""
    no = {Act.NO, Act.NO_THANKS}
    beside = asked[0] if asked else None
    if whole.act in no:
        return whole.act, beside
    if starts_with(said) is Act.NO and whole.share < _SURE_ENOUGH_OF_ELSE:
        return Act.NO, beside
    # « Oui mais qu'il vienne à domicile » tells of the search; « oui mais c'est payant ? » waits for a reply.
    conditional = lexicon("yes_but").search(said) is not None and not (told and not asked)
    if Act.YES in given and conditional:
        return beside or Act.UNSURE, None
    if whole.act is Act.YES and whole.share >= _NO_DOUBT and not asked:
        return Act.YES, None  # « Non mais oui, évidemment »
    if plainly or (Act.YES in given and not set(given) & no and whole.act is not Act.UNSURE):
        return Act.YES, beside
    if Act.YES in given:
        return (whole.act if whole.explicit else Act.UNSURE), None
    return (given[-1] if whole.act in {Act.UNCLEAR, *asked} else whole.act), None


def _situation(reads: list[Read], verified: bool) -> Act | None:
    if not verified:
        return None
    return next((read.act for read in reads if read.act in {Act.HAS_DOCTOR, Act.NO_DOCTOR}), None)


_BARE = re.compile(
    r"(?:(?:non|oui|euh|ben|plutot|c est|cest|c|mettez|disons|finalement|en fait|enfait|sauf|que|mais|"
    r"j ai dit|pas \d+) )*"
    r"(?P<number>\d{1,3})(?: (?:plutot|finalement|svp|j ai dit|et|pas|au lieu de|que|max\w*|\d+))*"
)


# « Retirez vingt minutes, mettez trente »
_RATHER = re.compile(
    r"\b(?:mettez|mets|disons|notez|inscrivez) (?:moi |plutot |bien )*(?P<number>\d{1,3})"
    r"(?: (?P<unit>minutes?|min|mn|km|kilometres?))?(?: (?:svp|plutot|max\w*|merci))*$"
)


def _limit(told: str, asked: bool, pending: Question | None) -> TravelLimit | None:
    if pending is Question.CONFIRMATION and (rather := _RATHER.search(with_figures(told))):
        number = int(rather["number"])
        if (rather["unit"] or "").startswith("k") or (
            rather["unit"] is None and re.search(r"\b(?:km|kilo)", plain(told))
        ):
            return TravelLimit(km=number)
        return TravelLimit(minutes=number, bare=rather["unit"] is None)
    if pending is Question.CONFIRMATION and (corrected := _BARE.fullmatch(with_figures(told))):
        return TravelLimit(minutes=int(corrected["number"]), bare=True)
    if asked and (bare := re.fullmatch(r"(?:euh |ben )?(\d{1,3})(?: max\w*)?", with_figures(told))):
        return TravelLimit(minutes=int(bare.group(1)))
    return read_travel_limit(told, asked=asked)


def _mobility(told: str, act: Act, pending: Question | None, limit_asked: bool) -> MobilitySaid:
    # « Oui, parce que toute seule j'y arrive pas » tells of the search, not of the way to travel.
    if pending not in {Question.MOBILITY, Question.CONFIRMATION}:
        told = _MANAGES_ALONE.sub(" ", plain(told))
    found = read_mobility(told)
    if found.ways or found.no_way_known or pending is not Question.MOBILITY or limit_asked or act is not Act.MOBILITY:
        return found
    return read_mobility_loosely(told)


def _scope(text: str, pending: Question | None) -> AreaScope | None:
    said = plain(text)
    if lexicon("near_home").search(said):
        return AreaScope.NEAR_HOME
    if lexicon("department").search(said) or (pending is Question.AREA and department_named(text) is not None):
        return AreaScope.DEPARTMENT
    return AreaScope.ANYWHERE if lexicon("anywhere").search(said) else None


_PLACE = r"[a-z' -]+?"
# « Pas Villejuif, Thiais », « j'ai dit Vitry, pas Villejuif »
_NOT_THERE = re.compile(
    rf"\bpas {_PLACE}(?:[,;:]+ ?(?:mais |c'est )?| (?:mais|c'est) )(?P<after>{_PLACE})$"
    rf"|^(?!(?:non |oui |mais )*c'est pas)(?:(?:non|oui|mais|j'ai dit|c'est|mettez|plutot|a|vers)[ ,]+)*"
    rf"(?P<before>{_PLACE}),? (?:et )?pas {_PLACE}$"
)


def _place(text: str, pending: Question | None, department: str, home: Place | None) -> Place | Ambiguous | None:
    if pending is Question.CONFIRMATION:
        for denied in _NOT_THERE.finditer(without_accents(text.lower()).strip(" .!")):
            here = plain(denied["after"] or denied["before"])
            found = resolve_mention(f"a {here}", department, home) or begins_with(here, department)
            if found is not None:
                return found
        return resolve_corrected(text, department, home)
    if pending is Question.AREA and _scope(text, None) is None:
        return resolve(text, department, home)
    if pending is not Question.CALLBACK_TIME:
        return resolve_mention(text, department, home)
    return None


def _preference(text: str, pending: Question | None) -> Preference:
    found = read_preference(text, asked=pending is Question.PREFERENCE)
    if pending is Question.PREFERENCE:
        return found
    # « Peu importe » answers the question that was asked, which was another one.
    return Preference() if found.none else found
