"""The ways beside the telephone (DOMAIN §2): lists for advisers, nominative, each look at which is kept (rule 14)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from outreach.database.models import Account, Patient, Physician
from outreach.database.repositories import offers, third_ways
from outreach.domain.eligibility import MINIMUM_AGE
from outreach.runtime import Session
from outreach.services import audit
from outreach.services.tasks import day_of

INFORMED_DAYS_BEFORE = 30
"""The letter that states the right to object comes at least so many days earlier (DOMAIN §2)."""
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Unreached:
    patient: Patient
    state: str
    reason: str | None
    since: datetime
    campaign: str


@dataclass(frozen=True, slots=True)
class UnreachedPeople:
    people: Sequence[Unreached]
    total: int


@dataclass(frozen=True, slots=True)
class Establishment:
    """A FINESS number, or None for people who have a guardian and live at home."""

    finess: str | None
    people: Sequence[tuple[Patient, str | None]]


@dataclass(frozen=True, slots=True)
class AskedPhysician:
    rpps: str
    physician: Physician | None
    people: int


@dataclass(frozen=True, slots=True)
class Regular:
    patient: Patient
    agreed: bool
    """Consent B; else they were informed in time and have not objected."""


def _keep(session: Session, account: Account, act: str, people: Iterable[Patient], why: str, now: datetime) -> None:
    for patient in people:
        audit.record(session, account.login, act, patient.reference, why, now)
    session.flush()


def unreached(
    session: Session, departments: Sequence[str], account: Account, now: datetime, *, export: bool = False
) -> UnreachedPeople:
    """Whom neither calls nor SMS reached, or who wished for a letter; all of them when exported."""
    rows = third_ways.unreached(session, departments, None if export else SHOWN)
    people = [Unreached(*row) for row in rows]
    act = "listed_for_a_letter"
    _keep(session, account, act, (one.patient for one in people), "csv" if export else "page", now)
    return UnreachedPeople(people, len(people) if export else third_ways.count_unreached(session, departments))


def establishments(
    session: Session, departments: Sequence[str], account: Account, now: datetime, *, export: bool = False
) -> list[Establishment]:
    """Whom an adviser reaches through their establishment or their guardian, by establishment."""
    rows = [(row[0], row[1]) for row in third_ways.protected(session, departments)]
    _keep(session, account, "establishments_listed", (row[0] for row in rows), "csv" if export else "page", now)
    return [Establishment(finess, list(people)) for finess, people in groupby(rows, lambda row: row[0].ehpad_finess)]


def _limits(now: datetime) -> tuple[date, date]:
    today = day_of(now)
    # 29 February less a number of years may not exist: one day less is as good.
    born_by = (today - timedelta(days=(today.month, today.day) == (2, 29))).replace(year=today.year - MINIMUM_AGE)
    return today - timedelta(days=INFORMED_DAYS_BEFORE), born_by


def physicians_to_ask(session: Session, departments: Sequence[str], now: datetime) -> list[AskedPhysician]:
    """Physicians who see some of the people three times a year or more, with how many may be named to them."""
    rows = third_ways.regulars_by_physician(session, departments, *_limits(now))
    known = offers.physicians_of(session, [row[0] for row in rows])
    return [AskedPhysician(row[0], known.get(row[0]), row[1]) for row in rows]


def regulars_of(session: Session, rpps: str, account: Account, form: str, now: datetime) -> list[Regular]:
    """Whom one physician may be asked about: consent B, or informed non-opposition (decision 17).

    `form`: page, csv, text or pdf, kept with each of them.
    """
    people = [Regular(row[0], row[1] is True) for row in third_ways.regulars_of(session, rpps, *_limits(now))]
    why = f"{form}, RPPS {rpps}"
    _keep(session, account, "physician_asked_about", (one.patient for one in people), why, now)
    return people


def physician(session: Session, rpps: str) -> Physician | None:
    return offers.physicians_of(session, [rpps]).get(rpps)


def campaigns_not_informed(session: Session, now: datetime) -> list[str]:
    """The campaigns of whose people it can't be said that they had thirty days to object."""
    limit = _limits(now)[0]
    return [name for name, on, _ in third_ways.informed_campaigns(session) if on is None or on > limit]
