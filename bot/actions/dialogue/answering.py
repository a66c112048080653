"""The answer to the pending question, and what else was said in the same breath."""

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from bot.actions.dialogue.asking import clarify, end, missed, next_question, put, put_next
from bot.actions.dialogue.effects import (
    CheckBirthDate,
    Conclude,
    Decision,
    Effect,
    Line,
    RecordConsent,
    Remember,
)
from bot.actions.dialogue.interruptions import reply_to
from bot.actions.dialogue.names import says_own_name
from bot.actions.dialogue.search import answers_in, needs_limit
from bot.actions.dialogue.state import Clarification, DialogueState, PatientFacts
from bot.actions.understanding.birth_dates import BirthDate, NotADate, joined
from bot.actions.understanding.callbacks import CallbackWish, window_for
from bot.actions.understanding.meaning import Act, Understanding
from bot.actions.understanding.places import Ambiguous
from bot.actions.understanding.text import plain
from bot.actions.wording.parts import window_words
from outreach.domain.calling_hours import local
from outreach.domain.words import ConsentKind, ConsentState, Outcome, Question

_WISHES_FOR_ONE = re.compile(
    r"\b(?:veux|veu|voudrais|voudrait|veut|aimerais|aimerait|souhaite\w*|cherche\w*) (?:bien|en|un|que)\b"
    r"|\b(?:transm\w+|donn\w+|communiqu\w+) (?:mon|mes|votre|vos) (?:nom|coordonnees)\b"
)
_BEFORE_THE_SEARCH = {Question.SITUATION, Question.CONSENT_ASSISTANCE, Question.CONSENT_SHARING}
_SEARCH = (Question.MOBILITY, Question.AREA, Question.PREFERENCE)


def carries_an_answer(state: DialogueState, heard: Understanding) -> bool:
    """Whether the words hold a value for the pending question: it then outweighs a classifier's guess."""
    match state.pending:
        case Question.IDENTITY | Question.BIRTH_DATE:
            told = heard.birth_date is not None and heard.birth_date.value is not None
            return told or tells_first_name(state, heard)
        case Question.MOBILITY:
            return bool(heard.mobility.ways) or heard.mobility.no_way_known or heard.travel_limit is not None
        case Question.AREA:
            return heard.place is not None or heard.scope is not None
        case Question.PREFERENCE:
            return heard.preference.says_something
        case Question.CALLBACK_TIME:
            return heard.callback is not None
        case Question.CONFIRMATION:
            # « Qu'il parle tamoul » is no wish to go on in Tamil, « un homme tout compte fait » no refusal.
            return heard.act in {Act.LANGUAGE, Act.REFUSE, Act.CALLBACK} and (
                heard.preference.language is not None or heard.preference.physician_gender is not None
            )
        case _:
            return False


def tells_first_name(state: DialogueState, heard: Understanding) -> bool:
    """Any words may be a name, but a plain yes or no, and those of a known interruption."""
    if state.clarifying is not Clarification.FIRST_NAME or state.told_birth_date is None:
        return False
    something_else = (heard.explicit and heard.act is not Act.SELF) or reply_to(state, heard) is not None
    return bool(heard.text.strip()) and not something_else


def answer(state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime) -> Decision | CheckBirthDate:
    match state.pending or next_question(state):
        case Question.IDENTITY:
            return _identity(state, heard, facts)
        case Question.BIRTH_DATE:
            return _birth_date(state, heard, facts, now)
        case Question.SITUATION:
            return _situation(state, heard, facts)
        case Question.CONSENT_ASSISTANCE:
            return _consent_assistance(state, heard, facts)
        case Question.CONSENT_SHARING:
            return _consent_sharing(state, heard, facts)
        case Question.CALLBACK_TIME:
            return _callback_time(state, heard, facts, now)
        case Question.CONFIRMATION:
            return _confirmation(state, heard, facts)
        case _:
            return _search(state, heard, facts)


def not_this_person(state: DialogueState, facts: PatientFacts) -> Decision:
    """« Non »: somebody who knows the person, or a stranger? By SMS no name may be said to find out."""
    return clarify(replace(state, misses=0), Clarification.KNOWS_PERSON, facts)


