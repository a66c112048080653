"""Who may be called at this instant: claimed many at once, under every gate, at one pace (DESIGN §6, decision 9)."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from outreach.clock import Clock
from outreach.database.models import Contact, Patient
from outreach.database.repositories import attempts, claiming, contacts
from outreach.database.repositories.claiming import Candidate, NewCall
from outreach.domain import calling_hours, gates, policy
from outreach.domain.capacity import Capacity
from outreach.domain.gates import CAP_WINDOW
from outreach.domain.pace import Slots, caller_of
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import Channel, ContactState, Gate, Purpose
from outreach.runtime import Session
from outreach.services import capacity, facts, life
from outreach.services.attempts import Claimed, policy_of
from outreach.services.facts import Reading
from outreach.services.opening import DUE_AT_ONCE, open_contacts
from outreach.settings import Settings

__all__ = [
    "DUE_AT_ONCE",
    "caller_for",
    "claim_calls",
    "open_contacts",
]

_ROUNDS = 5
"""How often one claim looks for others in the place of those that the gates held back."""

_LOOK_AT = 25
"""How many contacts a claim looks at, at least: most are held back on some days."""

_FULL = frozenset({Gate.ADVISERS_FULL, Gate.VOLUNTEERS_FULL})
_LOOK_AGAIN = timedelta(minutes=2)
"""A call that ends makes room for another: soon enough for the room to be used."""


def caller_for(patient_id: UUID, settings: Settings) -> str:
    """The same number of ours for the same patient, who will know it again."""
    return caller_of(patient_id, settings.callers)


@dataclass(slots=True)
class _Campaign:
    """A running campaign during one claim. `room`: how many calls it may have besides; `due`: who waits for one, the
    first of them alone when it `has_more`."""

    id: UUID
    rules: ContactPolicy
    version: int
    room: int
    due: Sequence[tuple[UUID, UUID]]
    served_at: datetime | None
    has_more: bool


def claim_calls(
    session: Session, clock: Clock, settings: Settings, limit: int, *, lead: timedelta, ahead: timedelta
) -> list[Claimed]:
    """Takes up to `limit` contacts that may be called now and writes their attempts as `placing`.

    Every gate is checked again here, under the locks of contacts and persons, at the clock's moment once it is this
    claim's turn among all dialers. Each attempt has its moment of the caller's pace, at most `ahead` from now: asked
    for at that moment, no second has more than `calls_per_second` for a caller. `lead` is how long it may take until
    the telephone rings. Empty when nobody can be called now.
    """
    if not _a_caller_is_free(session, clock.now() + ahead, settings):
        return []
    claiming.lock_claims(session)
    clock.refresh()
    return _claim(session, clock.now(), settings, limit, lead, ahead)


def _a_caller_is_free(session: Session, until: datetime, settings: Settings) -> bool:
    return not attempts.used_just_now(session, settings.callers, until).issuperset(settings.callers)


def _claim(
    session: Session, now: datetime, settings: Settings, limit: int, lead: timedelta, ahead: timedelta
) -> list[Claimed]:
    slots = Slots(claiming.next_moments(session, settings.callers), now, now + ahead)
    campaigns = _campaigns(session, max(_LOOK_AT, 4 * limit))
    absorbed = (
        capacity.capacity(session, now, settings)
        if any(one.rules.pace_by_capacity for one in campaigns.values())
        else None
    )
    looked_at: set[UUID] = set()
    claimed: list[Claimed] = []
    for is_first in (True, *[False] * (_ROUNDS - 1)):
        if not slots.are_left(settings.callers):
            break
        if not is_first:
            _read_all_due(session, campaigns.values())
        # As many as there are moments; then more, for those looked at first may be held back by the hundred.
        wanted = limit - len(claimed) if is_first else max(limit - len(claimed), _LOOK_AT)
        picked = _pick(campaigns, slots.copy(), settings.callers, wanted, looked_at, spend=is_first)
        if not picked:
            continue
        looked_at.update(picked)
        still_due = claiming.lock_due(session, picked)
        candidates = [still_due[one] for one in picked if one in still_due]
        reading = facts.read(session, candidates, now, absorbed.gate if absorbed is not None else lambda _: None, lead)
        claimed += _take(session, campaigns, candidates, reading, absorbed, slots, settings, limit - len(claimed))
        if len(claimed) >= limit:
            break
    if claimed:
        claiming.keep_moments(session, slots.next_moments())
        claiming.keep_served(
            session, {one.id: one.served_at for one in campaigns.values() if one.served_at is not None}
        )
    return claimed


def _read_all_due(session: Session, campaigns: Iterable[_Campaign]) -> None:
    """The first who are due were too few: their gates are closed, or their caller's moments are taken."""
    for one in campaigns:
        if one.has_more:
            one.due = claiming.due(session, one.id, 2 * DUE_AT_ONCE)
            one.has_more = False


