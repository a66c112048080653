"""On a number that several patients share, while nobody has told who is speaking: nothing is done for one of them."""

from dataclasses import replace

from bot.actions.dialogue.asking import clarify, end
from bot.actions.dialogue.effects import CheckBirthDate, Decision, Line
from bot.actions.dialogue.state import Clarification, DialogueState, PatientFacts
from bot.actions.understanding.meaning import Act, Understanding
from outreach.domain.words import Outcome, Question

_MOST_FIRST_NAMES = 2


def wishes_no_more(state: DialogueState, heard: Understanding) -> Decision | None:
    """One of those who share the number wants no more, and nobody knows which: it stops for all of them (rule 9)."""
    if heard.act is Act.STOP:
        return end(state, Outcome.OPTED_OUT, "end.stopped_line")
    if heard.act is Act.LETTER:
        return end(state, Outcome.OPTED_OUT, "end.stopped_line", detail="letter")
    return None


def who_speaks(state: DialogueState, heard: Understanding) -> Decision | None:
    if heard.act is Act.DECEASED:
        return end(state, Outcome.DECEASED, "end.deceased_line")
    if heard.act is Act.WRONG_NUMBER:
        return end(state, Outcome.WRONG_NUMBER, "end.wrong_number")
    if heard.act is Act.THIRD_PARTY:
        # Whom they speak for is not asked: they could only name somebody.
        return end(state, Outcome.THIRD_PARTY, "end.third_party_line")
    return None


def ask_first_name(state: DialogueState, asked: CheckBirthDate, facts: PatientFacts) -> Decision:
    """Twins: the first name is asked for, never said."""
    times = state.put.get(Clarification.FIRST_NAME.value, 0)
    if times >= _MOST_FIRST_NAMES:
        return end(state, Outcome.IDENTITY_FAILED, "end.identity_failed")
    state = replace(
        state,
        pending=Question.BIRTH_DATE,
        misses=0,
        partial_date={},
        told_birth_date=asked.birth_date.isoformat(),
        put={**state.put, Clarification.FIRST_NAME.value: times + 1},
    )
    return clarify(state, Clarification.FIRST_NAME, facts, before=(Line("birth_date.wrong"),) if times else ())
