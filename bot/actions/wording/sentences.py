"""The sentences of a version, read from its file beside this one, which may be `like` another version's."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.actions.wording import WORDING

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Sentence:
    voice: str
    # The written form, when it differs.
    sms: str | None = None


@lru_cache
def sentences(version: str = WORDING) -> dict[str, Sentence]:
    text = (_FOLDER / f"{version}.yml").read_text(encoding="utf-8")
    kept: dict[str, str | dict[str, str]] = yaml.safe_load(text)
    like = kept.pop("like", None)
    found = dict(sentences(like)) if isinstance(like, str) else {}
    return found | {key: Sentence(said) if isinstance(said, str) else Sentence(**said) for key, said in kept.items()}


@lru_cache
def versions() -> frozenset[str]:
    """Every version that the agent can speak."""
    return frozenset(path.stem for path in _FOLDER.glob("*.yml"))


def document(version: str) -> dict[str, dict[str, str | None]]:
    """A version's sentences as JSON."""
    return {key: {"voice": said.voice, "sms": said.sms} for key, said in sorted(sentences(version).items())}
