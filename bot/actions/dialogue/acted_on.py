"""What an utterance was taken for in the end: a value that was kept outweighs the label of the classifier."""

from bot.actions.dialogue.effects import CheckBirthDate, Decision, Remember
from bot.actions.dialogue.state import Clarification, DialogueState
from bot.actions.understanding.meaning import Act, Understanding
from outreach.domain.words import Question

_GIVEN = {
    Question.MOBILITY: (Act.MOBILITY, {Act.MOBILITY, Act.TRAVEL_LIMIT}),
    Question.AREA: (Act.AREA, {Act.AREA}),
    Question.PREFERENCE: (Act.PREFERENCE, {Act.PREFERENCE, Act.NO_PREFERENCE, Act.NO, Act.DONT_KNOW}),
    Question.CALLBACK_TIME: (Act.CALLBACK, {Act.CALLBACK, Act.DONT_KNOW, Act.NO_PREFERENCE}),
}
_CLARIFIED = {Clarification.WHICH_DEPARTMENT: Act.AREA, Clarification.TRANSPORT: Act.MOBILITY}


def acted_on(before: DialogueState, heard: Understanding, decision: Decision | CheckBirthDate) -> Act:
    if isinstance(decision, CheckBirthDate) and decision.first_name is not None:
        return Act.SELF
    if isinstance(decision, CheckBirthDate) or _partial(before, heard, decision):
        return Act.BIRTH_DATE
    kept = {effect.question for effect in decision.effects if isinstance(effect, Remember)}
    if before.pending is Question.CONFIRMATION and kept & {Question.MOBILITY, Question.AREA, Question.PREFERENCE}:
        return Act.CORRECTION
    if before.pending is Question.IDENTITY and Question.IDENTITY in kept and heard.act is not Act.YES:
        return Act.SELF
    given = before.pending if before.pending in kept else next((q for q in _GIVEN if q in kept), None)
    if before.pending in _GIVEN and given in _GIVEN:
        usual, others = _GIVEN[given]
        if before.pending is Question.PREFERENCE and heard.preference.none:
            return Act.NO_PREFERENCE
        if given is Question.PREFERENCE and heard.preference.says_something:
            return Act.PREFERENCE
        return heard.act if heard.act in others else usual
    if decision.state.clarifying in _CLARIFIED and decision.state.clarifying is not before.clarifying:
        return _CLARIFIED[decision.state.clarifying]
    if heard.act is Act.KEYS and (heard.is_yes or heard.is_no):
        return Act.YES if heard.is_yes else Act.NO
    if before.pending is Question.MOBILITY and decision.state.told_limit != before.told_limit:
        return Act.TRAVEL_LIMIT
    return heard.act


def _partial(before: DialogueState, heard: Understanding, decision: Decision) -> bool:
    return (
        before.pending is Question.BIRTH_DATE
        and heard.birth_date is not None
        and heard.birth_date.problem is not None
        and decision.state.misses > before.misses
    )