def _identity(state: DialogueState, heard: Understanding, facts: PatientFacts) -> Decision | CheckBirthDate:
    if state.clarifying is Clarification.KNOWS_PERSON:
        if heard.act is Act.SELF:
            return _is_the_person(state, facts)
        if heard.is_yes or heard.act is Act.THIRD_PARTY:
            asked = replace(state, for_third_party=True)
            return put(asked, Question.CALLBACK_TIME, facts, (Line("third_party"),))
        if heard.is_no or heard.act in {Act.DONT_KNOW, Act.WRONG_NUMBER}:
            return end(state, Outcome.WRONG_NUMBER, "end.wrong_number")
        return missed(state, facts)
    if heard.birth_date is not None and heard.birth_date.value is not None:
        return CheckBirthDate(
            _with_early(replace(state, pending=Question.BIRTH_DATE), heard, facts), heard.birth_date.value
        )
    if heard.is_yes or heard.act is Act.SELF or says_own_name(heard, facts):
        return _is_the_person(state, facts)
    if heard.is_no:
        return not_this_person(state, facts)
    if heard.act is Act.GREET:
        # « Allô, oui ? » is not yet « c'est moi ».
        return put(state, Question.IDENTITY, facts)
    return missed(state, facts)


def _is_the_person(state: DialogueState, facts: PatientFacts) -> Decision:
    known = {**state.answers, Question.IDENTITY.value: True}
    return put(
        replace(state, answers=known),
        Question.BIRTH_DATE,
        facts,
        effects=(Remember(Question.IDENTITY, True),),
    )


def _birth_date(
    state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime
) -> Decision | CheckBirthDate:
    said = heard.birth_date
    if said is not None and state.partial_date:
        said = joined(_told_before(state), said, local(now, facts.department).date())
    if said is not None and said.value is not None:
        return CheckBirthDate(_with_early(state, heard, facts), said.value)
    if tells_first_name(state, heard) and state.told_birth_date is not None:
        return CheckBirthDate(state, date.fromisoformat(state.told_birth_date), first_name=heard.text)
    if said is not None and said.problem is not None:
        parts = {name: getattr(said, name) for name in ("day", "month", "year") if getattr(said, name) is not None}
        state = replace(state, misses=state.misses + 1, partial_date=parts)
        if state.misses >= 3:
            return end(state, Outcome.HUMAN_REQUESTED, "end.not_understood", detail="not_understood")
        return put(state, Question.BIRTH_DATE, facts, (Line(_what_is_missing(said)),))
    if heard.act in {Act.SELF, Act.YES, Act.GREET} and state.put.get(Question.BIRTH_DATE.value, 0) < 2:
        return put(state, Question.BIRTH_DATE, facts)
    if heard.is_no and heard.act is not Act.KEYS:
        return _keeps_it(state, facts)
    return missed(state, facts)


def _keeps_it(state: DialogueState, facts: PatientFacts) -> Decision:
    """They would rather not tell their birth date: asked once more at most, then an adviser takes over."""
    told = "birth_date.kept"
    if state.put.get(told):
        return end(state, Outcome.HUMAN_REQUESTED, "end.birth_date_kept", detail="birth_date_kept")
    counted = replace(state, put={**state.put, told: 1})
    return put(counted, Question.BIRTH_DATE, facts, (Line("birth_date.kept"),))


def _with_early(state: DialogueState, heard: Understanding, facts: PatientFacts) -> DialogueState:
    """Answers to later questions, given with the birth date: they count once it is found to be right."""
    found = answers_in(state, heard, facts, Question.BIRTH_DATE)
    if heard.situation is Act.NO_DOCTOR:
        found[Question.SITUATION] = {"has_doctor": False}
    return replace(state, answers={**state.answers, **{question.value: value for question, value in found.items()}})


def _told_before(state: DialogueState) -> BirthDate:
    parts = state.partial_date
    return BirthDate(problem=NotADate.PARTIAL, day=parts.get("day"), month=parts.get("month"), year=parts.get("year"))


