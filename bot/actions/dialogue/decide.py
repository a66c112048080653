"""What to say and to do about one message. Pure: no clock, no database, no network.

Emergency is looked for before anything else, in every state; then the wish to be left alone; then who is there;
then what interrupts; then the answer to the pending question.
"""

from dataclasses import replace
from datetime import datetime

from bot.actions.dialogue import answering, shared
from bot.actions.dialogue.asking import MOST_MISSES, end, give_up, missed, put, put_again, put_next
from bot.actions.dialogue.effects import (
    Alert,
    CheckBirthDate,
    Conclude,
    Decision,
    Line,
    RecordConsent,
    Remember,
    SuppressChannel,
)
from bot.actions.dialogue.interruptions import reply_beside, reply_to
from bot.actions.dialogue.state import DialogueState, PatientFacts
from bot.actions.understanding.meaning import Act, Understanding
from outreach.domain.words import (
    Channel,
    ConsentKind,
    ConsentState,
    IdentityCheck,
    Outcome,
    Question,
    SuppressionScope,
)

# Kept from one conversation to the next, when the answer led on rather than to an end.
_RESUMED = (
    Question.SITUATION,
    Question.CONSENT_ASSISTANCE,
    Question.CONSENT_SHARING,
    Question.MOBILITY,
    Question.AREA,
    Question.PREFERENCE,
)
_NO_SPEECH = {Act.OPEN, Act.SILENCE}
# As the first thing that is said, before anything was asked.
_NO_ANSWER_YET = {
    Act.GREET, Act.YES, Act.KEYS, Act.UNCLEAR, Act.HEARING, Act.REPEAT, Act.SELF, Act.DONT_KNOW, Act.NO, Act.UNSURE,
}  # fmt: skip


def decide(state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime) -> Decision | CheckBirthDate:
    if not facts.identified:
        state = replace(state, shared=True)
    if heard.act in {Act.EMERGENCY, Act.DISTRESS}:
        return _emergency(state, heard.act)
    return _introduced(_answering_beside(state, heard, _decided(state, heard, facts, now)))


def _answering_beside(
    state: DialogueState, heard: Understanding, decision: Decision | CheckBirthDate
) -> Decision | CheckBirthDate:
    """« Oui c'est moi, c'est pour quoi ? »: the answer is taken, and the question answered first."""
    if heard.also is None or (isinstance(decision, Decision) and decision.state.ended is not None):
        return decision
    beside = reply_beside(state, heard)
    if isinstance(decision, CheckBirthDate):
        return replace(decision, before=beside)
    return replace(decision, lines=(*beside, *decision.lines))


def _introduced(decision: Decision | CheckBirthDate) -> Decision | CheckBirthDate:
    """Whatever is said first, it starts with who speaks and what speaks (rule 3)."""
    if isinstance(decision, CheckBirthDate) or decision.state.opened:
        return decision
    # « C'est qui ? » is answered by the opening itself.
    others = [line for line in decision.lines if line.key != "reply.who"]
    return replace(decision, state=replace(decision.state, opened=True), lines=(Line("opening"), *others))


def _decided(
    state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime
) -> Decision | CheckBirthDate:
    if not facts.identified and (wish := shared.wishes_no_more(state, heard)) is not None:
        return wish
    if heard.act is Act.STOP:
        return end(state, Outcome.OPTED_OUT, "end.stopped")
    if heard.act is Act.LETTER:
        return end(state, Outcome.OPTED_OUT, "end.letter", detail="letter")
    if state.ended is not None:
        return _after_the_end(state, heard, facts, now)
    if heard.act is Act.CHANNEL_CHOICE and heard.refused_channel:
        return _one_channel_less(state, heard.refused_channel, facts)
    if heard.act is Act.HUMAN:
        return wants_a_human(state, facts)
    if not state.human_heard:
        return _opening(state, heard, facts, now) if facts.identified else _opening_shared(state, heard, facts, now)
    return _turn(state, heard, facts, now)


def after_birth_date(asked: CheckBirthDate, check: IdentityCheck, facts: PatientFacts) -> Decision:
    """Goes on once the birth date has been compared, out of sight."""
    decision = _after_birth_date(asked, check, facts)
    introduced = _introduced(replace(decision, lines=(*asked.before, *decision.lines)))
    assert isinstance(introduced, Decision)
    return introduced


