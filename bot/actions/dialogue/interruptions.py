"""One or two sentences for whatever interrupts; the pending question comes back afterwards."""

from bot.actions.dialogue.effects import Line
from bot.actions.dialogue.state import DialogueState
from bot.actions.understanding.meaning import Act, Understanding

# What is answered before the birth date is verified, and after. Before, nothing of the purpose is told (rule 6).
_REPLIES: dict[Act, tuple[str, str]] = {
    Act.WHO: ("reply.who", "reply.who"),
    Act.PURPOSE: ("reply.purpose_unverified", "reply.purpose"),
    Act.SCAM: ("reply.scam", "reply.scam"),
    Act.HOW_NUMBER: ("reply.how_number", "reply.how_number"),
    Act.FREE: ("reply.free_unverified", "reply.free"),
    Act.MANDATORY: ("reply.mandatory_unverified", "reply.mandatory"),
    Act.RECORDING: ("reply.recording", "reply.recording"),
    Act.ROBOT: ("reply.robot", "reply.robot"),
    Act.HEARING: ("reply.hearing", "reply.hearing"),
    Act.SLOWER: ("reply.slower", "reply.slower"),
    Act.RELAY: ("reply.relay", "reply.relay"),
    Act.OUT_OF_SCOPE: ("reply.out_of_scope", "reply.out_of_scope"),
    Act.MEDICAL: ("reply.out_of_scope", "reply.medical"),
    Act.PROMISE: ("reply.purpose_unverified", "reply.promise"),
}


def reply_to(state: DialogueState, heard: Understanding) -> tuple[Line, ...] | None:
    """What is said before the pending question comes back; None when nothing interrupts."""
    if heard.act is Act.REPEAT:
        return ()
    replies = _REPLIES.get(heard.act)
    if replies is None:
        return None
    unverified, verified = replies
    return (Line(verified if state.verified else unverified),)
