"""The sentences of the present version, read from its file: `2026-11-a.yml` beside this one."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.actions.wording import WORDING


@dataclass(frozen=True, slots=True)
class Sentence:
    voice: str
    # The written form, when it differs.
    sms: str | None = None


@lru_cache
def sentences(version: str = WORDING) -> dict[str, Sentence]:
    text = (Path(__file__).parent / f"{version}.yml").read_text(encoding="utf-8")
    kept: dict[str, str | dict[str, str]] = yaml.safe_load(text)
    return {key: Sentence(said) if isinstance(said, str) else Sentence(**said) for key, said in kept.items()}
