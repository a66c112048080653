"""Queries on what advisers and volunteers can absorb, and on the calls that may bring them more."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CompoundSelect,
    Date,
    Integer,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from outreach.database.models import Account, Attempt, Contact, Conversation, Patient, Request, Volunteer
from outreach.database.repositories.claiming import is_
from outreach.database.repositories.requests_of import OPEN
from outreach.domain.words import (
    AttemptStatus,
    Channel,
    ContactState,
    Direction,
    Outcome,
    Purpose,
    RequestKind,
    RequestStatus,
    Role,
)

TEAM, REQUESTS, CALLS, PLACES = "team", "requests", "calls", "places"

_BRING_A_REQUEST = (Outcome.ACCEPTED, Outcome.HUMAN_REQUESTED, Outcome.EMERGENCY, Outcome.IDENTITY_FAILED)


def counts(session: Session, places_until: date) -> list[tuple[str, str, int, int]]:
    """In one statement, rows of four kinds: what, which department or departments (JSON), and two counts.

    TEAM: advisers. REQUESTS: open ones, and those that wait for a volunteer's place. CALLS under way: not yet
    answered, and answered. PLACES: those left to volunteers who begin by `places_until` and go on after it; only where
    one is recorded.
    """
    rows = session.execute(_counts(), {"places_until": places_until})
    return [(row[0], row[1], row[2], row[3]) for row in rows]


@cache
def _counts() -> CompoundSelect[Any]:
    """Made once: it is asked at every claim."""
    zero = literal(0, Integer)
    teams = (
        select(literal(TEAM, Text).label("what"), cast(Account.departments, String).label("where"), func.count(), zero)
        .where(Account.role == Role.ADVISER, Account.disabled_at.is_(None))
        .group_by(Account.departments)
    )
    wants_a_place = and_(
        Request.kind == RequestKind.MATCHING, Request.status.in_((RequestStatus.NEW, RequestStatus.CLAIMED))
    )
    requests = (
        select(literal(REQUESTS, Text), Request.department, func.count(), func.count().filter(wants_a_place))
        .where(Request.status.in_(OPEN))
        .group_by(Request.department)
    )
    # Each call's person is looked up: joined, with many calls under way, all patients would be read.
    department = select(Patient.department).where(Patient.id == Attempt.patient_id).correlate(Attempt).scalar_subquery()
    under_way = (
        select(department.label("department"), Attempt.answered_at.is_not(None).label("answered"))
        .where(Attempt.status != AttemptStatus.ENDED, Attempt.channel == Channel.VOICE, Attempt.patient_id.is_not(None))
        .subquery()
    )
    answered = under_way.c.answered
    calls = select(
        literal(CALLS, Text), under_way.c.department, func.count().filter(~answered), func.count().filter(answered)
    ).group_by(under_way.c.department)
    until = bindparam("places_until", type_=Date)
    begins = and_(
        or_(Volunteer.available_from.is_(None), Volunteer.available_from <= until),
        or_(Volunteer.stops_on.is_(None), Volunteer.stops_on > until),
        Volunteer.left_on.is_(None),
    )
    left = case((begins, Volunteer.capacity - Volunteer.held - Volunteer.taken), else_=0)
    places = (
        select(literal(PLACES, Text), Volunteer.department, cast(func.sum(left), Integer), zero)
        .where(Volunteer.department.is_not(None))
        .group_by(Volunteer.department)
    )
    return union_all(teams, requests, calls, places)


def last_calls(session: Session, limit: int) -> tuple[int, int, int]:
    """Of the last calls that ended, over all campaigns: how many, and how many were answered and brought a request."""
    last = (
        select(Attempt.id, Attempt.answered_at)
        .where(
            is_(Attempt.status, AttemptStatus.ENDED),
            is_(Attempt.purpose, Purpose.CALL),
            is_(Attempt.direction, Direction.OUTBOUND),
        )
        .order_by(Attempt.ended_at.desc())
        .limit(limit)
        .subquery()
    )
    # Of these few alone: asked of all that ended, the planner reads every conversation first.
    brought = exists().where(Conversation.attempt_id == last.c.id, Conversation.outcome.in_(_BRING_A_REQUEST))
    answered = last.c.answered_at.is_not(None)
    row = session.execute(
        select(func.count(), func.count().filter(answered), func.count().filter(brought)).select_from(last)
    ).one()
    return row[0], row[1], row[2]


def departments_that_wait(session: Session, campaign_id: UUID, among: Sequence[str]) -> set[str]:
    """In which of some departments a campaign still has somebody to call: each looked through as far as the first."""
    asked = func.unnest(literal(list(among), ARRAY(String()))).column_valued("department")
    first = (
        select(Patient.id)
        .join(Contact, Contact.patient_id == Patient.id)
        .where(
            Patient.department == asked,
            Contact.campaign_id == campaign_id,
            or_(is_(Contact.state, ContactState.WAITING), is_(Contact.state, ContactState.DUE)),
        )
        .limit(1)
        .lateral()
    )
    return set(session.scalars(select(asked).join(first, true())))
