"""One or two sentences for whatever interrupts; the pending question comes back afterwards."""

from bot.actions.dialogue.effects import Line
from bot.actions.dialogue.state import DialogueState
from bot.actions.understanding.meaning import Act, Understanding
from outreach.domain.words import Question

# What is answered before the birth date is verified, and after. Before, nothing of the purpose is told (rule 6).
_REPLIES: dict[Act, tuple[str, str]] = {
    Act.WHO: ("reply.who", "reply.who"),
    Act.PURPOSE: ("reply.purpose_unverified", "reply.purpose"),
    Act.SCAM: ("reply.scam", "reply.scam"),
    Act.HOW_NUMBER: ("reply.how_number", "reply.how_number"),
    Act.FREE: ("reply.free_unverified", "reply.free"),
    Act.MANDATORY: ("reply.mandatory_unverified", "reply.mandatory"),
    Act.DATA_USE: ("reply.data_use_unverified", "reply.data_use"),
    Act.HOW_LONG: ("reply.how_long", "reply.how_long"),
    Act.SENSITIVE: ("reply.sensitive_data", "reply.sensitive_data"),
    Act.WHAT_IS_DOCTOR: ("reply.purpose_unverified", "reply.what_is_doctor"),
    Act.WAIT: ("reply.wait", "reply.wait"),
    Act.ROBOT: ("reply.robot", "reply.robot"),
    Act.HEARING: ("reply.hearing", "reply.hearing"),
    Act.SLOWER: ("reply.slower", "reply.slower"),
    Act.RELAY: ("reply.relay", "reply.relay"),
    Act.OUT_OF_SCOPE: ("reply.out_of_scope", "reply.out_of_scope"),
    Act.MEDICAL: ("reply.out_of_scope", "reply.medical"),
    Act.PROMISE: ("reply.purpose_unverified", "reply.promise"),
}


_EXPLAINED = {
    Question.BIRTH_DATE,
    Question.SITUATION,
    Question.CONSENT_SHARING,
    Question.MOBILITY,
    Question.AREA,
    Question.PREFERENCE,
}


def _why(state: DialogueState) -> str:
    return "reply.purpose" if state.verified else "reply.purpose_unverified"


def reply_to(state: DialogueState, heard: Understanding) -> tuple[Line, ...] | None:
    """What is said before the pending question comes back; None when nothing interrupts."""
    return _reply(state, heard.act)


def reply_beside(state: DialogueState, heard: Understanding) -> tuple[Line, ...]:
    """What answers a question that was asked back in the same breath as an answer."""
    return (_reply(state, heard.also) if heard.also is not None else None) or ()


def _reply(state: DialogueState, act: Act) -> tuple[Line, ...] | None:
    if act is Act.REPEAT:
        return ()
    if act is Act.WHY_ASKED:
        return (Line(f"reply.why_asked.{state.pending}" if state.pending in _EXPLAINED else _why(state)),)
    replies = _REPLIES.get(act)
    if replies is None:
        return None
    unverified, verified = replies
    return (Line(verified if state.verified else unverified),)