def _after_birth_date(asked: CheckBirthDate, check: IdentityCheck, facts: PatientFacts) -> Decision:
    state = replace(asked.state, told_birth_date=None)
    if check is IdentityCheck.SEVERAL:
        return shared.ask_first_name(state, asked, facts)
    if check is IdentityCheck.FAILED:
        return end(state, Outcome.IDENTITY_FAILED, "end.identity_failed")
    if check is IdentityCheck.WRONG:
        return put(
            replace(state, pending=Question.BIRTH_DATE, misses=1, partial_date={}),
            Question.BIRTH_DATE,
            facts,
            (Line("birth_date.wrong"),),
        )
    resumed = {question.value: facts.known[question] for question in _RESUMED if _leads_on(question, facts)}
    # Told in the same breath as the birth date: kept from now on.
    early = {name: value for name, value in state.answers.items() if name in {q.value for q in _RESUMED}}
    effects = tuple(Remember(Question(name), value) for name, value in early.items())
    state = replace(
        state,
        verified=True,
        clarifying=None,
        partial_date={},
        answers={**state.answers, Question.IDENTITY.value: True, Question.BIRTH_DATE.value: True, **resumed, **early},
        # How far is asked right after how: a later answer tells that it was.
        limit_asked=bool({Question.AREA.value, Question.PREFERENCE.value} & resumed.keys()),
    )
    return answering.go_on(state, facts, (Line("verified"), Line("resumed" if resumed else "purpose")), effects)


def _leads_on(question: Question, facts: PatientFacts) -> bool:
    value = facts.known.get(question)
    if question is Question.SITUATION:
        return value == {"has_doctor": False}
    if question is Question.CONSENT_ASSISTANCE:
        return value is True
    return value is not None


def _emergency(state: DialogueState, act: Act) -> Decision:
    key = "emergency" if act is Act.EMERGENCY else "distress"
    return end(state, Outcome.EMERGENCY, key, effects=(Alert(act.value),))


def _opening(
    state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime
) -> Decision | CheckBirthDate:
    """Nobody has been heard yet: who we are, and no name."""
    if facts.channel is Channel.SMS and heard.act in _NO_SPEECH:
        # Whoever writes is human.
        return put_next(replace(state, human_heard=True), facts)
    if heard.act in _NO_SPEECH:
        if not state.opened:
            return Decision(state, (Line("opening.listening"),))
        state = replace(state, misses=state.misses + 1)
        if state.misses >= 3:
            return end(state, Outcome.ABANDONED, "end.nobody")
        return Decision(state, (Line("opening.again" if state.misses == 1 else "opening.keys"),))
    if heard.act is Act.VOICEMAIL:
        return end(state, Outcome.ABANDONED, "end.machine", detail="machine")
    state = replace(state, human_heard=True, misses=0)
    if _tells_birth_date(heard):
        return _turn(replace(state, pending=Question.IDENTITY), heard, facts, now)
    if heard.act in _NO_ANSWER_YET:
        # Whatever it was, it was not an answer: the person has not been asked for yet.
        slow = state.slow or heard.act is Act.HEARING
        return put_next(replace(state, slow=slow), facts)
    return _turn(replace(state, pending=Question.IDENTITY), heard, facts, now)


def _opening_shared(
    state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime
) -> Decision | CheckBirthDate:
    """Who calls us from a shared number hears who we are, and is asked for the birth date before anything else."""
    if facts.channel is Channel.SMS and heard.act in _NO_SPEECH:
        return put(replace(state, human_heard=True), Question.BIRTH_DATE, facts)
    if heard.act is Act.OPEN:
        return put(state, Question.BIRTH_DATE, facts)
    if heard.act is Act.SILENCE:
        return missed(state, facts, silent=True)
    if state.pending is None and heard.act in _NO_ANSWER_YET and not _tells_birth_date(heard):
        return put(replace(state, human_heard=True), Question.BIRTH_DATE, facts)
    return _turn(replace(state, human_heard=True, pending=Question.BIRTH_DATE), heard, facts, now)


def _tells_birth_date(heard: Understanding) -> bool:
    return heard.birth_date is not None and heard.birth_date.value is not None