def _what_is_missing(said: BirthDate) -> str:
    if said.problem is NotADate.PARTIAL and said.day and said.month:
        return "birth_date.year_missing"
    return f"birth_date.{said.problem.value}" if said.problem is not None else "birth_date.partial"


def _situation(state: DialogueState, heard: Understanding, facts: PatientFacts) -> Decision:
    if heard.is_yes and _WISHES_FOR_ONE.search(plain(heard.text)):
        # « Oui je veux bien », « oui, donnez mon nom » answer what was not asked yet: nobody is let go for that.
        return put(replace(state, misses=state.misses + 1), Question.SITUATION, facts)
    if heard.act is Act.HAS_DOCTOR or heard.is_yes:
        return has_doctor(state)
    if heard.act is Act.NO_DOCTOR or heard.is_no:
        return _kept(state, facts, {Question.SITUATION: {"has_doctor": False}, **_beside(state, heard, facts)})
    if found := _beside(state, heard, facts):
        # « Je cherche quelqu'un à Créteil »: kept; whether they have one is asked again.
        return _kept(state, facts, found)
    return missed(state, facts)


def has_doctor(state: DialogueState) -> Decision:
    effects = (Remember(Question.SITUATION, {"has_doctor": True}),)
    return end(state, Outcome.ALREADY_HAS_DOCTOR, "end.has_doctor", effects=effects)


def _beside(state: DialogueState, heard: Understanding, facts: PatientFacts) -> dict[Question, Any]:
    """Answers to later questions, given in the same breath."""
    return answers_in(state, heard, facts, state.pending or next_question(state))


def _consent_assistance(state: DialogueState, heard: Understanding, facts: PatientFacts) -> Decision:
    if heard.is_yes:
        consent = RecordConsent(ConsentKind.ASSISTANCE, ConsentState.GIVEN)
        found = {Question.CONSENT_ASSISTANCE: True, **_beside(state, heard, facts)}
        return _kept(state, facts, found, (consent,))
    if heard.is_no or heard.act is Act.REFUSE:
        refusal = RecordConsent(ConsentKind.ASSISTANCE, ConsentState.REFUSED)
        both: tuple[Effect, ...] = (refusal, Remember(Question.CONSENT_ASSISTANCE, False))
        return end(state, Outcome.REFUSED, "end.refused", effects=both)
    if heard.act is Act.HAS_DOCTOR:
        return has_doctor(state)
    return _not_a_consent(state, heard, facts)


def _consent_sharing(state: DialogueState, heard: Understanding, facts: PatientFacts) -> Decision:
    if heard.is_yes:
        consent = RecordConsent(ConsentKind.SHARING, ConsentState.GIVEN)
        found = {Question.CONSENT_SHARING: True, **_beside(state, heard, facts)}
        return _kept(state, facts, found, (consent,))
    if heard.is_no:
        # Without it an adviser only advises (DOMAIN §5): the conversation goes on.
        refusal = RecordConsent(ConsentKind.SHARING, ConsentState.REFUSED)
        return _kept(state, facts, {Question.CONSENT_SHARING: False}, (refusal,), (Line("sharing_refused"),))
    return _not_a_consent(state, heard, facts)


def _not_a_consent(state: DialogueState, heard: Understanding, facts: PatientFacts) -> Decision:
    if heard.act is not Act.UNSURE:
        return missed(state, facts)
    state = replace(state, misses=state.misses + 1)
    if state.misses >= 3:
        return end(state, Outcome.HUMAN_REQUESTED, "end.human", detail="unsure")
    return put(state, state.pending or next_question(state), facts, (Line("reply.unsure"),))


