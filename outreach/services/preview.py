"""Who would be contacted when, and who not and why: computed by the dialer's own gates, placing nothing."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from outreach.database.models import Campaign
from outreach.database.repositories import preview as queries
from outreach.database.repositories.preview import Looked
from outreach.domain import gates, policy
from outreach.domain.calling_hours import local
from outreach.domain.gates import CallFacts
from outreach.domain.phones import masked
from outreach.domain.policy import ContactPolicy
from outreach.domain.territories import UnknownTerritory
from outreach.domain.words import CampaignStatus, Channel, ContactState, Gate
from outreach.runtime import Session
from outreach.services import campaigns, capacity, facts
from outreach.settings import Settings

_PAGE = 1000
_TO_BE_CALLED = frozenset({ContactState.WAITING, ContactState.DUE})

CALLED_NOW = "would be called now"
ANNOUNCED_NOW = "would be announced by SMS now"


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One contact. `what` becomes of it at that moment; `when` it would be called, on the patient's own clock."""

    reference: str
    state: str
    what: str
    when: datetime | None
    number: str | None
    gates: tuple[str, ...]


@dataclass(slots=True)
class Preview:
    """`counts`: every contact once, by what becomes of it. `gates`: by each gate that is closed for them, all of them.
    `days`: by the local day of their next call. `as_if_started`: the campaign is a draft, shown as it would go.
    `is_sample`: there are more than the `looked_at`.
    """

    as_if_started: bool
    looked_at: int = 0
    is_sample: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    gates: Counter[str] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)


def preview(
    session: Session,
    name: str,
    at: datetime,
    settings: Settings,
    each: Callable[[PreviewLine], None] | None = None,
    most: int | None = None,
) -> Preview:
    """Looks at every contact of a campaign as the dialer would at a moment, in bounded memory.

    Must be the first act of its transaction, which can change nothing after it. `each` is told every contact.
    `most`: no more are looked at than so many, a sample at random: contacts are taken in the order of their ids, which
    are drawn by lot. Raises UnknownCampaign.
    """
    queries.only_look(session)
    campaign = campaigns.get(session, name)
    shown = Preview(campaign.status == CampaignStatus.DRAFT)
    rules = policy.from_document(campaign.policy)
    for contact, known in every_facts(session, campaign, rules, at, settings, to_be_called_alone=each is None):
        line = _line(contact, rules, known)
        shown.counts[line.what] += 1
        shown.gates.update(line.gates)
        if line.when is not None:
            shown.days[line.when.date()] += 1
        if each is not None:
            each(line)
        shown.looked_at += 1
        if shown.looked_at == most:
            shown.is_sample = queries.goes_on(session, campaign.id, contact.candidate.contact_id)
            break
    return shown


def every_facts(
    session: Session,
    campaign: Campaign,
    rules: ContactPolicy,
    at: datetime,
    settings: Settings,
    *,
    to_be_called_alone: bool = False,
) -> Iterator[tuple[Looked, CallFacts | None]]:
    """Every contact with what the gates ask of it: what a claim would read, by pages.

    `to_be_called_alone`: it isn't read, and is None, of those who are not to be called any more.
    """
    campaign_id, running = campaign.id, campaign.status in {CampaignStatus.RUNNING, CampaignStatus.DRAFT}
    full = capacity.closed_departments(session, at, settings)
    last = None
    while page := queries.page(session, campaign_id, last, _PAGE):
        last = page[-1].candidate.contact_id
        candidates = [one.candidate for one in page if not to_be_called_alone or one.state in _TO_BE_CALLED]
        reading = facts.read(session, candidates, at, full.get)
        not_texted, not_texted_numbers = facts.suppressed(session, candidates, reading.numbers, Channel.SMS)
        known: dict[UUID, CallFacts] = {}
        for one in candidates:
            read = reading.facts(one, rules, running=running)
            known[one.contact_id] = replace(
                read,
                rang_at=[rang for rang in read.rang_at if rang <= at],
                # Who may not be texted counts as announced, and is called.
                needs_announcement=read.needs_announcement
                and one.reference not in not_texted
                and read.number not in not_texted_numbers,
            )
        for looked in page:
            yield looked, known.get(looked.candidate.contact_id)


def _line(contact: Looked, rules: ContactPolicy, facts: CallFacts | None) -> PreviewLine:
    state, reference = ContactState(contact.state), contact.candidate.reference
    number = masked(facts.number) if facts is not None and facts.number is not None else None
    if facts is None or state not in _TO_BE_CALLED:
        what = f"{state}: {contact.reason}" if contact.reason else state.value
        return PreviewLine(reference, state, what, None, number, ())
    closed = gates.closed_gates(rules, facts)
    return PreviewLine(
        reference,
        state,
        _what(facts, closed),
        _on_their_clock(gates.opens_at(rules, facts), facts.department),
        number,
        tuple(gate.value for gate in closed),
    )


def _what(facts: CallFacts, closed: Sequence[Gate]) -> str:
    if not closed:
        return CALLED_NOW
    if Gate.ANNOUNCEMENT_PENDING in closed and facts.announced_at is None and len(closed) == 1:
        return ANNOUNCED_NOW
    return f"held back: {closed[0]}"


def _on_their_clock(at: datetime | None, department: str) -> datetime | None:
    try:
        return local(at, department) if at is not None else None
    except UnknownTerritory:
        return None