def _turn(state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime) -> Decision | CheckBirthDate:
    if not facts.identified and (somebody_else := shared.who_speaks(state, heard)) is not None:
        return somebody_else
    if (somebody_else := _who_is_there(state, heard, facts)) is not None:
        return somebody_else
    answers_it = answering.carries_an_answer(state, heard)
    if heard.act is Act.CALLBACK and (heard.explicit or not answers_it):
        if not facts.identified:
            # Nobody knows whom to call back: an adviser finds out.
            return _called_back_by_an_adviser(state, heard, facts, now)
        return answering.callback_asked(state, heard, facts, now)
    if heard.act is Act.REFUSE and (heard.explicit or not answers_it):
        return refused(state, facts)
    if heard.act is Act.GOODBYE and heard.explicit and not answers_it:
        return end(state, Outcome.ABANDONED, "end.goodbye")
    if heard.act is Act.LANGUAGE and not answers_it:
        return _another_language(state, heard, facts)
    if (reply := reply_to(state, heard)) is not None and (heard.explicit or not answers_it):
        slow = state.slow or heard.act in {Act.SLOWER, Act.HEARING}
        # Stories are heard out, and replies given; but a question is not put a fourth time for the same thing.
        told = f"{state.pending}.{heard.act}"
        times = state.put.get(told, 0)
        misses = state.misses + (heard.act is Act.OUT_OF_SCOPE or times >= 1)
        if misses >= MOST_MISSES:
            return give_up(state, ())
        return put_again(replace(state, slow=slow, misses=misses, put={**state.put, told: times + 1}), facts, reply)
    if heard.act is Act.SILENCE:
        return missed(state, facts, silent=True)
    return answering.answer(state, heard, facts, now)


def _who_is_there(state: DialogueState, heard: Understanding, facts: PatientFacts) -> Decision | None:
    if state.verified:
        if heard.act is Act.DECEASED and heard.explicit:
            return end(state, Outcome.DECEASED, "end.deceased")
        # The telephone was passed on: from here on somebody else hears us.
        if heard.act is Act.THIRD_PARTY and heard.explicit:
            return _third_party(state, facts)
        return None
    if heard.act is Act.VOICEMAIL:
        return end(state, Outcome.ABANDONED, "end.machine", detail="machine")
    if heard.act is Act.HANDS_OVER:
        # Whoever answered goes to fetch the person: asked for anew, with nothing told meanwhile.
        waits = replace(state, for_third_party=False, misses=0, clarifying=None, pending=Question.IDENTITY)
        return put(waits, Question.IDENTITY, facts, (Line("hands_over"),))
    if heard.act is Act.DECEASED:
        return end(state, Outcome.DECEASED, "end.deceased")
    if heard.act is Act.WRONG_NUMBER:
        return end(state, Outcome.WRONG_NUMBER, "end.wrong_number")
    if heard.act is Act.THIRD_PARTY and not state.for_third_party:
        return _third_party(state, facts)
    if heard.act is Act.THIRD_PARTY and heard.callback is None:
        return _nobody_in_their_stead(state, facts)
    if heard.act is Act.NO_THANKS and state.pending in {Question.IDENTITY, Question.BIRTH_DATE}:
        return refused(state, facts)
    if heard.act is Act.NO and state.pending is Question.IDENTITY and state.clarifying is None:
        return answering.not_this_person(state, facts)
    return None


def _third_party(state: DialogueState, facts: PatientFacts) -> Decision:
    """They hear that the Assurance Maladie wishes to speak to the person, and when it may call back; no more."""
    kept = {Question.IDENTITY.value, Question.BIRTH_DATE.value}
    left = {name: value for name, value in state.answers.items() if name not in kept}
    state = replace(state, for_third_party=True, verified=False, answers=left, partial_date={})
    return put(state, Question.CALLBACK_TIME, facts, (Line("third_party"),))


def _nobody_in_their_stead(state: DialogueState, facts: PatientFacts) -> Decision:
    """« Je peux répondre pour elle ? »: a spouse or a guardian can't, whatever they know (DOMAIN §4)."""
    state = replace(state, misses=state.misses + 1)
    if state.misses >= MOST_MISSES:
        return end(state, Outcome.THIRD_PARTY, "end.call_again")
    return put(state, Question.CALLBACK_TIME, facts, (Line("third_party.only_the_person"),))


def refused(state: DialogueState, facts: PatientFacts) -> Decision:
    """This offer is refused, now or after having been accepted."""
    if not facts.identified:
        return end(state, Outcome.REFUSED, "end.stopped_line")
    effects: list[Remember | RecordConsent] = []
    if state.verified and state.answer(Question.CONSENT_ASSISTANCE) is None:
        effects.append(RecordConsent(ConsentKind.ASSISTANCE, ConsentState.REFUSED))
        effects.append(Remember(Question.CONSENT_ASSISTANCE, False))
    return end(state, Outcome.REFUSED, "end.refused" if state.verified else "end.refused_unverified", effects=effects)


