"""When a campaign fails so that a human must look before anybody else is called. Pure.

Each rule watches one kind of failure, call after call in the order of their ends, with a cumulative sum (Page 1954): a
failure adds, a success takes away, never below nothing, and the sum trips at a threshold. It asks "does it fail as
often as `alarming`, rather than as often as `usual`?" and forgets the past by itself: a thousand good calls don't hide
what begins to fail now, as they would in a share over a long window, and three failures at the beginning of a day are
no alarm, as they would be in a share over a short one.

| failure | among | usual | alarming | trips after, all failing | at alarming | at usual |
|---|---|---|---|---|---|---|
| carrier | calls ended | 15 % | 50 % | 20 calls | 70 calls | never seen |
| hang-up within 5 s | those a person answered | 35 %, or its own | twice that | 21 | 53 | a million |
| agent away | those a person answered | 5 % | 30 % | 9 | 47 | over a million |

Why these: a list holds numbers out of service, and networks are now and then out of order; 15 % is common. Many hang up
on an unknown voice at once; how many depends on the campaign, so its own past counts as soon as there is enough of it.
That our own agent does not answer should not happen at all.

A failure must have lasted a minute of real time: what comes back within seconds needs no human. Until then the sum
rests at its threshold, so that a few good calls bring it down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log

from outreach.domain.words import AlertKind

EARLY_HANG_UP_SECONDS = 5
LASTING = timedelta(minutes=1)
ENOUGH_OF_ITS_OWN = 200
"""Answered calls from which a campaign's own share of early hang-ups is taken for the usual one."""


@dataclass(frozen=True, slots=True)
class EndedCall:
    """One call that ended. `heard` is the machine's own time at which we learned it."""

    heard: datetime
    carrier_failed: bool
    human_answered: bool
    hung_up_early: bool
    agent_away: bool


@dataclass(frozen=True, slots=True)
class Rule:
    usual: float
    alarming: float
    threshold: float

    @property
    def failure(self) -> float:
        return log(self.alarming / self.usual)

    @property
    def success(self) -> float:
        return log((1 - self.alarming) / (1 - self.usual))


CARRIER = Rule(usual=0.15, alarming=0.5, threshold=24.0)
AGENT = Rule(usual=0.05, alarming=0.3, threshold=15.0)


def hang_up_rule(early: int, answered: int) -> Rule:
    """`early` of the `answered` calls before the ones looked at were hung up within five seconds."""
    usual = 0.35
    if answered >= ENOUGH_OF_ITS_OWN:
        usual = min(0.45, max(0.1, early / answered))
    return Rule(usual, 2 * usual, threshold=14.0)


def trips(rule: Rule, outcomes: Sequence[tuple[datetime, bool]]) -> bool:
    """Whether a sequence of outcomes, oldest first, True for a failure, comes to the threshold and lasts."""
    total, since = 0.0, None
    for at, failed in outcomes:
        if failed and total == 0.0:
            since = at
        total = max(0.0, total + (rule.failure if failed else rule.success))
        if failed and since is not None and total >= rule.threshold and at - since >= LASTING:
            return True
        total = min(total, rule.threshold)
    return False


def tripped(calls: Sequence[EndedCall], early_before: int, answered_before: int) -> AlertKind | None:
    """The first rule that a campaign's last calls break, oldest first; None when it may go on."""
    answered = [call for call in calls if call.human_answered]
    watched = (
        (AlertKind.CARRIER_FAILS, CARRIER, [(call.heard, call.carrier_failed) for call in calls]),
        (AlertKind.AGENT_AWAY, AGENT, [(call.heard, call.agent_away) for call in answered]),
        (
            AlertKind.HANG_UPS,
            hang_up_rule(early_before, answered_before),
            [(call.heard, call.hung_up_early) for call in answered],
        ),
    )
    return next((kind for kind, rule, outcomes in watched if trips(rule, outcomes)), None)
