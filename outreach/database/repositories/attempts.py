"""Queries on attempts, on what the carrier told, and on the pace."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, String, Uuid, bindparam, case, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from outreach.database.models import Attempt, CarrierEvent, Conversation, Pace, Turn
from outreach.domain.dispositions import MISSES, Disposition
from outreach.domain.pace import between_two
from outreach.domain.words import AttemptStatus, Channel, Direction, Purpose, Speaker

_NEVER_ARRIVED = (
    Disposition.SMS_UNDELIVERED,
    Disposition.SMS_NOT_A_MOBILE,
    Disposition.BLOCKED,
    Disposition.INVALID_NUMBER,
    Disposition.CARRIER_ERROR,
    Disposition.NEVER_PLACED,
    Disposition.UNREACHABLE,
)


def lock(session: Session, attempt_id: UUID) -> Attempt | None:
    return session.scalar(
        select(Attempt)
        .where(Attempt.id == attempt_id)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    )


def lock_number(session: Session, number: str) -> None:
    """One inbound call or SMS of a number at a time: two that arrive together open one conversation, not two."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(number, 0))))


def calls_with(session: Session, patient_id: UUID | None, number: str) -> Sequence[Attempt]:
    """The calls under way with a person or with a number, in either direction."""
    return session.scalars(
        select(Attempt).where(
            Attempt.channel == Channel.VOICE,
            Attempt.status != AttemptStatus.ENDED,
            or_(Attempt.number == number, Attempt.patient_id == patient_id),
        )
    ).all()


def on_another_call(session: Session, contact_id: UUID) -> bool:
    """Whether a call of this contact is under way, such as the one that they make while ours rings in vain."""
    open_call = exists().where(
        Attempt.contact_id == contact_id,
        Attempt.channel == Channel.VOICE,
        Attempt.status != AttemptStatus.ENDED,
    )
    return bool(session.scalar(select(open_call)))


