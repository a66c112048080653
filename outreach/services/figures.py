"""The figures: one definition for the page, the API and the command (DOMAIN §6), read from kept sums (decision 19)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from outreach.database.repositories import figures
from outreach.domain.phones import masked
from outreach.domain.rates import (
    COHORT_RATES,
    COLUMNS,
    EVERYWHERE,
    QUESTION_COLUMNS,
    QUESTION_RATES,
    RATES,
    STEPS,
    WEEKDAYS,
    Breakdown,
    By,
    RateDefinition,
)
from outreach.domain.rates_tables import Group, RatesTable, masked_table
from outreach.errors import BadInput
from outreach.runtime import Session
from outreach.services import campaigns, figure_publications, figures_of_people
from outreach.services.figure_keeping import bring_up_to_date
from outreach.services.figure_publishing import Published
from outreach.services.figures_of_people import NOW, Held
from outreach.services.figures_of_work import handover, load

__all__ = ["NOW", "Held", "handover", "load"]

BREAKDOWNS = tuple(by.value for by in By)
COHORTS = ("campaign", "department", "age", "ehpad")
TOTAL = "total"

FUNNEL_LABELS = {
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
class RecentAttempt:
    at: datetime
    channel: str
    number: str
    department: str
    disposition: str | None


def _campaign_id(session: Session, name: str | None) -> UUID:
    return EVERYWHERE if name is None else campaigns.id_of(session, name)


def _published(session: Session, name: str | None) -> Published:
    """What may be seen of a campaign, of all for None. Raises UnknownCampaign."""
    return figure_publications.current(session).of(_campaign_id(session, name))


def as_of(session: Session) -> datetime:
    """All that was committed before this instant of the machine's own time is in what is published."""
    return figure_publications.current(session).as_of


def _shown_label(breakdown: Breakdown, label: str) -> str:
    if breakdown in {Breakdown.WEEKDAY, Breakdown.MOMENT}:
        return WEEKDAYS[int(label[0]) - 1] + label[1:]
    return label


def rates(session: Session, name: str | None, by: str) -> RatesTable:
    """The rates of a campaign, broken down, small cells masked. Raises UnknownCampaign or BadInput.

    `name`: None for all campaigns, which only `campaign` breaks down.
    """
    if by not in BREAKDOWNS:
        raise BadInput(f"rates are broken down by {', '.join(BREAKDOWNS)}, not by {by!r}")
    published = _published(session, name)
    if by == "campaign":
        return _by_campaign(session, by, Breakdown.TOTAL, COLUMNS, RATES)
    return published.made(_rates, by)


def _rates(published: Published, by: str) -> RatesTable:
    if by == "question":
        return _table(published, by, Breakdown.QUESTION, Breakdown.QUESTIONS, QUESTION_COLUMNS, QUESTION_RATES)
    breakdown = Breakdown(by)
    of = Breakdown.EXCHANGES if breakdown is Breakdown.CHANNEL else Breakdown.TOTAL
    intervals = ("contact_rate",) if breakdown is Breakdown.DAY else ()
    return _table(published, by, breakdown, of, COLUMNS, RATES, intervals)


def _table(
    published: Published,
    by: str,
    breakdown: Breakdown,
    of: Breakdown,
    columns: tuple[str, ...],
    definitions: tuple[RateDefinition, ...],
    intervals: tuple[str, ...] = (),
) -> RatesTable:
    groups = published.groups(breakdown, columns)
    hidden = {(i, c) for i, one in enumerate(groups) for c in columns if published.hides(breakdown, one.label, c)}
    hidden |= {(len(groups), column) for column in columns if published.hides(of, "", column)}
    whole = published.whole(of, columns)
    labelled = [Group(_shown_label(breakdown, one.label), one.counts, one.people) for one in groups]
    return masked_table(by, labelled, _total(whole), hidden, columns, definitions, intervals)


def _total(whole: Group) -> Group:
    return Group(TOTAL, whole.counts, whole.people)


def _by_campaign(
    session: Session, by: str, breakdown: Breakdown, columns: tuple[str, ...], definitions: tuple[RateDefinition, ...]
) -> RatesTable:
    names = figures.campaign_names(session)
    published = figure_publications.current(session)
    everywhere = published.of(EVERYWHERE)
    each = sorted(
        ((names[campaign_id], one) for campaign_id, one in published.each().items() if one.groups(breakdown, columns)),
        key=lambda pair: pair[0],
    )
    groups = [Group(name, whole.counts, whole.people) for name, one in each if (whole := one.whole(breakdown, columns))]
    of_each = [one for _, one in each] + [everywhere]
    hidden = {(i, c) for i, one in enumerate(of_each) for c in columns if one.hides(breakdown, "", c)}
    return masked_table(by, groups, _total(everywhere.whole(breakdown, columns)), hidden, columns, definitions)


