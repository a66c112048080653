"""Who would be contacted when, and who not and why: computed by the dialer's own gates, placing nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from outreach.database.models import Campaign, Contact
from outreach.database.repositories import contacts
from outreach.domain import gates
from outreach.domain.calling_hours import local
from outreach.domain.phones import masked
from outreach.domain.states import FINAL
from outreach.domain.territories import UnknownTerritory
from outreach.domain.words import ContactState, Gate
from outreach.runtime import Session
from outreach.services import campaigns, capacity
from outreach.services.attempts import policy_of, usable_number
from outreach.services.claims import call_facts
from outreach.settings import Settings

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class PreviewLine:
    reference: str
    state: str
    when: str | None
    number: str | None
    gates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """`counts` covers the whole campaign; `lines` the first contacts; `more` how many are not listed."""

    lines: list[PreviewLine]
    counts: dict[str, int]
    more: int


def preview(session: Session, name: str, at: datetime, settings: Settings, limit: int) -> Preview:
    """Looks at every contact of a campaign as the dialer would at a moment. Raises UnknownCampaign."""
    campaign = campaigns.get(session, name)
    full = capacity.closed_departments(session, at, settings)
    lines: list[PreviewLine] = []
    counts: Counter[str] = Counter()
    total = 0
    last = None
    while page := contacts.for_preview(session, campaign.id, last, _PAGE):
        for contact in page:
            line = _line(session, contact, at, full)
            counts[_summary(line)] += 1
            total += 1
            if len(lines) < limit:
                lines.append(line)
        last = page[-1].id
        session.expunge_all()
        campaign = campaigns.get(session, name)
    return Preview(lines, dict(counts.most_common()), total - len(lines))


def _summary(line: PreviewLine) -> str:
    if line.state not in {ContactState.WAITING, ContactState.DUE}:
        return line.state
    return f"held back: {line.gates[0]}" if line.gates else "would be contacted now"


def _line(session: Session, contact: Contact, at: datetime, full: Mapping[str, Gate]) -> PreviewLine:
    state = ContactState(contact.state)
    number = usable_number(contact.patient.numbers)
    closed: list[Gate] = []
    if state not in FINAL:
        contact.campaign = session.get_one(Campaign, contact.campaign_id)  # once a page: then the session knows it
        closed = gates.closed_gates(policy_of(contact), call_facts(session, contact, contact.patient, at, full))
    return PreviewLine(
        contact.patient.reference,
        state,
        _when(contact),
        masked(number.e164) if number is not None else None,
        tuple(gate.value for gate in closed),
    )


def _when(contact: Contact) -> str | None:
    if contact.next_attempt_at is None:
        return None
    try:
        return f"{local(contact.next_attempt_at, contact.patient.department):%a %d/%m %H:%M}"
    except UnknownTerritory:
        return None
