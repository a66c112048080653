"""What the gates ask of contacts, read for many of them by a handful of statements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from outreach.database.models import Contact, Patient
from outreach.database.repositories import claiming
from outreach.database.repositories.claiming import Candidate, Usable
from outreach.domain.gates import CAP_WINDOW, CallFacts
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import Channel, Gate, SuppressionScope
from outreach.runtime import Session
from outreach.services.attempts import callback_of, needs_announcement


def candidate_of(contact: Contact, patient: Patient) -> Candidate:
    return Candidate(
        contact.id,
        contact.campaign_id,
        patient.id,
        patient.reference,
        patient.department,
        patient.objected,
        patient.invented,
        contact.next_attempt_at,
        contact.callback_from,
        contact.callback_to,
        contact.announced_at,
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """What one transaction read about its candidates; `facts` puts together what the gates ask of one of them."""

    now: datetime
    lead: timedelta
    numbers: Mapping[UUID, Usable]
    rings: Mapping[UUID, Sequence[datetime]]
    suppressed: tuple[set[str], set[str]]
    """References, and numbers."""
    busy: tuple[set[UUID], set[str]]
    """Persons, and numbers, with a call under way."""
    full: Callable[[str], Gate | None]
    """What a department's capacity closes, asked each time: the calls of a claim take room."""

    def facts(self, one: Candidate, rules: ContactPolicy, *, running: bool) -> CallFacts:
        number = self.numbers.get(one.patient_id)
        e164 = number.e164 if number is not None else None
        return CallFacts(
            now=self.now,
            department=one.department,
            campaign_running=running,
            suppressed=one.objected or one.reference in self.suppressed[0] or e164 in self.suppressed[1],
            number=e164,
            rang_at=self.rings.get(one.patient_id, []),
            open_attempt=one.patient_id in self.busy[0] or e164 in self.busy[1],
            not_before=one.next_attempt_at,
            callback=callback_of(one),
            announced_at=one.announced_at,
            needs_announcement=needs_announcement(rules, one, number),
            full=self.full(one.department),
            lead=self.lead,
        )

    def is_called(self, one: Candidate) -> None:
        """Nobody else of this claim calls the person, or the telephone."""
        self.busy[0].add(one.patient_id)
        self.busy[1].add(self.numbers[one.patient_id].e164)


def read(
    session: Session,
    candidates: Sequence[Candidate],
    now: datetime,
    full: Callable[[str], Gate | None],
    lead: timedelta = timedelta(0),
) -> Reading:
    """Reads everything that the gates ask about these candidates, in this transaction.

    `full`: what a department's capacity closes. `lead`: how long it may take until the telephone rings.
    """
    patients = [one.patient_id for one in candidates]
    numbers = claiming.usable_numbers(session, patients)
    return Reading(
        now=now,
        lead=lead,
        numbers=numbers,
        rings=claiming.rings(session, patients, now - CAP_WINDOW),
        suppressed=suppressed(session, candidates, numbers, Channel.VOICE),
        busy=claiming.open_calls(session, patients, _e164s(numbers)),
        full=full,
    )


def suppressed(
    session: Session, candidates: Sequence[Candidate], numbers: Mapping[UUID, Usable], channel: Channel
) -> tuple[set[str], set[str]]:
    """The references and the numbers, among these, that must not be contacted over a channel."""
    return claiming.suppressed(
        session,
        [one.reference for one in candidates],
        _e164s(numbers),
        [SuppressionScope.PERSON.value, channel.value],
    )


def _e164s(numbers: Mapping[UUID, Usable]) -> list[str]:
    return sorted({number.e164 for number in numbers.values()})