def _one_channel_less(state: DialogueState, channel: str, facts: PatientFacts) -> Decision:
    scope = SuppressionScope.SMS if channel == "sms" else SuppressionScope.VOICE
    key = "no_more_sms" if channel == "sms" else "no_more_calls"
    effect = SuppressChannel(scope)
    if channel == facts.channel.value:
        # The conversation runs on the very channel that is refused: it ends here, and may be had on the other one.
        return end(
            state,
            Outcome.CALLBACK,
            key,
            "end.bye",
            effects=(effect,),
            conclude=Conclude(Outcome.CALLBACK, detail=f"no_{channel}"),
        )
    again = put_again(replace(state, human_heard=True), facts, (Line(key),))
    return replace(again, effects=(effect, *again.effects))


def _another_language(state: DialogueState, heard: Understanding, facts: PatientFacts) -> Decision:
    """Slower first for who said so in French; an adviser for who did not, or says it again."""
    told = state.put.get("language", 0)
    if heard.explicit or told:
        return end(state, Outcome.HUMAN_REQUESTED, "end.language", detail="language")
    counted = replace(state, slow=True, human_heard=True, put={**state.put, "language": 1})
    return put_again(counted, facts, (Line("reply.language"),))


def wants_a_human(state: DialogueState, facts: PatientFacts) -> Decision:
    """Put through when an adviser can be rung; else asked when to be called. Either way the request stands at once."""
    asked = Conclude(Outcome.HUMAN_REQUESTED, over=False)
    if facts.channel is Channel.VOICE and facts.advisers_reachable:
        put_through = replace(state, ended=Outcome.HUMAN_REQUESTED, human_heard=True, pending=None, clarifying=None)
        return Decision(put_through, (Line("transfer"),), None, (asked,), transfer=True)
    return _when_for_the_adviser(state, facts, Line("human"), (asked,))


def _when_for_the_adviser(
    state: DialogueState, facts: PatientFacts, line: Line, effects: tuple[Conclude, ...] = ()
) -> Decision:
    waits = replace(
        state,
        ended=Outcome.HUMAN_REQUESTED,
        human_heard=True,
        for_third_party=False,
        pending=Question.CALLBACK_TIME,
        clarifying=None,
        misses=0,
        # Another question than the agent's own time to call back, however often that one was put.
        put={**state.put, Question.CALLBACK_TIME.value: 0},
    )
    return put(waits, Question.CALLBACK_TIME, facts, (line,), effects)


def _called_back_by_an_adviser(
    state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime
) -> Decision:
    if heard.callback is not None:
        return answering.adviser_calls_back(state, heard.callback, facts, now)
    return _when_for_the_adviser(state, facts, Line("human"), (Conclude(Outcome.HUMAN_REQUESTED, over=False),))


def _when_to_call(state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime) -> Decision:
    """The preferred time of somebody who wants an adviser; without one, the request stands all the same."""
    if heard.callback is not None:
        return answering.adviser_calls_back(state, heard.callback, facts, now)
    if heard.is_yes or heard.act in {Act.NO_PREFERENCE, Act.DONT_KNOW}:
        return answering.adviser_calls_back(state, None, facts, now)
    again = heard.act in {Act.REPEAT, Act.HEARING, Act.SLOWER, Act.WAIT, Act.GREET, Act.UNCLEAR, Act.SILENCE}
    if again and state.misses == 0:
        return put(replace(state, misses=1), Question.CALLBACK_TIME, facts)
    return end(state, Outcome.HUMAN_REQUESTED, "end.human")


def _after_the_end(state: DialogueState, heard: Understanding, facts: PatientFacts, now: datetime) -> Decision:
    if heard.act is Act.NOT_TRANSFERRED:
        return _when_for_the_adviser(state, facts, Line("not_transferred"))
    if heard.act is Act.TRANSFERRED:
        return end(state, Outcome.HUMAN_REQUESTED, "end.bye", detail="transferred")
    if not state.over:
        return _when_to_call(state, heard, facts, now)
    if heard.act is Act.HUMAN:
        return wants_a_human(state, facts)
    if heard.act is Act.REFUSE and state.ended is Outcome.ACCEPTED:
        return end(state, Outcome.REFUSED, "end.refused")
    if heard.act is Act.CHANNEL_CHOICE and heard.refused_channel:
        scope = SuppressionScope.SMS if heard.refused_channel == "sms" else SuppressionScope.VOICE
        key = "no_more_sms" if heard.refused_channel == "sms" else "no_more_calls"
        return Decision(state, (Line(key),), effects=(SuppressChannel(scope),))
    return Decision(state, (Line("after_the_end"),))
