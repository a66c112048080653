"""Which question comes next, and how it is put this time."""

from collections.abc import Sequence
from dataclasses import replace

from bot.actions.dialogue.effects import Conclude, Decision, Effect, Line
from bot.actions.dialogue.state import Clarification, DialogueState, PatientFacts
from bot.actions.understanding.gazetteer import gazetteer
from bot.actions.wording.parts import area_words, preference_words
from outreach.domain.words import Channel, Mobility, Outcome, Question

ORDER = (
    Question.IDENTITY,
    Question.BIRTH_DATE,
    Question.SITUATION,
    Question.CONSENT_ASSISTANCE,
    Question.CONSENT_SHARING,
    Question.MOBILITY,
    Question.AREA,
    Question.PREFERENCE,
    Question.CONFIRMATION,
)
# A question is put three times at most when it is not understood, and this often in all with what interrupts it.
MOST_MISSES = 3
MOST_PUT = 7


def next_question(state: DialogueState) -> Question:
    """The first one that is not answered yet."""
    return next(q for q in ORDER if state.answer(q) is None and not (state.shared and q is Question.IDENTITY))


def put(
    state: DialogueState,
    question: Question,
    facts: PatientFacts,
    before: Sequence[Line] = (),
    effects: Sequence[Effect] = (),
) -> Decision:
    """Puts a question: in its first wording, reworded the second time, with keys to press the third."""
    if state.shared and question is Question.IDENTITY:
        # « Êtes-vous madame X ? » would name one of those who share the number.
        question = Question.BIRTH_DATE
    times = state.put.get(question.value, 0)
    if times >= MOST_PUT:
        return give_up(state, effects)
    if state.pending is not question:
        state = replace(state, misses=0, clarifying=None)
    form = "keys" if state.misses >= 2 else "again" if times or state.misses else "first"
    state = replace(state, pending=question, put={**state.put, question.value: times + 1})
    lines = [
        *before,
        *_recap(state, facts, question, form),
        Line(f"ask.{_asked(state, question)}.{form}", _params(facts)),
    ]
    return Decision(state, tuple(lines), question, tuple(effects))


def put_next(
    state: DialogueState, facts: PatientFacts, before: Sequence[Line] = (), effects: Sequence[Effect] = ()
) -> Decision:
    return put(state, next_question(state), facts, before, effects)


def clarify(
    state: DialogueState, what: Clarification, facts: PatientFacts, params: dict[str, str] | None = None,
    before: Sequence[Line] = (), effects: Sequence[Effect] = (),
) -> Decision:  # fmt: skip
    """Asks for a detail of the pending question, once."""
    state = replace(state, clarifying=what)
    line = Line(f"clarify.{what.value}", {**_params(facts), **(params or {})})
    return Decision(state, (*before, line), state.pending, tuple(effects))


def put_again(state: DialogueState, facts: PatientFacts, before: Sequence[Line] = ()) -> Decision:
    """After an interruption: the pending question comes back."""
    if state.pending is None:
        return put_next(state, facts, before)
    if state.clarifying is not None:
        if state.put.get(state.clarifying.value, 0) >= MOST_MISSES:
            return give_up(state, ())
        counted = {**state.put, state.clarifying.value: state.put.get(state.clarifying.value, 0) + 1}
        return clarify(replace(state, put=counted), state.clarifying, facts, _ambiguous_name(state), before)
    return put(state, state.pending, facts, before)


def _ambiguous_name(state: DialogueState) -> dict[str, str]:
    return {"place": gazetteer().by_code[state.ambiguous[0]].name} if state.ambiguous else {}


def missed(state: DialogueState, facts: PatientFacts, silent: bool = False) -> Decision:
    """Silence or something not understood: shorter, then keys, then a human; never a fourth time."""
    state = replace(state, misses=state.misses + 1)
    if state.misses >= MOST_MISSES:
        return give_up(state, (), silent)
    if state.clarifying is Clarification.TRAVEL_LIMIT:
        state = replace(state, clarifying=None)
        return put_next(state, facts)
    before = () if silent or state.misses > 1 else (Line("not_understood"),)
    return put(replace(state, clarifying=None), state.pending or next_question(state), facts, before)


def give_up(state: DialogueState, effects: Sequence[Effect], silent: bool = False) -> Decision:
    """A kind goodbye. Nobody was ever heard: try another day. Somebody was: a human takes over."""
    if not state.human_heard:
        return end(state, Outcome.ABANDONED, "end.nobody", effects=effects)
    key = "end.silence" if silent else "end.not_understood"
    return end(state, Outcome.HUMAN_REQUESTED, key, detail="not_understood", effects=effects)


def end(
    state: DialogueState, outcome: Outcome, *keys: str, detail: str | None = None, effects: Sequence[Effect] = (),
    conclude: Conclude | None = None, params: dict[str, str] | None = None,
) -> Decision:  # fmt: skip
    ended = replace(state, ended=outcome, pending=None, clarifying=None)
    lines = tuple(Line(key, params or {}) for key in keys)
    return Decision(ended, lines, None, (*effects, conclude or Conclude(outcome, detail=detail)))


def _asked(state: DialogueState, question: Question) -> str:
    if question is Question.CALLBACK_TIME and state.for_third_party:
        return "callback_third_party"
    if question is Question.BIRTH_DATE and state.shared:
        return "birth_date_shared"
    return question.value


def _params(facts: PatientFacts) -> dict[str, str]:
    return {"name": facts.spoken_name}


def _recap(state: DialogueState, facts: PatientFacts, question: Question, form: str) -> list[Line]:
    """What was noted, said back before it is confirmed."""
    if question is not Question.CONFIRMATION or form == "keys":
        return []
    travel = state.answer(Question.MOBILITY) or {}
    ways = [Mobility(way) for way in travel.get("mobility", [])]
    area, preference = state.answer(Question.AREA) or {}, state.answer(Question.PREFERENCE) or {}
    lines = [Line("recap.start")] if form == "first" else []
    lines.append(Line("recap.area", {"area": area_words(area)}))
    lines += [Line(f"recap.{way.value}") for way in ways]
    if minutes := travel.get("max_travel_minutes"):
        lines.append(Line("recap.minutes", {"minutes": str(minutes)}))
    elif km := travel.get("max_travel_km"):
        lines.append(Line("recap.km", {"km": str(km)}))
    # No message ever holds a physician's name (rule 5).
    words = preference_words(preference, with_names=facts.channel is Channel.VOICE)
    if words:
        lines.append(Line("recap.preference", {"preference": words}))
    if preference.get("other"):
        lines.append(Line("recap.wish"))
    return lines
