"""How far a campaign is, for whoever watches it go by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from outreach.database.repositories import adviser_calls, contacts, watching
from outreach.database.repositories.watching import Totals
from outreach.runtime import Session
from outreach.services import campaigns

__all__ = [
    "OutboundAttempt",
    "Totals",
    "advisers_calls",
    "busy",
    "called_at_their_wish",
    "heard",
    "idle_until",
    "outbound",
    "references",
    "states",
    "stuck",
    "totals",
    "with_request",
]


@dataclass(frozen=True, slots=True)
class OutboundAttempt:
    attempt_id: UUID
    carrier_id: str | None
    channel: str
    department: str
    reference: str
    disposition: str | None
    rang: bool


def totals(session: Session, name: str) -> Totals:
    """What was placed, rang, reached, verified, accepted so far. Raises UnknownCampaign."""
    return watching.totals(session, campaigns.get(session, name).id)


def states(session: Session, name: str) -> dict[str, int]:
    return contacts.states(session, campaigns.get(session, name).id)


def busy(session: Session) -> int:
    """How many attempts and contacts are under way."""
    return watching.busy(session)


def idle_until(session: Session, now: datetime) -> datetime | None:
    """When something is to be done next; None while something is under way, or when nothing is planned."""
    if watching.busy(session):
        return None
    planned = watching.next_event(session)
    return planned if planned is not None and planned > now else None


def stuck(session: Session, name: str) -> Sequence[str]:
    """The references of contacts that are neither settled nor waiting with a time."""
    return watching.stuck(session, campaigns.get(session, name).id)


def outbound(session: Session) -> list[OutboundAttempt]:
    return [OutboundAttempt(*row) for row in watching.outbound(session)]


def called_at_their_wish(session: Session) -> set[str]:
    """The carrier's ids of the calls that may break the spacing, for the person had asked for a time."""
    return set(watching.asked_to_be_called(session))


def advisers_calls(session: Session) -> set[str]:
    """The carrier's ids of the calls in which an adviser was rung, to call somebody."""
    return adviser_calls.carrier_ids(session)


def heard(session: Session) -> dict[str, list[str]]:
    """What was heard from people over each call, in order, by the carrier's id."""
    said: dict[str, list[str]] = {}
    for carrier_id, words in watching.heard(session):
        if carrier_id is not None:
            said.setdefault(carrier_id, []).append(words)
    return said


def references(session: Session) -> dict[str, str]:
    """Whom each call or SMS was with, by the carrier's id."""
    rows = watching.references(session)
    return {carrier_id: reference for carrier_id, reference in rows if carrier_id is not None}


def with_request(session: Session) -> set[str]:
    """The references of those for whom the desk has, or had, something to do."""
    return set(watching.with_request(session))
