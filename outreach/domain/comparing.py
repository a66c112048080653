"""Two wordings compared on random halves, looked at as often as one likes (decision 22).

The test is the safe test for two proportions of Turner, Ly and Grünwald ("Generic E-variables for exact sequential
k-sample tests that allow for optional stopping"), of pairs: the n-th person of one half with the n-th of the other.
Under no difference, whatever the common share, each alternative's likelihood ratio against the pair's mean share is a
nonnegative supermartingale that begins at 1, and so is their mixture: by Ville's inequality it ever reaches 1/α with a
probability of α at most. No normal approximation, and no plan of looks.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from outreach.domain.words import ComparisonState

LEAST = 100
"""Verified people in each half before anything is concluded."""

USUAL_MOST, MOST = 2000, 20_000
"""In each half, after which it ends without a difference: usually, and at most."""

CONSENT_EVIDENCE, HANG_UP_EVIDENCE = 25.0, 100.0
"""What ends it: false alarms of 4 % for consent and 1 % for hang-ups, 5 % together, over all looks."""

_DIFFERENCES = (0.04, 0.08, 0.12, 0.16, 0.24)
ALTERNATIVES: tuple[tuple[float, float], ...] = tuple(
    (round(middle + sign * difference / 2, 4), round(middle - sign * difference / 2, 4))
    for middle in (step / 20 for step in range(1, 20))
    for difference in _DIFFERENCES
    for sign in (1, -1)
    if difference / 2 < min(middle, 1 - middle)
)
"""The pairs of shares that the mixture weighs alike."""


def half_of(comparison_id: UUID, contact_id: UUID) -> int:
    """0 or 1, by lot and always the same: the database computes it alike (`repositories/comparisons.py`)."""
    return hashlib.sha256(f"{comparison_id}{contact_id}".encode()).digest()[0] & 1


def version_for(comparison: Mapping[str, Any] | None, contact_id: UUID) -> str | None:
    """The wording that a contact hears while a comparison runs; None when none does."""
    if not comparison:
        return None
    version = comparison["versions"][half_of(UUID(comparison["id"]), contact_id)]
    return str(version)


@dataclass(frozen=True, slots=True)
class Half:
    """Verified people of one half, by their first conversation to its end: how many agreed, how many hung up.

    `paired_*`: among the first so many people, as many as the other half has too.
    """

    verified: int = 0
    agreed: int = 0
    hung_up: int = 0
    paired_agreed: int = 0
    paired_hung_up: int = 0


def evidence(pairs: int, first: int, second: int) -> float:
    """How many times likelier so many successes among so many pairs are under some difference than under none, at
    least. Raises ValueError for more successes than pairs."""
    if not 0 <= first <= pairs or not 0 <= second <= pairs:
        raise ValueError("no more successes than pairs")
    logs = []
    for a, b in ALTERNATIVES:
        mean = (a + b) / 2
        logs.append(
            first * math.log(a / mean)
            + (pairs - first) * math.log((1 - a) / (1 - mean))
            + second * math.log(b / mean)
            + (pairs - second) * math.log((1 - b) / (1 - mean))
        )
    top = max(logs)
    return math.exp(min(top, 600.0)) * sum(math.exp(one - top) for one in logs) / len(logs)


@dataclass(frozen=True, slots=True)
class Verdict:
    state: ComparisonState
    pairs: int
    consent_evidence: float
    hang_up_evidence: float


def look(first: Half, second: Half, most: int) -> Verdict:
    """What the people heard so far tell, and whether it ends: by harm, by a difference, or by their number."""
    pairs = min(first.verified, second.verified)
    consent = evidence(pairs, first.paired_agreed, second.paired_agreed)
    hang_ups = evidence(pairs, first.paired_hung_up, second.paired_hung_up)
    state = ComparisonState.RUNNING
    if pairs >= LEAST and hang_ups >= HANG_UP_EVIDENCE:
        state = ComparisonState.HARM
    elif pairs >= LEAST and consent >= CONSENT_EVIDENCE:
        better = first.paired_agreed > second.paired_agreed
        state = ComparisonState.FIRST_BETTER if better else ComparisonState.SECOND_BETTER
    elif pairs >= most:
        state = ComparisonState.NO_DIFFERENCE
    return Verdict(state, pairs, consent, hang_ups)
