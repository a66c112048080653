"""The figures: one definition for the page, the API and the command (DOMAIN §6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from outreach.database.repositories import contacts, figures
from outreach.domain.phones import masked
from outreach.domain.rates import (
    COLUMNS,
    QUESTION_COLUMNS,
    QUESTION_PARTS,
    QUESTION_RATES,
    Group,
    RatesTable,
    hidden_cells,
    table,
)
from outreach.domain.words import ContactState
from outreach.errors import BadInput
from outreach.runtime import Session
from outreach.services import campaigns

BREAKDOWNS = ("attempt", "hour", "day", "department", "channel", "question")

_FUNNEL_LABELS = {
    "eligible": "éligibles",
    "no_phone": "dont sans téléphone",
    "with_telephone": "avec un téléphone",
    "attempted": "appelées",
    "rang": "dont le téléphone a sonné",
    "reached": "jointes en personne",
    "verified": "identité vérifiée",
    "consented": "ont accepté l’aide",
    "handed_over": "transmises aux conseillers",
    "offered": "proposées à un médecin",
    "matched": "médecin trouvé",
    "declared": "médecin déclaré",
}


@dataclass(frozen=True, slots=True)
class Board:
    """How many people came how far and stand where; None is a cell too small to be shown."""

    funnel: list[tuple[str, str, int | None]]
    states: dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Held:
    """How many people each gate holds, and by department those of capacity; None is a cell too small to be shown."""

    gates: list[tuple[str, int | None]]
    departments: dict[tuple[str, str], int | None]

    def people(self, department: str, gate: str) -> int | None:
        return self.departments.get((department, gate), 0)


@dataclass(frozen=True, slots=True)
class RecentAttempt:
    at: datetime
    channel: str
    number: str
    department: str
    disposition: str | None


def funnel(session: Session, name: str) -> list[tuple[str, str, int]]:
    """The steps of a campaign, each with its French label and how many people came there, unmasked.

    Raises UnknownCampaign.
    """
    counts = figures.funnel(session, campaigns.get(session, name).id)
    return [(step, label, counts[step]) for step, label in _FUNNEL_LABELS.items()]


def rates(session: Session, name: str, by: str) -> RatesTable:
    """The rates of a campaign, broken down, small cells masked. Raises UnknownCampaign or BadInput."""
    if by not in BREAKDOWNS:
        raise BadInput(f"rates are broken down by {', '.join(BREAKDOWNS)}, not by {by!r}")
    campaign = campaigns.get(session, name)
    if by == "question":
        return _by_question(session, name)
    groups, people = [], dict.fromkeys(COLUMNS, 0)
    for row in figures.rates(session, campaign.id, by):
        values = row._mapping
        of_people = {column: values[f"{column}_people"] for column in COLUMNS}
        if values["label"] is None:
            people = of_people
        else:
            groups.append(Group(values["label"], {column: values[column] for column in COLUMNS}, of_people))
    return table(by, groups, people)


def _by_question(session: Session, name: str) -> RatesTable:
    groups = []
    for row in figures.questions(session, campaigns.get(session, name).id):
        values = row._mapping
        counts = {column: values[column] for column in QUESTION_COLUMNS}
        people = {column: values[f"{column}_people"] for column in QUESTION_COLUMNS}
        groups.append(Group(values["asks"], counts, people))
    # One person hears many questions: no more people than this are certain to be behind a sum.
    certain = {column: max((group.people[column] for group in groups), default=0) for column in QUESTION_COLUMNS}
    return table("question", groups, certain, QUESTION_COLUMNS, QUESTION_RATES, QUESTION_PARTS)


def board(session: Session, name: str) -> Board:
    """The funnel and the contacts' states as a board may show them. Raises UnknownCampaign."""
    campaign = campaigns.get(session, name)
    steps, states = figures.funnel(session, campaign.id), contacts.states(session, campaign.id)
    people = {("step", step): steps[step] for step in _FUNNEL_LABELS}
    people |= {("state", state): count for state, count in states.items()}
    whole = ("step", "eligible")
    hidden = hidden_cells(
        people,
        [
            (whole, [("step", "no_phone"), ("step", "with_telephone")]),
            (whole, [("state", state) for state in states if state != ContactState.INELIGIBLE]),
        ],
    )
    shown = {cell: None if cell in hidden else count for cell, count in people.items()}
    return Board(
        [(step, label, shown["step", step]) for step, label in _FUNNEL_LABELS.items()],
        {state: shown["state", state] for state in states},
    )


def held(session: Session, name: str) -> Sequence[tuple[str, int]]:
    """What holds contacts back just now, by gate."""
    return figures.held(session, campaigns.get(session, name).id)


def held_and_where(session: Session, name: str) -> Held:
    """What holds contacts back, and where those are whom a full department holds, as a board may show it."""
    gates, departments = held(session, name), figures.held_by_capacity(session, campaigns.get(session, name).id)
    people: dict[tuple[str, str | None], int] = {(gate, None): count for gate, count in gates}
    people |= {(gate, department): count for gate, department, count in departments}
    parts: dict[str, list[tuple[str, str | None]]] = {}
    for gate, department, _ in departments:
        parts.setdefault(gate, []).append((gate, department))
    hidden = hidden_cells(people, [((gate, None), cells) for gate, cells in parts.items()])
    shown = {cell: None if cell in hidden else count for cell, count in people.items()}
    return Held(
        [(gate, shown[gate, None]) for gate, _ in gates],
        {(department, gate): shown[gate, department] for gate, department, _ in departments},
    )


def recent_attempts(session: Session, name: str, limit: int = 15) -> list[RecentAttempt]:
    """The last attempts, for the board: no name, no whole number."""
    rows = figures.recent_attempts(session, campaigns.get(session, name).id, limit)
    return [
        RecentAttempt(attempt.claimed_at, attempt.channel, masked(attempt.number), department, attempt.disposition)
        for attempt, department in rows
    ]
