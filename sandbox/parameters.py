"""What every webhook of a call tells."""

from sandbox.records import VERSION, Call


def parameters_of(call: Call) -> dict[str, str]:
    return {
        "CallSid": call.sid,
        "AccountSid": call.account,
        "From": call.sender,
        "To": call.to,
        "Caller": call.sender,
        "Called": call.to,
        "CallStatus": call.status,
        "Direction": call.direction,
        "ApiVersion": VERSION,
        **({"ParentCallSid": call.parent_sid} if call.parent_sid is not None else {}),
    }