def _campaigns(session: Session, first: int) -> dict[UUID, _Campaign]:
    """Those that may have calls, the longest unserved first. One whose policy can't be read has none."""
    found = {}
    for row in claiming.running_campaigns(session):
        try:
            rules = policy.from_document(row.policy)
        except policy.PolicyError:
            continue
        room = rules.calls_at_once - row.under_way
        if room > 0:
            due = claiming.due(session, row.id, first)
            found[row.id] = _Campaign(
                row.id, rules, row.policy_version, room, due, row.served_at, has_more=len(due) == first
            )
    return found


def _pick(
    campaigns: Mapping[UUID, _Campaign],
    slots: Slots,
    callers: Sequence[str],
    wanted: int,
    looked_at: Collection[UUID],
    *,
    spend: bool,
) -> list[UUID]:
    """Whom to look at: one of each campaign in turn, the longest unserved campaign first.

    `spend`: no more for each caller than it has moments; else whoever's caller has one.
    """
    in_turn = sorted(campaigns.values(), key=_by_service)
    hands = [_of_campaign(one, slots, callers, looked_at, spend=spend) for one in in_turn]
    picked: list[UUID] = []
    while hands and len(picked) < wanted:
        for hand in list(hands):
            contact_id = next(hand, None)
            if contact_id is None:
                hands.remove(hand)
            else:
                picked.append(contact_id)
    return picked[:wanted]


def _by_service(campaign: _Campaign) -> tuple[bool, datetime | None]:
    return (campaign.served_at is not None, campaign.served_at)


def _of_campaign(
    campaign: _Campaign, slots: Slots, callers: Sequence[str], looked_at: Collection[UUID], *, spend: bool
) -> Iterator[UUID]:
    room = campaign.room
    for contact_id, patient_id in campaign.due:
        if room <= 0 or not slots.are_left(callers):
            return
        if contact_id in looked_at:
            continue
        caller = caller_of(patient_id, callers)
        taken = slots.take(caller, campaign.rules.calls_per_second) if spend else slots.are_left([caller])
        if taken:
            room -= spend
            yield contact_id


