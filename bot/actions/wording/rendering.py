"""From lines to what is spoken, or written in the alphabet of SMS."""

from collections.abc import Sequence

from bot.actions.dialogue.effects import Line
from bot.actions.understanding.text import without_accents
from bot.actions.wording import WORDING
from bot.actions.wording.sentences import sentences
from outreach.domain.words import Channel

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Two segments of the seven-bit alphabet.
LONGEST_SMS = 306
_TYPOGRAPHY = str.maketrans({"’": "'", "«": '"', "»": '"', "…": "...", "\u00a0": " ", "œ": "oe", "–": "-"})


def render(line: Line, channel: Channel, version: str = WORDING) -> str:
    sentence = sentences(version)[line.key]
    if channel is Channel.SMS:
        return in_gsm_7((sentence.sms or sentence.voice).format(**line.params))
    return sentence.voice.format(**line.params)


def render_all(lines: Sequence[Line], channel: Channel) -> str:
    return " ".join(render(line, channel) for line in lines)


def in_gsm_7(text: str) -> str:
    """One letter outside this alphabet more than halves what a message holds: ê becomes e, é stays."""
    plain = text.translate(_TYPOGRAPHY)
    return "".join(letter if letter in GSM_7 else without_accents(letter) for letter in plain)
