"""TwiML read into verbs. Unknown verbs are skipped with a warning, as the carrier does."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree import ElementTree

LONGEST = 64 * 1024


class TwimlError(Exception):
    def __init__(self, code: int, detail: str) -> None:
        self.code = code
        super().__init__(f"{code}: {detail}")


@dataclass(frozen=True)
class Say:
    text: str
    language: str = ""
    voice: str = ""
    slow: bool = False


@dataclass(frozen=True)
class Play:
    url: str


@dataclass(frozen=True)
class Pause:
    length: float = 1.0


@dataclass(frozen=True)
class Gather:
    inputs: frozenset[str]
    timeout: float
    speech_timeout: str
    num_digits: int | None
    finish_on_key: str
    action: str
    method: str
    action_on_empty: bool
    hints: str
    language: str
    prompts: tuple[Say | Play | Pause, ...]


@dataclass(frozen=True)
class Redirect:
    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    reason: str = "rejected"


@dataclass(frozen=True)
class Dial:
    number: str
    timeout: float
    action: str
    method: str
    caller_id: str = ""
    number_url: str = ""  # instructions for whoever is rung, before they are joined
    number_method: str = "POST"
    status_url: str = ""  # told how the call to whoever is rung goes
    status_events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True)
class Message:
    body: str
    to: str = ""
    sender: str = ""


Verb = Say | Play | Pause | Gather | Redirect | Hangup | Reject | Dial | Message


@dataclass
class Document:
    verbs: list[Verb] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def parse(body: str | bytes) -> Document:
    if len(body) > LONGEST:
        raise TwimlError(11750, "response body too large")
    if not body.strip():
        raise TwimlError(12100, "document parse failure: the document is empty")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - our own application wrote it, and its length is bounded
    except ElementTree.ParseError as error:
        raise TwimlError(12100, f"document parse failure: {error}") from None
    if root.tag != "Response":
        raise TwimlError(12100, f"document parse failure: <{root.tag}> where <Response> is expected")
    document = Document()
    for element in root:
        verb = _verb(element, document.warnings)
        if verb is not None:
            document.verbs.append(verb)
    return document


def _verb(element: ElementTree.Element, warnings: list[str]) -> Verb | None:
    attributes = element.attrib
    text = _text(element)
    match element.tag:
        case "Say":
            return _say(element)
        case "Play":
            return Play(text)
        case "Pause":
            return Pause(_number(attributes.get("length", "1"), "Pause length"))
        case "Gather":
            return _gather(element, warnings)
        case "Redirect":
            return Redirect(text, attributes.get("method", "POST").upper())
        case "Hangup":
            return Hangup()
        case "Reject":
            return Reject(attributes.get("reason", "rejected"))
        case "Dial":
            return _dial(element, warnings)
        case "Message" | "Sms":
            body = element.find("Body")
            return Message(
                _text(body) if body is not None else text,
                attributes.get("to", ""),
                attributes.get("from", ""),
            )
    warnings.append(f"12200: <{element.tag}> is not a verb")
    return None


def _say(element: ElementTree.Element) -> Say:
    prosody = [child.attrib.get("rate", "") for child in element.iter("prosody")]
    slow = any(rate in ("slow", "x-slow") or _below_normal(rate) for rate in prosody)
    return Say(_text(element), element.attrib.get("language", ""), element.attrib.get("voice", ""), slow)


def _below_normal(rate: str) -> bool:
    number = rate.strip().rstrip("%")
    return rate.strip().endswith("%") and number.lstrip("-").isdigit() and int(number) < 100


def _gather(element: ElementTree.Element, warnings: list[str]) -> Gather:
    attributes = element.attrib
    prompts: list[Say | Play | Pause] = []
    for child in element:
        verb = _verb(child, warnings)
        if isinstance(verb, Say | Play | Pause):
            prompts.append(verb)
        elif verb is not None:
            warnings.append(f"12200: <{child.tag}> is not allowed in <Gather>")
    digits = attributes.get("numDigits")
    timeout = attributes.get("timeout", "5")
    return Gather(
        inputs=frozenset(attributes.get("input", "dtmf").split()),
        timeout=5.0 if timeout == "auto" else _number(timeout, "Gather timeout"),
        speech_timeout=attributes.get("speechTimeout", "auto"),
        num_digits=int(_number(digits, "Gather numDigits")) if digits else None,
        finish_on_key=attributes.get("finishOnKey", "#"),
        action=attributes.get("action", ""),
        method=attributes.get("method", "POST").upper(),
        action_on_empty=attributes.get("actionOnEmptyResult", "false").lower() == "true",
        hints=attributes.get("hints", ""),
        language=attributes.get("language", ""),
        prompts=tuple(prompts),
    )


def _dial(element: ElementTree.Element, warnings: list[str]) -> Dial:
    attributes = element.attrib
    numbers = element.findall("Number")
    warnings += [f"12200: <{child.tag}> is not rung" for child in element if child.tag != "Number"]
    if len(numbers) > 1:
        warnings.append("12200: only the first <Number> is rung")
    rung = numbers[0] if numbers else element
    return Dial(
        _text(rung),
        _number(attributes.get("timeout", "30"), "Dial timeout"),
        attributes.get("action", ""),
        attributes.get("method", "POST").upper(),
        attributes.get("callerId", ""),
        numbers[0].attrib.get("url", "") if numbers else "",
        numbers[0].attrib.get("method", "POST").upper() if numbers else "POST",
        numbers[0].attrib.get("statusCallback", "") if numbers else "",
        frozenset((numbers[0].attrib.get("statusCallbackEvent", "completed") if numbers else "completed").split()),
    )


def _text(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise TwimlError(12200, f"schema validation: {what} is not a number") from None