def _take(
    session: Session,
    campaigns: Mapping[UUID, _Campaign],
    candidates: Sequence[Candidate],
    reading: Reading,
    absorbed: Capacity | None,
    slots: Slots,
    settings: Settings,
    limit: int,
) -> list[Claimed]:
    """Gives their moments to those whose gates are open, and writes their attempts; holds the others back."""
    calls: list[NewCall] = []
    moments: list[datetime] = []
    held: dict[UUID, list[Gate]] = {}
    for one in candidates:
        campaign = campaigns[one.campaign_id]
        closed = gates.closed_gates(campaign.rules, reading.facts(one, campaign.rules, running=True))
        if closed:
            held[one.contact_id] = closed
            continue
        if campaign.room <= 0 or len(calls) >= limit:
            continue
        caller = caller_for(one.patient_id, settings)
        at = slots.take(caller, campaign.rules.calls_per_second)
        if at is None:
            continue
        reading.is_called(one)
        if absorbed is not None:
            absorbed.begin_call(one.department)
        campaign.room -= 1
        calls.append(NewCall(uuid4(), one, campaign.version, reading.numbers[one.patient_id].e164, caller))
        moments.append(at)
    # Another attempt to the same number may have come to life since it was asked for: that one is not written.
    written = claiming.write_calls(session, calls, reading.now) if calls else set()
    held |= {call.candidate.contact_id: [Gate.ALREADY_ATTEMPTING] for call in calls if call.attempt_id not in written}
    _hold_all_back(session, held, reading.now)
    claimed = []
    for call, at in zip(calls, moments, strict=True):
        if call.attempt_id in written:
            campaign = campaigns[call.candidate.campaign_id]
            campaign.served_at = _after_all(campaigns, reading.now)
            claimed.append(_claimed(call, campaign.rules, at, reading.now))
    life.move_many(
        session,
        [call.candidate.contact_id for call in calls if call.attempt_id in written],
        ContactState.DUE,
        ContactState.ATTEMPTING,
        reading.now,
        attempts=1,
    )
    return claimed


def _after_all(campaigns: Mapping[UUID, _Campaign], now: datetime) -> datetime:
    """A moment at which no campaign was served yet: within one claim the order counts."""
    latest = max((one.served_at for one in campaigns.values() if one.served_at is not None), default=now)
    return max(now, latest + timedelta(microseconds=1))


def _claimed(call: NewCall, rules: ContactPolicy, at: datetime, now: datetime) -> Claimed:
    return Claimed(
        call.attempt_id,
        Channel.VOICE,
        Purpose.CALL,
        call.number,
        call.caller,
        rules.ring_seconds,
        call.candidate.invented,
        at,
        now,
    )


def _hold_all_back(session: Session, held: Mapping[UUID, list[Gate]], now: datetime) -> None:
    for contact in contacts.with_patients(session, list(held)) if held else ():
        _hold_back(session, contact, contact.patient, policy_of(contact), held[contact.id], now)
    session.flush()


def _hold_back(
    session: Session,
    contact: Contact,
    patient: Patient,
    rules: ContactPolicy,
    closed: list[Gate],
    now: datetime,
) -> None:
    """Keeps the reason and gives the contact the time at which the gate may open, or its end when it never will."""
    first = closed[0]
    if first is Gate.SUPPRESSED:
        life.move(session, contact, ContactState.INELIGIBLE, "suppressed", now)
        return
    if first is Gate.NO_NUMBER:
        life.move(session, contact, ContactState.NO_PHONE, "no_usable_number", now)
        return
    again: datetime | None
    if Gate.SPACING in closed or Gate.CAP_PER_DAY in closed or Gate.CAP_30_DAYS in closed:
        rings = attempts.rings_since(session, patient.id, now - CAP_WINDOW)
        wait = min(rings) + CAP_WINDOW if Gate.CAP_30_DAYS in closed else max(rings) + rules.attempts.spacing
        again = calling_hours.next_opening(rules, patient.department, max(wait, now + timedelta(minutes=1)))
    elif Gate.ANNOUNCEMENT_PENDING in closed and contact.announced_at is not None:
        again = calling_hours.next_working_day(rules, patient.department, contact.announced_at)
    elif Gate.UNKNOWN_TERRITORY in closed:
        again = now + timedelta(days=1)
    elif first in _FULL:
        again = calling_hours.next_opening(rules, patient.department, now + _LOOK_AGAIN)
    else:
        again = calling_hours.next_opening(rules, patient.department, now + timedelta(minutes=15))
    life.move(session, contact, ContactState.WAITING, contact.reason, now, again or now + timedelta(days=1))
    life.hold(contact, first, now)
