"""What the carrier is told to do next. The library escapes every text."""

from collections.abc import Sequence
from typing import Any

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, Number, Say, VoiceResponse

from dialer.phone.bot import Answer

LANGUAGE = "fr-FR"
SILENCE_SECONDS = 6
ADVISER_RINGS_SECONDS = 20
GREETING_SECONDS = 8
"""How long a machine's own greeting lasts when its end is not told: our message must come after it."""


def listen(answer: Answer, action: str, voice: str) -> str:
    """Says the agent's sentences, then listens: words, keys, or silence, all come back to `action`."""
    response = VoiceResponse()
    if answer.hang_up:
        _say(response, answer.texts, voice, slow=answer.slow)
        response.hangup()
        return str(response)
    options: dict[str, Any] = {}
    if answer.hints and "speech" in answer.expects:
        options["hints"] = answer.hints
    if answer.digits is not None and "dtmf" in answer.expects:
        options["num_digits"] = answer.digits
        options["finish_on_key"] = "#"
    gather = Gather(
        input=answer.expects,
        language=LANGUAGE,
        timeout=SILENCE_SECONDS,
        speech_timeout="auto",
        action_on_empty_result=True,
        action=action,
        method="POST",
        **options,
    )
    _say(gather, answer.texts, voice, slow=answer.slow)
    response.append(gather)
    return str(response)


def put_through(answer: Answer, number: str, announcement: str, action: str, caller: str, voice: str) -> str:
    """Says the agent's sentences, then rings the advisers, whom `announcement` tells who is calling before they speak.

    However that ends, it comes back to `action`. The adviser sees `caller`, a number of ours, never the patient's.
    """
    response = VoiceResponse()
    _say(response, answer.texts, voice, slow=answer.slow)
    dial = Dial(
        action=action,
        method="POST",
        timeout=ADVISER_RINGS_SECONDS,
        answer_on_bridge=True,
        caller_id=caller,
    )
    dial.append(Number(number, url=announcement, method="POST"))
    response.append(dial)
    return str(response)


def announce(text: str, voice: str) -> str:
    """Says one of our own sentences to whoever was rung; the two are joined after it."""
    response = VoiceResponse()
    _say(response, [text], voice)
    return str(response)


def nothing() -> str:
    """For a call that is over."""
    return str(VoiceResponse())


def hang_up(text: str, voice: str) -> str:
    """Says one of our own sentences and ends the call."""
    response = VoiceResponse()
    _say(response, [text], voice)
    response.hangup()
    return str(response)


def go_on(text: str, then: str, voice: str) -> str:
    """Says one of our own sentences, then asks us again."""
    response = VoiceResponse()
    _say(response, [text], voice)
    response.redirect(then, method="POST")
    return str(response)


def voicemail(text: str, voice: str, *, greeting_is_over: bool) -> str:
    response = VoiceResponse()
    response.pause(length=1 if greeting_is_over else GREETING_SECONDS)
    _say(response, [text], voice)
    response.hangup()
    return str(response)


def just_hang_up() -> str:
    response = VoiceResponse()
    response.hangup()
    return str(response)


def sms(texts: Sequence[str]) -> str:
    """The reply to an SMS, in one message; none when there is nothing to say."""
    response = MessagingResponse()
    if texts:
        response.message("\n".join(texts))
    return str(response)


def _say(parent: Any, texts: Sequence[str], voice: str, *, slow: bool = False) -> None:
    for text in texts:
        say = Say(None if slow else text, voice=voice, language=LANGUAGE)
        if slow:
            say.prosody(text, rate="slow")
        parent.append(say)
