"""The figures' queries, computed from flags, never from lists of codes (DESIGN §4)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, distinct, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from outreach.database.models import (
    Attempt,
    Consent,
    Contact,
    Conversation,
    Offer,
    Patient,
    PhoneNumber,
    Request,
    Turn,
)
from outreach.domain.territories import OVERSEAS_ZONES
from outreach.domain.words import (
    Channel,
    ConsentKind,
    ConsentState,
    ContactState,
    Direction,
    Gate,
    Identity,
    OfferStatus,
    Outcome,
    Purpose,
    Speaker,
)

_REFUSALS = (Outcome.REFUSED, Outcome.OPTED_OUT)
_LOCAL = func.timezone(case(OVERSEAS_ZONES, value=Patient.department, else_="Europe/Paris"), Attempt.placed_at)
_HALF_HOUR = func.date_bin(func.make_interval(0, 0, 0, 0, 0, 30), _LOCAL, func.date_trunc("day", _LOCAL))


def _group_of(by: str) -> ColumnElement[Any]:
    groups: dict[str, ColumnElement[Any]] = {
        "hour": func.to_char(_HALF_HOUR, "HH24:MI"),
        "day": func.to_char(_LOCAL, "YYYY-MM-DD"),
        "department": func.coalesce(Patient.department),
        "channel": func.coalesce(Attempt.channel),
    }
    return groups[by]


def _attempts(campaign_id: UUID, by: str) -> Select[Any]:
    """One row an attempt placed: its group, its person, its flags, how its conversation ended."""
    calls_and_exchanges = or_(Attempt.purpose == Purpose.CALL, Attempt.direction == Direction.INBOUND)
    base = (
        select(
            Attempt.patient_id,
            Attempt.rang,
            Attempt.human_answered,
            Attempt.right_party,
            (Conversation.outcome == Outcome.ACCEPTED).label("accepted"),
            Conversation.outcome.in_(_REFUSALS).label("refused"),
        )
        .join(Patient, Patient.id == Attempt.patient_id)
        .outerjoin(Conversation, Conversation.attempt_id == Attempt.id)
        .where(Attempt.campaign_id == campaign_id, Attempt.placed_at.is_not(None), calls_and_exchanges)
    )
    if by == "attempt":
        number = func.row_number().over(partition_by=Attempt.contact_id, order_by=(Attempt.placed_at, Attempt.id))
        return base.add_columns(func.to_char(number, "FM00").label("label")).where(Attempt.purpose == Purpose.CALL)
    if by != "channel":
        base = base.where(Attempt.channel == Channel.VOICE, Attempt.direction == Direction.OUTBOUND)
    return base.add_columns(_group_of(by).label("label"))


def rates(session: Session, campaign_id: UUID, by: str) -> Sequence[Row[Any]]:
    """A row a group, and one more with the label None for the whole: counts, then distinct people, by column."""
    rows = _attempts(campaign_id, by).subquery()
    flags = {
        "placed": rows.c.patient_id.is_not(None),
        "rang": rows.c.rang,
        "human_answered": rows.c.human_answered,
        "right_party": rows.c.right_party,
        "accepted": rows.c.accepted,
        "refused": rows.c.refused,
    }
    columns = [func.count().filter(flag).label(name) for name, flag in flags.items()]
    columns += [
        func.count(distinct(rows.c.patient_id)).filter(flag).label(f"{name}_people") for name, flag in flags.items()
    ]
    return session.execute(
        select(rows.c.label, *columns).group_by(func.grouping_sets(rows.c.label, tuple_())).order_by(rows.c.label)
    ).all()


def questions(session: Session, campaign_id: UUID) -> Sequence[Row[Any]]:
    """A row a question: how many conversations heard it, answered it, ended there."""
    asked = (
        select(
            Turn.conversation_id,
            Turn.asks,
            Turn.position,
            Conversation.patient_id,
            Conversation.outcome,
            func.max(Turn.position).over(partition_by=Turn.conversation_id).label("last"),
        )
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Contact.campaign_id == campaign_id, Turn.speaker == Speaker.AGENT, Turn.asks.is_not(None))
        .subquery()
    )
    once = (
        select(
            asked.c.asks,
            asked.c.patient_id,
            func.bool_or(and_(asked.c.position == asked.c.last, asked.c.outcome == Outcome.ABANDONED)).label("left"),
        )
        .group_by(asked.c.conversation_id, asked.c.asks, asked.c.patient_id)
        .subquery()
    )
    # A conversation still under way has no outcome, and has not been left.
    left = func.coalesce(once.c.left, false())
    people = func.count(distinct(once.c.patient_id))
    return session.execute(
        select(
            once.c.asks,
            func.count().label("heard"),
            func.count().filter(~left).label("answered"),
            func.count().filter(left).label("left"),
            people.label("heard_people"),
            people.filter(~left).label("answered_people"),
            people.filter(left).label("left_people"),
        )
        .group_by(once.c.asks)
        .order_by(once.c.asks)
    ).all()


def funnel(session: Session, campaign_id: UUID) -> dict[str, int]:
    """How many people of a campaign came how far; each step counts people, once."""
    contact = Contact.campaign_id == campaign_id
    mine = Contact.patient_id
    eligible = Contact.state != ContactState.INELIGIBLE
    telephone = exists().where(PhoneNumber.patient_id == mine)
    call = and_(Attempt.contact_id == Contact.id, Attempt.purpose == Purpose.CALL)
    anyhow = Attempt.contact_id == Contact.id
    verified = exists().where(Conversation.contact_id == Contact.id, Conversation.identity == Identity.VERIFIED)
    # By the conversation: somebody may have agreed in another campaign.
    consented = exists().where(
        Consent.conversation_id == Conversation.id,
        Conversation.contact_id == Contact.id,
        Consent.kind == ConsentKind.ASSISTANCE,
        Consent.state == ConsentState.GIVEN,
    )
    handed = exists().where(Request.contact_id == Contact.id, Request.kind == "matching")
    offered = exists().where(Offer.request_id == Request.id, Request.contact_id == Contact.id)
    matched = exists().where(
        Offer.request_id == Request.id, Request.contact_id == Contact.id, Offer.status == OfferStatus.ACCEPTED
    )
    declared = exists().where(Request.contact_id == Contact.id, Request.result == "declared")
    steps: dict[str, ColumnElement[bool]] = {
        "eligible": eligible,
        "no_phone": and_(eligible, ~telephone),
        "with_telephone": and_(eligible, telephone),
        "attempted": and_(eligible, exists().where(call, Attempt.placed_at.is_not(None))),
        "rang": and_(eligible, exists().where(call, Attempt.rang)),
        "reached": and_(eligible, exists().where(anyhow, Attempt.right_party)),
        "verified": and_(eligible, verified),
        "consented": and_(eligible, consented),
        "handed_over": and_(eligible, handed),
        "offered": and_(eligible, offered),
        "matched": and_(eligible, matched),
        "declared": and_(eligible, declared),
    }
    row = session.execute(
        select(func.count().label("all"), *(func.count().filter(step).label(name) for name, step in steps.items()))
        .select_from(Contact)
        .where(contact)
    ).one()
    return dict(row._mapping)


def held(session: Session, campaign_id: UUID) -> Sequence[tuple[str, int]]:
    """What holds contacts back, by gate."""
    rows = session.execute(
        select(Contact.held_by, func.count())
        .where(Contact.campaign_id == campaign_id, Contact.held_by.is_not(None))
        .group_by(Contact.held_by)
        .order_by(func.count().desc())
    )
    return [(str(gate), count) for gate, count in rows]


def held_by_capacity(session: Session, campaign_id: UUID) -> Sequence[tuple[str, str, int]]:
    """The contacts that a full department holds back, by gate and department."""
    rows = session.execute(
        select(Contact.held_by, Patient.department, func.count())
        .join(Patient, Patient.id == Contact.patient_id)
        .where(Contact.campaign_id == campaign_id, Contact.held_by.in_((Gate.ADVISERS_FULL, Gate.VOLUNTEERS_FULL)))
        .group_by(Contact.held_by, Patient.department)
    )
    return [(str(gate), department, count) for gate, department, count in rows]


def recent_attempts(session: Session, campaign_id: UUID, limit: int) -> Sequence[Row[Attempt, str]]:
    return session.execute(
        select(Attempt, Patient.department)
        .join(Patient, Patient.id == Attempt.patient_id)
        .where(Attempt.campaign_id == campaign_id)
        .order_by(Attempt.claimed_at.desc())
        .limit(limit)
    ).all()
