"""Outreach follows what people can absorb: which departments are closed to calls just now, and why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from outreach.database.models import Campaign
from outreach.database.repositories import capacity as queries
from outreach.domain import policy
from outreach.domain.capacity import CERTAIN, Capacity, Load, Team, learned
from outreach.domain.territories import DEPARTMENTS
from outreach.domain.words import Gate
from outreach.runtime import Session
from outreach.settings import Settings

PLACES_WITHIN = timedelta(days=60)
"""A place that opens later than that is none for a request of today."""

_LAST_CALLS = 500


@dataclass(frozen=True, slots=True)
class Brake:
    """What holds a department back. Not `stopped`: calls go on as those under way end without a request."""

    department: str
    gate: Gate
    stopped: bool


def capacity(session: Session, now: datetime, settings: Settings) -> Capacity:
    """What every department can absorb at this instant; a batch of claims tells it each call that it begins."""
    teams: list[Team] = []
    loads: dict[str, Load] = {}
    for what, where, first, second in queries.counts(session, (now + PLACES_WITHIN).date()):
        if what == queries.TEAM:
            departments = json.loads(where)
            handles = first * settings.adviser_requests_at_once
            teams.append(Team(frozenset(departments) if departments else None, handles))
            continue
        load = loads.get(where, Load())
        if what == queries.REQUESTS:
            loads[where] = replace(load, open_requests=first, waiting=second)
        elif what == queries.CALLS:
            loads[where] = replace(load, ringing=first, talking=second)
        else:
            loads[where] = replace(load, places=first)
    found = Capacity(teams, loads, CERTAIN)
    if found.closed(DEPARTMENTS | loads.keys()):
        # Only now does it matter what the calls under way are expected to bring.
        found = Capacity(teams, loads, learned(*queries.last_calls(session, _LAST_CALLS)))
    return found


def closed_departments(session: Session, now: datetime, settings: Settings) -> Mapping[str, Gate]:
    """The departments where no call may begin at this instant, each with its gate."""
    found = capacity(session, now, settings)
    return found.closed(DEPARTMENTS | found.loads.keys())


def brakes(session: Session, now: datetime, settings: Settings) -> list[Brake]:
    """What is held back just now, for whoever watches."""
    found = capacity(session, now, settings)
    closed = found.closed(DEPARTMENTS | found.loads.keys())
    return [
        Brake(department, found.stopped_by(department) or gate, stopped=found.stopped_by(department) is not None)
        for department, gate in sorted(closed.items())
    ]


def brakes_of(session: Session, campaign: Campaign, now: datetime, settings: Settings) -> list[Brake]:
    """Those that hold back a campaign which follows the capacity, in the departments where somebody still waits."""
    if not policy.from_document(campaign.policy).pace_by_capacity:
        return []
    found = brakes(session, now, settings)
    where = queries.departments_that_wait(session, campaign.id, [brake.department for brake in found])
    return [brake for brake in found if brake.department in where]