_RECORD = text(
    """
    update attempts set
        carrier_id = coalesce(attempts.carrier_id, told.carrier_id), placed_at = coalesce(placed_at, :now),
        heard_wall = clock_timestamp(), status = case when status = 'placing' then 'placed' else status end
    from unnest(:ids, :carrier_ids) as told (id, carrier_id)
    where attempts.id = told.id
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid())),
    bindparam("carrier_ids", type_=ARRAY(String())),
    bindparam("now", type_=DateTime(timezone=True)),
)


def record_placed(session: Session, carrier_ids: Mapping[UUID, str], now: datetime) -> None:
    """Records the carrier's ids; a callback may have told one first. The transaction does not wait for the disk: what a
    power cut takes away, the reconciler finds again at the carrier."""
    session.execute(text("set local synchronous_commit to off"))
    session.execute(_RECORD, {"ids": list(carrier_ids), "carrier_ids": list(carrier_ids.values()), "now": now})


def by_carrier_id(session: Session, carrier_id: str) -> Attempt | None:
    return session.scalar(select(Attempt).where(Attempt.carrier_id == carrier_id))


def known_carrier_ids(session: Session, carrier_ids: Iterable[str]) -> set[str]:
    rows = session.scalars(select(Attempt.carrier_id).where(Attempt.carrier_id.in_(list(carrier_ids))))
    return {carrier_id for carrier_id in rows if carrier_id is not None}


def rings_since(session: Session, patient_id: UUID, since: datetime) -> list[datetime]:
    """When the person's telephones rang for us, over all numbers, channels and campaigns."""
    rows = session.scalars(
        select(Attempt.rang_at).where(
            Attempt.patient_id == patient_id,
            Attempt.rang,
            Attempt.direction == Direction.OUTBOUND,
            Attempt.rang_at > since,
        )
    )
    return [at for at in rows if at is not None]


def misses(session: Session, contact_id: UUID) -> int:
    """How many calls of this contact rang and met nobody."""
    return (
        session.scalar(
            select(func.count()).where(
                Attempt.contact_id == contact_id,
                # Somebody who calls us and hangs up before we pick up was not missed by us.
                Attempt.direction == Direction.OUTBOUND,
                Attempt.disposition.in_([d.value for d in MISSES]),
            )
        )
        or 0
    )


def such_ends(
    session: Session, contact_id: UUID, number: str, disposition: Disposition, but_for: UUID | None = None
) -> int:
    """How many calls of this contact to a number ended in this way, one of them left out."""
    query = select(func.count()).where(
        Attempt.contact_id == contact_id,
        Attempt.purpose == Purpose.CALL,
        Attempt.number == number,
        Attempt.disposition == disposition,
    )
    if but_for is not None:
        query = query.where(Attempt.id != but_for)
    return session.scalar(query) or 0


def unanswered_sms(session: Session, patient_id: UUID) -> int:
    """How many SMS we sent first, over all campaigns, since the person last answered.

    They answer by writing, by calling us, or by being the right person on the line. What never left, or never
    arrived, went unread rather than unanswered; a receipt answers what the person asked for.
    """
    answered = (
        select(func.max(Turn.at))
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .join(Attempt, Attempt.id == Conversation.attempt_id)
        .where(
            Conversation.patient_id == patient_id,
            Turn.speaker == Speaker.PATIENT,
            or_(
                Conversation.channel == Channel.SMS,
                Attempt.direction == Direction.INBOUND,
                Attempt.right_party,
            ),
        )
        .scalar_subquery()
    )
    query = select(func.count()).where(
        Attempt.patient_id == patient_id,
        Attempt.purpose.in_((Purpose.ANNOUNCEMENT, Purpose.INVITATION)),
        or_(Attempt.disposition.is_(None), Attempt.disposition.not_in(_NEVER_ARRIVED)),
        or_(answered.is_(None), Attempt.claimed_at > answered),
    )
    return session.scalar(query) or 0


def take_pace(session: Session, sender: str, now: datetime, per_second: float) -> bool:
    """Reserves the sender's next moment, over all dialers; False when it is not due yet."""
    session.execute(insert(Pace).values(sender=sender, next_at=now).on_conflict_do_nothing())
    pace = session.scalars(
        select(Pace).where(Pace.sender == sender).with_for_update().execution_options(populate_existing=True)
    ).one()
    if pace.next_at > now:
        return False
    pace.next_at = now + between_two(per_second)
    return True


def used_just_now(session: Session, senders: Sequence[str], now: datetime) -> set[str]:
    """The senders that must still wait for their next moment."""
    return set(session.scalars(select(Pace.sender).where(Pace.sender.in_(senders), Pace.next_at > now)))


def first_time(
    session: Session, key: str, attempt_id: UUID | None, kind: str, status: str | None, at: datetime
) -> bool:
    """Keeps one event of the carrier; False when it was told before."""
    added = session.execute(
        insert(CarrierEvent)
        .values(key=key, attempt_id=attempt_id, kind=kind, status=status, at=at)
        .on_conflict_do_nothing(index_elements=[CarrierEvent.key])
        .returning(CarrierEvent.id)
    )
    return added.first() is not None


def announcements(session: Session, contact_id: UUID) -> int:
    """How many SMS were to announce the first call of this contact."""
    return (
        session.scalar(
            select(func.count()).where(
                Attempt.contact_id == contact_id,
                Attempt.purpose == Purpose.ANNOUNCEMENT,
                Attempt.disposition.is_distinct_from(Disposition.NEVER_PLACED.value),
            )
        )
        or 0
    )


def unheard_of(
    session: Session, seconds: float, limit: int, patience: Mapping[Channel, float]
) -> Sequence[tuple[Attempt, float]]:
    """Open attempts of which nothing was heard for this many real seconds, with that silence in seconds.

    `patience`: the same for those that the carrier is known to have, by channel.
    """
    silence = func.extract("epoch", func.clock_timestamp() - Attempt.heard_wall)
    rows = session.execute(
        select(Attempt, silence)
        .where(
            Attempt.status != AttemptStatus.ENDED,
            silence > seconds,
            or_(Attempt.carrier_id.is_(None), silence >= case(dict(patience), value=Attempt.channel, else_=seconds)),
            # Played in a terminal: no carrier knows of it.
            or_(Attempt.carrier_id.is_(None), ~Attempt.carrier_id.startswith("terminal-")),
        )
        .order_by(Attempt.heard_wall)
        .limit(limit)
    )
    return [(row[0], float(row[1])) for row in rows]


def take_given_up(session: Session, kind: str, seconds: float) -> Sequence[tuple[Attempt, float]]:
    """Attempts with an event of this kind of which the carrier told no id; the event is marked: each comes once."""
    silence = func.extract("epoch", func.clock_timestamp() - Attempt.heard_wall)
    due = session.execute(
        select(CarrierEvent, Attempt, silence)
        .join(Attempt, Attempt.id == CarrierEvent.attempt_id)
        .where(
            CarrierEvent.kind == kind,
            CarrierEvent.status.is_(None),
            Attempt.carrier_id.is_(None),
            silence > seconds,
        )
        .limit(200)
        .with_for_update(of=CarrierEvent, skip_locked=True)
    ).all()
    for event, _, _ in due:
        event.status = "looked_again"
    return [(row[1], float(row[2])) for row in due]


def sms_already_made(session: Session, contact_id: UUID, purpose: Purpose) -> bool:
    """Whether an SMS of this kind left for this contact, or is about to."""
    never_left = (Disposition.NEVER_PLACED, Disposition.CARRIER_ERROR)
    return bool(
        session.scalar(
            select(
                exists().where(
                    Attempt.contact_id == contact_id,
                    Attempt.purpose == purpose,
                    or_(Attempt.disposition.is_(None), Attempt.disposition.not_in(never_left)),
                )
            )
        )
    )