def _search(state: DialogueState, heard: Understanding, facts: PatientFacts) -> Decision:
    """Mobility, area, preference: whatever is said of any of them is kept."""
    pending = state.pending or next_question(state)
    if heard.situation is Act.HAS_DOCTOR and heard.act is Act.HAS_DOCTOR:
        return has_doctor(state)
    found = answers_in(state, heard, facts, pending)
    if pending is Question.AREA and Question.AREA not in found and isinstance(heard.place, Ambiguous):
        return _which_department(state, heard.place, facts)
    if pending is Question.MOBILITY:
        if state.clarifying is Clarification.TRANSPORT:
            found |= _transport(heard, found)
        elif Question.MOBILITY not in found and heard.mobility.no_way_known:
            return clarify(state, Clarification.TRANSPORT, facts)
        if state.clarifying is Clarification.TRAVEL_LIMIT:
            # Asked once: an answer without a limit means that there is none.
            state = replace(state, clarifying=None)
            found.setdefault(Question.MOBILITY, state.answer(Question.MOBILITY))
    if pending is Question.MOBILITY and pending not in found and heard.travel_limit is not None:
        # How far was told before how: kept, and only the way is asked for.
        limit = heard.travel_limit
        told = {"max_travel_minutes": limit.minutes, "max_travel_km": limit.km}
        if told == state.told_limit:
            return missed(state, facts)
        return put_next(replace(state, told_limit=told, limit_asked=True, misses=0), facts, (Line("noted"),))
    if pending is Question.PREFERENCE and pending not in found and heard.is_yes and state.clarifying is None:
        return clarify(state, Clarification.WHICH_PREFERENCE, facts)
    return _kept(state, facts, found) if found else missed(state, facts)


def _transport(heard: Understanding, found: dict[Question, Any]) -> dict[Question, Any]:
    if Question.MOBILITY in found:
        return {}
    limits = {"max_travel_minutes": None, "max_travel_km": None}
    if heard.is_yes:
        return {Question.MOBILITY: {"mobility": ["transport_needed"], **limits}}
    if heard.is_no or heard.act is Act.DONT_KNOW:
        # Neither a car, nor anybody, nor a transport yet: an adviser has to find a way to them.
        return {Question.MOBILITY: {"mobility": ["transport_needed"], **limits, "no_way_known": True}}
    return {}


def _which_department(state: DialogueState, place: Ambiguous, facts: PatientFacts) -> Decision:
    codes = tuple(p.insee_code for p in place.places)
    if state.clarifying is Clarification.WHICH_DEPARTMENT and state.ambiguous == codes:
        return missed(state, facts)
    asked = replace(state, ambiguous=codes)
    return clarify(asked, Clarification.WHICH_DEPARTMENT, facts, {"place": place.places[0].name})


def _kept(
    state: DialogueState, facts: PatientFacts, found: dict[Question, Any],
    effects: tuple[Effect, ...] = (), before: tuple[Line, ...] = (),
) -> Decision:  # fmt: skip
    """Keeps answers and goes on to the next question."""
    remembered = tuple(Remember(question, value) for question, value in found.items())
    merged = {**state.answers, **{question.value: value for question, value in found.items()}}
    state = replace(state, answers=merged, misses=0, ambiguous=())
    return go_on(state, facts, before, (*effects, *remembered))


def go_on(
    state: DialogueState, facts: PatientFacts, before: tuple[Line, ...], effects: tuple[Effect, ...] = ()
) -> Decision:
    """The next question: how far, of those who have told how; else the first one that is not answered yet."""
    if needs_limit(state) and next_question(state) not in _BEFORE_THE_SEARCH:
        asked = replace(state, limit_asked=True, pending=Question.MOBILITY)
        return clarify(asked, Clarification.TRAVEL_LIMIT, facts, before=before, effects=effects)
    return put_next(replace(state, clarifying=None), facts, before, effects)


_CHANGES: tuple[tuple[re.Pattern[str], Question], ...] = (
    (re.compile(r"\b(?:deplace\w*|transports?|voiture|trajet|distance|temps|minutes?|fauteuil)\b"), Question.MOBILITY),
    (re.compile(r"\b(?:lieu|ville|endroit|commune|quartier|adresse|departement|secteur)\b"), Question.AREA),
    (re.compile(r"\b(?:preference|femme|homme|medecin|docteur|langue)\b"), Question.PREFERENCE),
)


