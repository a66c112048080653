"""The evaluation's data files: utterances at a question, and whole dialogues."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from outreach.domain.words import Channel, Question

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Utterance:
    at: Question
    text: str
    channel: Channel
    means: tuple[str, ...]
    value: Mapping[str, Any]
    where: str

    @property
    def safety(self) -> str | None:
        """`emergency` or `stop` when it must be caught."""
        if set(self.means) <= {"emergency", "distress"}:
            return "emergency"
        return "stop" if self.means == ("stop",) else None


@dataclass(frozen=True, slots=True)
class Call:
    """One conversation: what is said when the agent asks something, or what is said turn by turn."""

    channel: Channel
    says: Mapping[str, list[str]] = field(default_factory=dict)
    script: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialogue:
    name: str
    ends: Mapping[str, Any]
    where: str
    patient: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple["Call", ...] = ()


def utterances(folder: Path = FOLDER / "utterances") -> Iterator[Utterance]:
    for file in sorted(folder.glob("*.yml")):
        for number, entry in enumerate(yaml.safe_load(file.read_text(encoding="utf-8")), 1):
            means = entry["means"]
            yield Utterance(
                at=Question(entry["at"]),
                text=str(entry.get("say") or entry["sms"]),
                channel=Channel.SMS if "sms" in entry else Channel.VOICE,
                means=tuple(means) if isinstance(means, list) else (means,),
                value=entry.get("value") or {},
                where=f"{file.stem} {number}",
            )


def implied() -> Iterator[Utterance]:
    """Danger that is only hinted at, and its harmless doubles: `harmless` means anything but a danger."""
    return utterances(FOLDER / "implied")


def dialogues(folder: Path = FOLDER / "dialogues") -> Iterator[Dialogue]:
    for file in sorted(folder.glob("*.yml")):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8")):
            channel = entry.get("channel", "voice")
            yield Dialogue(
                name=entry["name"],
                ends=entry["ends"],
                where=file.stem,
                patient=entry.get("patient") or {},
                calls=tuple(_call(call, channel) for call in entry.get("calls") or [entry]),
            )


def _call(entry: Mapping[str, Any], channel: str) -> Call:
    return Call(
        channel=Channel(entry.get("channel", channel)),
        says={asks: _listed(lines) for asks, lines in (entry.get("says") or {}).items()},
        script=tuple(str(line) for line in entry.get("script") or ()),
    )


def _listed(lines: Any) -> list[str]:
    return [str(line) for line in (lines if isinstance(lines, list) else [lines])]
