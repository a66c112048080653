"""Physicians to call so that they volunteer: where they are missing, whom to ask, and a log of who was asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.database.models import Account, Physician, VolunteerCall
from outreach.database.repositories import volunteer_calls
from outreach.domain.words import VolunteerAnswer
from outreach.errors import NotFound
from outreach.runtime import Session
from outreach.services import audit
from outreach.services.tasks import day_of

SHOWN = 100
_SAME_CALL = timedelta(minutes=2)
"""The same answer noted again by the same person within this is a form that was sent twice."""


class UnknownPhysician(NotFound):
    def __init__(self) -> None:
        super().__init__("this physician is not in the register")


@dataclass(frozen=True, slots=True)
class Need:
    department: str
    requests: int
    places: int
    volunteers: int

    @property
    def missing(self) -> int:
        """Places that are wanted beyond those there are."""
        return max(0, self.requests - self.places)


@dataclass(frozen=True, slots=True)
class Candidate:
    physician: Physician
    regulars: int
    last_call: VolunteerCall | None


def needs(session: Session, departments: Sequence[str], now: datetime) -> list[Need]:
    """By department, where most places are missing first."""
    return [Need(*row) for row in volunteer_calls.needs(session, departments, day_of(now))]


def candidates(
    session: Session,
    department: str,
    account: Account,
    now: datetime,
    *,
    export: bool = False,
    communes: Sequence[str] | None = None,
) -> list[Candidate]:
    """Whom to call in a department, or in some communes of it: whoever was never called first, then who sees most of
    the people already.
    """
    rows = volunteer_calls.candidates(session, department, None if export else SHOWN, communes)
    calls = volunteer_calls.calls_of(session, [row[0].rpps for row in rows])
    if export:
        audit.record(session, account.login, "physicians_exported", department, None, now)
    return [Candidate(row[0], row[1], calls.get(row[0].rpps)) for row in rows]


def log_call(
    session: Session, rpps: str, account: Account, result: VolunteerAnswer, note: str | None, now: datetime
) -> VolunteerCall:
    """Keeps who called a physician, when, and what came of it. Raises UnknownPhysician."""
    if not volunteer_calls.known(session, rpps):
        raise UnknownPhysician
    last = volunteer_calls.calls_of(session, [rpps]).get(rpps)
    said = (account.id, result.value, note)
    if last is not None and (last.account_id, last.result, last.note) == said and now - last.at < _SAME_CALL:
        return last
    call = VolunteerCall(rpps=rpps, account_id=account.id, result=result, note=note, at=now)
    session.add(call)
    session.flush()
    return call
