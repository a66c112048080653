"""Contacts made due when their time has come and their hours are open, and put back when these end (decision 9)."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from outreach.database.repositories import opening
from outreach.database.repositories.opening import Waiting
from outreach.domain import calling_hours, policy
from outreach.domain.policy import ContactPolicy
from outreach.domain.priorities import Lane, lanes_of, rooms
from outreach.domain.territories import UnknownTerritory
from outreach.domain.words import ContactState, Gate
from outreach.runtime import Session
from outreach.services import life
from outreach.services.attempts import needs_announcement

DUE_AT_ONCE = 1000
"""How many contacts of a campaign are due together, callbacks apart: what dialers call in some seconds. However many
have their time, the others wait; hours that end put back no more than these."""

_CALLBACKS_AT_ONCE = 500
_LATER = timedelta(minutes=15)
_ROOM_AFTER = timedelta(minutes=2)

_NOWHERE: Mapping[str, Gate] = MappingProxyType({})


def open_contacts(
    session: Session, now: datetime, closed_departments: Callable[[], Mapping[str, Gate]] = lambda: _NOWHERE
) -> int:
    """Makes due the contacts whose time has come and whose hours are open; puts back the due ones whose hours ended.

    Those still to be announced stay waiting: the SMS goes first. `closed_departments`: those that can absorb no
    call just now, whose people wait for two minutes; asked for campaigns that follow the capacity. Returns how many
    were looked at: 0 when there is no more to do, or when another dialer is at it.
    """
    if not opening.lock_opening(session):
        return 0
    running = opening.running(session)
    campaigns = {campaign_id: _rules(document) for campaign_id, (document, _) in running.items()}
    changed = _put_back(session, campaigns, now)
    follow = any(rules is not None and rules.pace_by_capacity for rules in campaigns.values())
    closed = closed_departments() if follow else _NOWHERE
    for campaign_id, rules in campaigns.items():
        changed += _open(session, campaign_id, rules, running[campaign_id][1], closed, now)
    return changed


def _rules(document: Mapping[str, object]) -> ContactPolicy | None:
    try:
        return policy.from_document(document)
    except policy.PolicyError:
        return None


def _put_back(session: Session, campaigns: Mapping[UUID, ContactPolicy | None], now: datetime) -> int:
    changed = 0
    for campaign_id, department in opening.due_groups(session):
        if campaign_id in campaigns:
            gate, again = _gate(campaigns[campaign_id], department, _NOWHERE, now)
        else:
            gate, again = Gate.CAMPAIGN_NOT_RUNNING, now
        if gate is not None:
            ids = opening.lock_due_of(session, campaign_id, department)
            changed += life.move_many(
                session, ids, ContactState.DUE, ContactState.WAITING, now, next_attempt_at=again, held_by=gate
            )
    return changed


def _open(
    session: Session,
    campaign_id: UUID,
    rules: ContactPolicy | None,
    priorities: Mapping[str, object],
    closed: Mapping[str, Gate],
    now: datetime,
) -> int:
    room = DUE_AT_ONCE - opening.how_many_due(session, campaign_id)
    found = {
        one.contact_id: one
        for one in opening.lock_waiting(session, campaign_id, now, _CALLBACKS_AT_ONCE, callbacks=True)
    }
    if room > 0:
        found |= {one.contact_id: one for one in _in_lanes(session, campaign_id, priorities, room, now)}
    if rules is not None and not rules.announce_sms and (room := room - len(found)) > 0:
        # Held back under a policy that asked for an SMS: this one asks for none.
        awaiting = opening.lock_waiting(session, campaign_id, now, room, awaiting_sms=True)
        found |= {one.contact_id: one for one in awaiting}
    unannounced: dict[str, list[UUID]] = defaultdict(list)
    others: dict[tuple[str, bool], list[UUID]] = defaultdict(list)
    for one in found.values():
        if rules is not None and _waits_for_sms(rules, one):
            unannounced[one.department].append(one.contact_id)
        else:
            others[one.department, one.callback_from is not None].append(one.contact_id)
    for department, ids in unannounced.items():
        _, again = _gate(rules, department, _NOWHERE, now)
        _hold(session, ids, Gate.ANNOUNCEMENT_PENDING, again, now)
    for (department, wished), ids in others.items():
        # Somebody who asked to be called is called, however full the desk is.
        gate, again = _gate(rules, department, _NOWHERE if wished else closed, now)
        if gate is not None:
            _hold(session, ids, gate, again, now)
        else:
            life.move_many(session, ids, ContactState.WAITING, ContactState.DUE, now)
    return len(found)


def _in_lanes(
    session: Session, campaign_id: UUID, priorities: Mapping[str, object], room: int, now: datetime
) -> Sequence[Waiting]:
    """Those whose time has come, from each lane its share of the room; what one doesn't use goes to the others."""
    lanes = sorted({Lane.USUAL, *lanes_of(priorities).values()})
    taken: list[Waiting] = []
    shared, crowded = rooms(room, lanes), []
    for lane in lanes:
        found = opening.lock_waiting(session, campaign_id, now, shared[lane], lane=lane)
        taken += found
        if len(found) == shared[lane]:
            crowded.append(lane)
    for lane in crowded if len(lanes) > 1 else ():
        left = room - len(taken)
        if left <= 0:
            break
        held = {one.contact_id for one in taken}
        # Those just taken are still waiting: as many more are asked for.
        more = opening.lock_waiting(session, campaign_id, now, shared[lane] + left, lane=lane)
        taken += [one for one in more if one.contact_id not in held][:left]
    return taken


def _waits_for_sms(rules: ContactPolicy, one: Waiting) -> bool:
    return one.announced_at is None and needs_announcement(rules, one, one.number)


def _hold(session: Session, ids: Sequence[UUID], gate: Gate, again: datetime | None, now: datetime) -> None:
    life.move_many(session, ids, ContactState.WAITING, ContactState.WAITING, now, next_attempt_at=again, held_by=gate)


def _gate(
    rules: ContactPolicy | None, department: str, closed: Mapping[str, Gate], now: datetime
) -> tuple[Gate | None, datetime | None]:
    """What keeps a whole department from being called just now, and until when; no time when nothing does."""
    if rules is None:
        return Gate.NOT_EVALUATED, now + _LATER
    try:
        gate = calling_hours.closed_because(rules, department, now)
        after = now
        if gate is None and rules.pace_by_capacity and department in closed:
            gate, after = closed[department], now + _ROOM_AFTER
        if gate is None:
            return None, None
        return gate, calling_hours.next_opening(rules, department, after) or now + timedelta(days=1)
    except UnknownTerritory:
        return Gate.UNKNOWN_TERRITORY, now + timedelta(days=1)