def _confirmation(state: DialogueState, heard: Understanding, facts: PatientFacts) -> Decision:
    found = answers_in(state, heard, facts, Question.CONFIRMATION)
    changed = {q: value for q, value in found.items() if q in _SEARCH and value != state.answer(q)}
    if changed:
        return _kept(state, facts, changed, before=(Line("corrected"),))
    if heard.is_yes and (state.clarifying is None or heard.explicit):
        effects = (Remember(Question.CONFIRMATION, True),)
        kept = replace(state, answers={**state.answers, Question.CONFIRMATION.value: True})
        shared = state.answer(Question.CONSENT_SHARING) is True
        key = "end.accepted" if shared else "end.accepted_advice_only"
        return end(kept, Outcome.ACCEPTED, key, effects=effects)
    for words, question in _CHANGES:
        if words.search(plain(heard.text)):
            return _ask_anew(state, question, facts)
    if state.clarifying is Clarification.WHAT_TO_CHANGE and heard.digits in {"1", "2", "3"}:
        return _ask_anew(state, (Question.AREA, Question.MOBILITY, Question.PREFERENCE)[int(heard.digits) - 1], facts)
    if (heard.is_no or heard.act is Act.CORRECTION) and state.clarifying is None:
        return clarify(state, Clarification.WHAT_TO_CHANGE, facts)
    return missed(state, facts)


def _ask_anew(state: DialogueState, question: Question, facts: PatientFacts) -> Decision:
    """Only what was named is asked again."""
    left = {name: value for name, value in state.answers.items() if name != question.value}
    fresh = replace(state, answers=left, limit_asked=state.limit_asked and question is not Question.MOBILITY)
    return put(replace(fresh, pending=None), question, facts)


def callback_asked(state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime) -> Decision:
    """« Pas maintenant », « rappelez demain matin »."""
    if heard.callback is not None:
        return _callback_time(replace(state, pending=Question.CALLBACK_TIME), heard, facts, now)
    return put(state, Question.CALLBACK_TIME, facts)


def _callback_time(state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime) -> Decision:
    outcome = Outcome.THIRD_PARTY if state.for_third_party else Outcome.CALLBACK
    if heard.callback is None:
        if state.for_third_party and (heard.is_no or heard.act in {Act.DONT_KNOW, Act.REFUSE, Act.GOODBYE}):
            return end(state, outcome, "end.call_again")
        if heard.act in {Act.DONT_KNOW, Act.NO_PREFERENCE} or heard.is_yes:
            return _called_back(state, CallbackWish(any_time=True), facts, now, outcome)
        if heard.act is Act.SELF and state.for_third_party:
            # The person has come to the telephone.
            back = replace(state, for_third_party=False, pending=None, misses=0)
            return _is_the_person(back, facts)
        if state.misses + 1 >= 3:
            return end(state, outcome, "end.call_again")
        return missed(state, facts)
    return _called_back(state, heard.callback, facts, now, outcome)


def adviser_calls_back(state: DialogueState, wish: CallbackWish | None, facts: PatientFacts, now: datetime) -> Decision:
    """When an adviser may call; the request stands already, and gets the time."""
    window = window_for(wish or CallbackWish(any_time=True), now, facts.policy, facts.department)
    if wish is None or window is None:
        return end(state, Outcome.HUMAN_REQUESTED, "end.human")
    value = {"from": window.start.isoformat(), "to": window.end.isoformat()}
    return end(
        state, Outcome.HUMAN_REQUESTED, "end.human_at",
        params={"window": window_words(window, now, facts.department)},
        effects=(Remember(Question.CALLBACK_TIME, value),), conclude=Conclude(Outcome.HUMAN_REQUESTED, window),
    )  # fmt: skip


def _called_back(
    state: DialogueState, wish: CallbackWish, facts: PatientFacts, now: datetime, outcome: Outcome
) -> Decision:
    window = window_for(wish, now, facts.policy, facts.department)
    if window is None:
        if state.misses >= 2:
            return end(state, outcome, "end.call_again")
        return put(
            replace(state, pending=Question.CALLBACK_TIME, misses=state.misses + 1),
            Question.CALLBACK_TIME,
            facts,
            (Line("callback.hours"),),
        )
    value = {"from": window.start.isoformat(), "to": window.end.isoformat()}
    params = {"window": window_words(window, now, facts.department)}
    return end(
        state, outcome, "end.callback", params=params,
        effects=(Remember(Question.CALLBACK_TIME, value),), conclude=Conclude(outcome, window),
    )  # fmt: skip
