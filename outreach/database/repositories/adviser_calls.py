"""Queries on the calls that advisers ask for. A request is locked before its call, by everybody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from outreach.database.models import Account, AdviserCall, Attempt, Campaign, Contact
from outreach.domain.words import AdviserCallState, AttemptStatus, Channel, Direction, Purpose

_OVER = (AdviserCallState.ENDED, AdviserCallState.REFUSED)
_RUNG = (AdviserCallState.PLACING, AdviserCallState.RINGING)


def ask(
    session: Session,
    request_id: UUID,
    account: Account,
    patient_id: UUID,
    number: str,
    telephone: str,
    caller: str,
    now: datetime,
) -> UUID | None:
    """Writes a call as asked for; None when one of this request, or of this adviser, is under way."""
    return session.scalar(
        insert(AdviserCall)
        .values(
            id=uuid4(),
            request_id=request_id,
            account_id=account.id,
            patient_id=patient_id,
            number=number,
            telephone=telephone,
            caller=caller,
            asked_at=now,
            asked_wall=func.clock_timestamp(),
            heard_wall=func.clock_timestamp(),
        )
        .on_conflict_do_nothing()
        .returning(AdviserCall.id)
    )


def latest(session: Session, request_id: UUID) -> AdviserCall | None:
    return session.scalar(
        select(AdviserCall)
        .where(AdviserCall.request_id == request_id)
        .order_by(AdviserCall.asked_at.desc(), AdviserCall.asked_wall.desc())
        .limit(1)
    )


def asked(session: Session) -> Sequence[tuple[UUID, UUID]]:
    """Call and request of those that wait to be placed, not locked, the longest waiting first."""
    rows = session.execute(
        select(AdviserCall.id, AdviserCall.request_id)
        .where(AdviserCall.state == AdviserCallState.ASKED)
        .order_by(AdviserCall.asked_wall)
        .limit(50)
    )
    return [(row[0], row[1]) for row in rows]


def untaken(session: Session, request_id: UUID, account_id: UUID, seconds: float) -> Sequence[tuple[UUID, UUID]]:
    """Call and request of those that have waited for so many real seconds: of a request, or of an adviser."""
    rows = session.execute(
        select(AdviserCall.id, AdviserCall.request_id)
        .where(
            AdviserCall.state == AdviserCallState.ASKED,
            or_(AdviserCall.request_id == request_id, AdviserCall.account_id == account_id),
            func.clock_timestamp() - AdviserCall.asked_wall > timedelta(seconds=seconds),
        )
        .order_by(AdviserCall.request_id)
    )
    return [(row[0], row[1]) for row in rows]


def lock_asked(session: Session, call_id: UUID) -> tuple[AdviserCall, float] | None:
    """A call that still waits, and for how many real seconds; None when another process has it."""
    row = session.execute(
        select(AdviserCall, func.extract("epoch", func.clock_timestamp() - AdviserCall.asked_wall))
        .where(AdviserCall.id == call_id, AdviserCall.state == AdviserCallState.ASKED)
        .with_for_update(skip_locked=True, of=AdviserCall)
        .execution_options(populate_existing=True)
    ).first()
    return (row[0], float(row[1])) if row is not None else None


def request_of(session: Session, call_id: UUID) -> UUID | None:
    return session.scalar(select(AdviserCall.request_id).where(AdviserCall.id == call_id))


def lock(session: Session, call_id: UUID) -> AdviserCall:
    return session.scalars(
        select(AdviserCall)
        .where(AdviserCall.id == call_id)
        .with_for_update(of=AdviserCall)
        .execution_options(populate_existing=True)
    ).one()


def account_of(session: Session, account_id: UUID) -> Account | None:
    """As it is now, closed or not."""
    return session.scalar(select(Account).where(Account.id == account_id).execution_options(populate_existing=True))


def policy_of(session: Session, contact_id: UUID | None) -> dict[str, Any] | None:
    """The policy of the campaign from which somebody comes."""
    return session.scalar(
        select(Campaign.policy).join(Contact, Contact.campaign_id == Campaign.id).where(Contact.id == contact_id)
    )


def write_attempt(session: Session, call: AdviserCall, now: datetime) -> UUID | None:
    """The person's own call, as `placing`; None when their telephone has just got another one."""
    return session.scalar(
        insert(Attempt)
        .values(
            id=uuid4(),
            patient_id=call.patient_id,
            channel=Channel.VOICE,
            direction=Direction.OUTBOUND,
            purpose=Purpose.ADVISER_CALL,
            number=call.number,
            caller=call.caller,
            status=AttemptStatus.PLACING,
            claimed_at=now,
            claimed_wall=func.clock_timestamp(),
            heard_wall=func.clock_timestamp(),
        )
        .on_conflict_do_nothing()
        .returning(Attempt.id)
    )


def silent(session: Session, seconds: float, patience: float) -> Sequence[tuple[AdviserCall, float]]:
    """Those whose adviser is rung, unheard of for so many real seconds, or `patience` once the carrier has told its id;
    with that silence."""
    silence = func.extract("epoch", func.clock_timestamp() - AdviserCall.heard_wall)
    rows = session.execute(
        select(AdviserCall, silence)
        .where(
            AdviserCall.state.in_(_RUNG),
            silence > seconds,
            AdviserCall.carrier_id.is_(None) | (silence >= patience),
        )
        .limit(100)
    )
    return [(row[0], float(row[1])) for row in rows]


def to_settle(session: Session) -> Sequence[UUID]:
    """Those whose person's call is over, and which nobody has ended."""
    return session.scalars(
        select(AdviserCall.id)
        .join(Attempt, Attempt.id == AdviserCall.attempt_id)
        .where(AdviserCall.state == AdviserCallState.CALLING, Attempt.status == AttemptStatus.ENDED)
    ).all()


def known_carrier_ids(session: Session, carrier_ids: Sequence[str]) -> set[str]:
    rows = session.scalars(select(AdviserCall.carrier_id).where(AdviserCall.carrier_id.in_(carrier_ids)))
    return {carrier_id for carrier_id in rows if carrier_id is not None}


def carrier_ids(session: Session) -> set[str]:
    """Of every adviser's call."""
    return {one for one in session.scalars(select(AdviserCall.carrier_id)) if one is not None}


def is_over(call: AdviserCall) -> bool:
    return call.state in _OVER
