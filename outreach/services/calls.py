"""What the telephone room asks about an attempt before it acts on a webhook."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from outreach.database.repositories import attempts, calls, people
from outreach.domain.dispositions import Disposition
from outreach.domain.machines import by_a_machine
from outreach.domain.words import AttemptStatus, Channel, Direction, NumberKind, Outcome, SuppressionScope
from outreach.runtime import Hasty, Session
from outreach.services import suppressions


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a call is just now."""

    attempt_id: UUID
    channel: Channel
    carrier_id: str | None
    caller: str
    ended: bool
    answered_by: str | None
    voicemail_left: bool
    conversation_id: UUID | None
    conversation_over: bool

    @property
    def is_a_machine(self) -> bool:
        return by_a_machine(self.answered_by)


def standing(session: Session, attempt_id: UUID) -> Standing | None:
    """None when the attempt is not known."""
    row = calls.standing(session, attempt_id)
    return _standing(row) if row is not None else None


def standing_taking(
    hasty: Hasty, attempt_id: UUID, conversation_id: UUID, carrier_id: str, key: str, now: datetime
) -> tuple[Standing, bool] | None:
    """Where a call stands, and whether its turn `key` is ours to relay: False when it was delivered before.

    One round trip, for somebody on the line is waiting. A turn of a conversation that is over is taken too, by nobody.
    """
    row = calls.standing_taking(hasty, attempt_id, conversation_id, carrier_id, key, now)
    return (_standing(row), row.taken) if row is not None else None


def _standing(row: Any) -> Standing:
    return Standing(
        attempt_id=row.id,
        channel=Channel(row.channel),
        carrier_id=row.carrier_id,
        caller=row.caller,
        ended=row.status == AttemptStatus.ENDED,
        answered_by=row.answered_by,
        voicemail_left=row.voicemail_left,
        conversation_id=row.conversation_id,
        # One that was cut short may still get the last words, told after the hang-up.
        conversation_over=row.conversation_ended_at is not None and row.outcome not in {None, Outcome.ABANDONED},
    )


def first_time(session: Session, key: str, attempt_id: UUID, kind: str, now: datetime) -> bool:
    """Keeps an event of the carrier; False when it was delivered before."""
    return attempts.first_time(session, key, attempt_id, kind, None, now)


def known(session: Session, carrier_ids: list[str]) -> set[str]:
    """Those of the carrier's ids that belong to attempts of ours."""
    return attempts.known_carrier_ids(session, carrier_ids)


def who_picked_up(session: Session, attempt_id: UUID, answered_by: str) -> None:
    """The carrier tells afterwards who had picked up: too late for a message, in time for the figures."""
    attempt = attempts.lock(session, attempt_id)
    # Whatever the detector believes, who called us or gave the right birth date is no machine.
    if attempt is None or attempt.direction == Direction.INBOUND:
        return
    if attempt.status != AttemptStatus.ENDED and not attempt.right_party:
        attempt.answered_by = attempt.answered_by or answered_by


def no_more_sms(session: Session, attempt_id: UUID, disposition: Disposition, now: datetime) -> None:
    """This number takes no SMS of ours: its holder told the carrier STOP, or it is no mobile. Calls go on."""
    attempt, patient = attempts.lock(session, attempt_id), calls.patient_of(session, attempt_id)
    if attempt is None or patient is None:
        return
    if disposition is Disposition.BLOCKED:
        suppressions.blocked_by_carrier(session, patient, attempt.number, now)
    else:
        suppressions.suppress(session, None, attempt.number, SuppressionScope.SMS, disposition, now)
        for number in people.numbers_of(session, patient.id):
            if number.e164 == attempt.number:
                number.kind = NumberKind.LANDLINE
