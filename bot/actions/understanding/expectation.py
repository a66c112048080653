"""What the classifier gives, weighed by the question that was asked (`expected.yml`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.actions.understanding.meaning import Act
from outreach.domain.words import Question

# Meanings between which a doubt changes nothing: what the classifier shares out between them belongs together.
_FAMILIES = (
    frozenset({Act.NO, Act.NO_THANKS, Act.REFUSE}),
    frozenset({Act.YES, Act.SELF}),
    frozenset({Act.REPEAT, Act.DONT_KNOW, Act.HEARING, Act.SLOWER}),
    frozenset({Act.WHO, Act.PURPOSE, Act.HOW_NUMBER, Act.SCAM}),
    frozenset({Act.PREFERENCE, Act.NO_PREFERENCE}),
    frozenset({Act.EMERGENCY, Act.DISTRESS}),
    frozenset({Act.OUT_OF_SCOPE, Act.MEDICAL, Act.PROMISE}),
    frozenset({Act.MOBILITY, Act.TRAVEL_LIMIT}),
)


_MEANINGS = {act.value: act for act in Act if act is not Act.UNCLEAR}


@dataclass(frozen=True, slots=True)
class Guess:
    act: Act
    # Of its family, between 0 and 1.
    share: float


@lru_cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    text = (Path(__file__).parent / "expected.yml").read_text(encoding="utf-8")
    kept: dict[str, dict[str, float]] = yaml.safe_load(text)
    return kept


def weights_at(pending: Question | None, verified: bool, limit_asked: bool = False) -> Mapping[str, float]:
    general = _weights()["after" if verified else "before"]
    question = "travel_limit" if limit_asked else pending.value if pending is not None else ""
    return {**general, **_weights().get(question, {})}


def likeliest(ranking: Iterable[tuple[str, float]], weights: Mapping[str, float]) -> Guess:
    """The likeliest meaning as an answer to that question; UNCLEAR when nothing is known."""
    rest = 1.0
    weighed: dict[Act, float] = {}
    for name, share in ranking:
        rest -= share
        if name in _MEANINGS:
            weighed[_MEANINGS[name]] = share * weights.get(name, 1.0)
    if not any(weighed.values()):
        return Guess(Act.UNCLEAR, 0.0)
    total = sum(weighed.values()) + max(rest, 0.0)
    families = [[act for act in weighed if act in family] for family in _FAMILIES]
    families += [[act] for act in weighed if not any(act in family for family in _FAMILIES)]
    best = max(families, key=lambda acts: sum(weighed[act] for act in acts))
    return Guess(max(best, key=weighed.__getitem__), sum(weighed[act] for act in best) / total)
