"""What the carrier is told to do next. The library escapes every text."""

from collections.abc import Sequence
from typing import Any

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, Number, Say, VoiceResponse

from dialer.carrier import ADVISER_RINGS_SECONDS, LONGEST_CALL_SECONDS
from dialer.phone.bot import Answer

LANGUAGE = "fr-FR"
SILENCE_SECONDS = 6
KEY_SECONDS = 8
GREETING_PAUSE_SECONDS = 2
"""A silence as long as this ends a machine's greeting."""

_MACHINES_SAY = (
    "messagerie, boîte vocale pleine, votre correspondant, après le bip, filtrage d'appels, motif de votre appel"
)


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


def ask_for_key(text: str, action: str, voice: str) -> str:
    """Waits for one key, which comes to `action`; without one, as with a voicemail, the call is over."""
    response = VoiceResponse()
    gather = Gather(input="dtmf", num_digits=1, timeout=KEY_SECONDS, action=action, method="POST")
    _say(gather, [text], voice)
    response.append(gather)
    response.hangup()
    return str(response)


def call_person(number: str, caller: str, ring_seconds: int, action: str, status: str) -> str:
    """Calls somebody for the adviser on the line. How that call goes is told to `status`, its end to `action`."""
    response = VoiceResponse()
    dial = Dial(
        action=action,
        method="POST",
        timeout=ring_seconds,
        time_limit=LONGEST_CALL_SECONDS,
        answer_on_bridge=True,
        caller_id=caller,
    )
    dial.append(
        Number(
            number,
            status_callback=status,
            status_callback_event="initiated ringing answered completed",
            status_callback_method="POST",
        )
    )
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


def hear_out(action: str) -> str:
    """Listens without a word, until whoever speaks is over, or nobody has spoken for a while."""
    response = VoiceResponse()
    response.append(_listening(action))
    return str(response)


def say_then_hear(text: str, action: str, voice: str) -> str:
    response = VoiceResponse()
    gather = _listening(action)
    _say(gather, [text], voice)
    response.append(gather)
    return str(response)


def _listening(action: str) -> Gather:
    return Gather(
        input="speech",
        language=LANGUAGE,
        timeout=SILENCE_SECONDS,
        # A greeting has pauses; its last words are followed by the tone.
        speech_timeout=GREETING_PAUSE_SECONDS,
        action_on_empty_result=True,
        hints=_MACHINES_SAY,
        action=action,
        method="POST",
    )


def voicemail(text: str, voice: str) -> str:
    """For a machine whose greeting is over."""
    response = VoiceResponse()
    response.pause(length=1)
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