def cohort(session: Session, name: str | None, by: str) -> RatesTable:
    """The people of a campaign, of all for None: how many came how far, and the rates by person.

    Raises UnknownCampaign or BadInput.
    """
    if by not in COHORTS:
        raise BadInput(f"people are broken down by {', '.join(COHORTS)}, not by {by!r}")
    published = _published(session, name)
    if by == "campaign":
        return _by_campaign(session, by, Breakdown.COHORT, STEPS, COHORT_RATES)
    return published.made(_cohort, by)


def _cohort(published: Published, by: str) -> RatesTable:
    return _table(published, by, Breakdown(f"cohort_{by}"), Breakdown.COHORT, STEPS, COHORT_RATES)


def by_department(session: Session, name: str | None) -> dict[str, dict[str, int | None]]:
    """By department, how many people came to each step; None is masked. `name`: None for all campaigns."""
    shown = cohort(session, name, "department")
    return {label: dict(counts) for label, counts in zip(shown.labels, shown.counts, strict=True) if label != TOTAL}


def funnel(session: Session, name: str) -> list[tuple[str, str, int]]:
    """The steps of a campaign, each with its French label and how many people came there, unmasked.

    Raises UnknownCampaign.
    """
    counts = _published(session, name).whole(Breakdown.COHORT, STEPS).people
    return [(step, label, counts[step]) for step, label in FUNNEL_LABELS.items()]


def board(session: Session, name: str) -> Board:
    """The funnel and the contacts' states as a board may show them. Raises UnknownCampaign."""
    published = _published(session, name)
    steps = published.whole(Breakdown.COHORT, STEPS).people
    return Board(
        [
            (step, label, None if published.hides(Breakdown.COHORT, "", step) else steps[step])
            for step, label in FUNNEL_LABELS.items()
        ],
        figures_of_people.states(published),
    )


def held_and_where(session: Session, name: str) -> Held:
    """What holds contacts back, and where those are whom a full department holds, as a board may show it."""
    return figures_of_people.held(_published(session, name))


def endings(session: Session, name: str) -> dict[tuple[str, str], int | None]:
    """By the last question that was asked (`opening` before any) and by outcome, how many conversations ended so."""
    published = _published(session, name)
    shown: dict[tuple[str, str], int | None] = {}
    for label, measure, count, _ in published.sums.get(Breakdown.ENDING.value, ()):
        question, outcome = label.split(" ")
        shown[question, outcome] = None if published.hides(Breakdown.ENDING, label, measure) else count
    return shown


def waiting(session: Session, name: str, now: datetime) -> Mapping[tuple[str, str], int | None]:
    """By the number of their next attempt and the half-day from which it may be made, how many people wait.

    Half-days are the patients' own, as `2026-11-26 AM`; those that have begun, where it is earliest, are `now`.
    """
    return figures_of_people.waiting(_published(session, name), now)


def rows_behind(session: Session, name: str | None, by: str, label: str, column: str, limit: int = 500) -> list[str]:
    """The references of the people of whom a cell of `rates` speaks, for those entitled: keep each look (rule 14).

    `label`: as the table has it, `total` included. Raises UnknownCampaign or BadInput.
    """
    if by not in BREAKDOWNS:
        raise BadInput(f"rates are broken down by {', '.join(BREAKDOWNS)}, not by {by!r}")
    if column not in (QUESTION_COLUMNS if by == "question" else COLUMNS):
        raise BadInput(f"rates by {by} have no column {column!r}")
    bring_up_to_date(session)
    if by == "campaign":
        by, name, label = "attempt", None if label == TOTAL else label, TOTAL
    campaign_id = _campaign_id(session, name)
    if by == "question":
        question = None if label == TOTAL else label
        return figures.references_of_questions(session, campaign_id, question, column, limit)
    breakdown = Breakdown(by)
    if label == TOTAL:
        breakdown = Breakdown.EXCHANGES if breakdown is Breakdown.CHANNEL else Breakdown.TOTAL
    try:
        return figures.references_of_calls(session, campaign_id, breakdown, label, column, limit)
    except ValueError:
        raise BadInput(f"rates by {by} have no row {label!r}") from None


def recent_attempts(session: Session, name: str, limit: int = 15) -> list[RecentAttempt]:
    """The last attempts, for the board: no name, no whole number."""
    rows = figures.recent_attempts(session, campaigns.id_of(session, name), limit)
    return [
        RecentAttempt(attempt.claimed_at, attempt.channel, masked(attempt.number), department, attempt.disposition)
        for attempt, department in rows
    ]
