"""Physicians for whoever works with them: looking them up, where their places are, when they stop."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from outreach.database.models import Account, Offer, Physician, Retirement, Volunteer
from outreach.database.repositories import physicians, register
from outreach.database.repositories.register import GONE, PLACES, RETIRING, VOLUNTEERS, PhysicianFilters
from outreach.errors import BadInput, NotFound
from outreach.runtime import Session
from outreach.services import audit

__all__ = ["GONE", "PLACES", "RETIRING", "VOLUNTEERS", "PhysicianFile", "PhysicianFilters", "get", "listed"]

PAGE = 25
_OFFERS = 50
_PARIS = ZoneInfo("Europe/Paris")


class UnknownPhysician(NotFound):
    def __init__(self) -> None:
        super().__init__("no physician of the register has this number")


@dataclass(frozen=True, slots=True)
class PhysicianFile:
    """One physician. `sites`: at least one; those where they still are come first. `offers`: the newest first."""

    rpps: str
    sites: Sequence[Physician]
    volunteer: Volunteer | None
    retirement: Retirement | None
    offers: Sequence[Offer] = ()
    successor: Physician | None = None

    @property
    def first(self) -> Physician:
        return self.sites[0]

    @property
    def left_on(self) -> date | None:
        return self.first.left_on

    @property
    def places_left(self) -> int:
        one = self.volunteer
        return one.capacity - one.held - one.taken if one is not None else 0


@dataclass(frozen=True, slots=True)
class PhysicianPage:
    items: Sequence[PhysicianFile]
    page: int
    has_next: bool


def listed(session: Session, filters: PhysicianFilters, page: int, now: datetime) -> PhysicianPage:
    """One page of those who match, by name; those who retire, by the day."""
    today = now.astimezone(_PARIS).date()
    found = list(register.numbers(session, filters, today, (page - 1) * PAGE, PAGE + 1))
    return PhysicianPage(_files(session, found[:PAGE]), page, len(found) > PAGE)


def _files(session: Session, numbers: Sequence[str]) -> list[PhysicianFile]:
    sites: dict[str, list[Physician]] = defaultdict(list)
    for site in register.sites(session, numbers):
        sites[site.rpps].append(site)
    volunteers = {one.rpps: one for one in register.volunteers(session, numbers)}
    retirements = {one.rpps: one for one in register.retirements(session, numbers)}
    return [PhysicianFile(rpps, sites[rpps], volunteers.get(rpps), retirements.get(rpps)) for rpps in numbers]


def get(session: Session, rpps: str) -> PhysicianFile:
    """One physician with the offers made so far. Raises UnknownPhysician."""
    sites = register.sites(session, [rpps])
    if not sites:
        raise UnknownPhysician
    retirement = next(iter(register.retirements(session, [rpps])), None)
    takes_over = register.sites(session, [retirement.successor]) if retirement and retirement.successor else []
    return PhysicianFile(
        rpps,
        sites,
        next(iter(register.volunteers(session, [rpps])), None),
        retirement,
        register.offers_to(session, rpps, _OFFERS),
        next(iter(takes_over), None),
    )


def move_places(session: Session, rpps: str, site: str, account: Account, now: datetime) -> Volunteer:
    """Moves a volunteer's places, held and taken ones too, to another site where they practise. Raises BadInput."""
    volunteer = register.lock_volunteer(session, rpps)
    if volunteer is None:
        raise UnknownPhysician
    if not any(one.site == site and one.left_on is None for one in register.sites(session, [rpps])):
        raise BadInput("this physician does not practise at that site")
    if volunteer.site != site:
        volunteer.site = site
        session.flush()
        physicians.place_volunteers(session, rpps)
        audit.record(session, account.login, "places_moved", rpps, None, now)
    return volunteer


def announce_retirement(
    session: Session, rpps: str, stops_on: date, successor: str | None, account: Account, now: datetime
) -> Retirement:
    """From that day nobody is sent to them any more. Raises UnknownPhysician, BadInput for an impossible successor."""
    known = register.sites(session, [rpps])
    if not known:
        raise UnknownPhysician
    if successor is not None and (successor == rpps or not register.sites(session, [successor])):
        raise BadInput("no other physician of the register has the successor's number")
    retirement = next(iter(register.retirements(session, [rpps])), None)
    if retirement is None:
        retirement = Retirement(rpps=rpps)
        session.add(retirement)
    retirement.stops_on, retirement.successor = stops_on, successor
    retirement.announced_by, retirement.announced_at = account.id, now
    session.flush()
    physicians.place_volunteers(session, rpps)
    audit.record(session, account.login, "retirement_announced", rpps, stops_on.isoformat(), now)
    return retirement


def take_back_retirement(session: Session, rpps: str, account: Account, now: datetime) -> None:
    """They go on after all. Taking back what isn't announced changes nothing."""
    for retirement in register.retirements(session, [rpps]):
        session.delete(retirement)
        session.flush()
        physicians.place_volunteers(session, rpps)
        audit.record(session, account.login, "retirement_taken_back", rpps, None, now)
