"""Invented people and campaigns for tests, made through the same services as real ones."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from outreach.clock import FrozenClock
from outreach.database.models import Account, Campaign, Contact, Patient, PhoneNumber, Request
from outreach.domain.phones import parse
from outreach.domain.policy import ContactPolicy
from outreach.domain.territories import department_of
from outreach.domain.words import RequestKind, RequestStatus, Role
from outreach.runtime import Session
from outreach.services import campaigns, claims
from outreach.services.attempts import Claimed
from outreach.settings import Settings

_numbers: Iterator[int] = count(1)


def a_mobile() -> str:
    return f"063998{next(_numbers) % 10_000:04d}"


def a_landline() -> str:
    return f"019900{next(_numbers) % 10_000:04d}"


def a_patient(session: Session, now: datetime, **changes: Any) -> Patient:
    """A woman of Villejuif with one landline, unless told otherwise."""
    number = next(_numbers)
    phones = changes.pop("phones", (a_landline(),))
    postal_code = changes.pop("postal_code", "94800")
    department = changes.pop("department", department_of(postal_code))
    patient = Patient(
        **{
            "reference": f"P{number:06d}",
            "civility": "MME",
            "last_name": "Exemple",
            "first_name": "Odette",
            "birth_date": date(1947, 3, 12),
            "postal_code": postal_code,
            "insee_code": None,
            "department": department,
            "invented": True,
            "created_at": now,
            "updated_at": now,
            "objected": False,
            **changes,
        }
    )
    parsed = [parse(phone, department) for phone in phones]
    patient.numbers = [PhoneNumber(rank=i, e164=n.e164, kind=n.kind) for i, n in enumerate(parsed, start=1)]
    session.add(patient)
    session.flush()
    return patient


def an_adviser(session: Session, now: datetime, login: str = "camille") -> Account:
    account = Account(login=login, password_hash="-", role=Role.ADVISER, created_at=now)
    session.add(account)
    session.flush()
    return account


def a_held_request(session: Session, now: datetime, login: str = "camille", **changes: Any) -> Request:
    """An adviser, who has a telephone, works on what somebody of a running campaign asked for."""
    campaign = a_campaign(session, now, name=f"campaign-of-{login}")
    patient = a_patient(session, now, **changes)
    contact = a_contact(session, campaign, patient, now)
    account = an_adviser(session, now, login)
    account.telephone = "+33199001234"
    request = Request(
        patient_id=patient.id,
        contact_id=contact.id,
        kind=RequestKind.MATCHING,
        status=RequestStatus.CLAIMED,
        department=patient.department,
        claimed_by=account.id,
        claimed_at=now,
        claim_expires_at=now + timedelta(hours=2),
        created_at=now,
    )
    session.add(request)
    session.flush()
    return request


def a_campaign(
    session: Session, now: datetime, rules: ContactPolicy | None = None, name: str = "ald-2026", *, start: bool = True
) -> Campaign:
    # The earliest moment that the rules allow, unless a test asks for the best one.
    rules = rules or ContactPolicy(announce_sms=False, best_time=False)
    campaign = campaigns.create(session, name, rules, "a test", now, by="tests")
    if start:
        an_adviser(session, now, f"adviser-of-{name}")
        campaigns.start(session, name, now, by="tests")
    return campaign


def a_contact(session: Session, campaign: Campaign, patient: Patient, now: datetime) -> Contact:
    contact = Contact(campaign_id=campaign.id, patient_id=patient.id, created_at=now, updated_at=now)
    session.add(contact)
    session.flush()
    campaigns.schedule(session, campaign, now)
    session.refresh(contact)
    return contact


def claim_call(session: Session, now: datetime, settings: Settings, lead: timedelta = timedelta(0)) -> Claimed | None:
    """The one contact that comes first among those that may be called at this instant."""
    claimed = claims.claim_calls(session, FrozenClock(now), settings, 1, lead=lead, ahead=timedelta(0))
    return claimed[0] if claimed else None
