"""A desk with its team and its requests, made through the same services as real ones."""

import re
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from outreach.clock import FrozenClock
from outreach.database.models import Account, AuditEntry, Campaign, Patient, Physician, Request, Volunteer
from outreach.database.repositories import people
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import Channel, ConsentKind, ConsentState, Outcome, Question, Role
from outreach.runtime import Runtime, Session
from outreach.services import accounts, campaigns, conversations, telephone
from tests.factories import a_contact, a_patient

PASSWORD = "correct horse battery"
TEAM = {
    "camille": Role.ADVISER,
    "alex": Role.ADVISER,
    "dominique": Role.SUPERVISOR,
    "andrea": Role.ADMINISTRATOR,
}
CAMPAIGN = "ald-2026"
VILLEJUIF = {
    "scope": "commune",
    "commune": "Villejuif",
    "insee_code": "94076",
    "postal_code": "94800",
    "department": "94",
}
_calls = count(1)


class Desk:
    """One running campaign, four accounts with a token each, and people who answer as a test says."""

    def __init__(self, runtime: Runtime, clock: FrozenClock) -> None:
        self.runtime = runtime
        self.clock = clock
        self.tokens: dict[str, str] = {}
        with runtime.transaction() as session:
            for login, role in TEAM.items():
                accounts.create(session, login, PASSWORD, role, clock.now(), by="tests")
                self.tokens[login] = accounts.create_token(session, login, clock.now(), by="tests")
            campaigns.create(session, CAMPAIGN, ContactPolicy(announce_sms=False), None, clock.now(), by="tests")
            campaigns.start(session, CAMPAIGN, clock.now(), by="tests")

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def bearer(self, login: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[login]}"}

    def person(self, **changes: Any) -> Patient:
        """Somebody enrolled in the campaign."""
        with self.runtime.transaction() as session:
            patient = a_patient(session, self.now, **changes)
            a_contact(session, campaigns.get(session, CAMPAIGN), patient, self.now)
        return patient

    def request(
        self,
        outcome: Outcome = Outcome.ACCEPTED,
        *,
        sharing: ConsentState = ConsentState.GIVEN,
        **changes: Any,
    ) -> Request:
        """What is on the desk once somebody has called us and said so."""
        patient = self.person(**changes)
        self.calls(patient, outcome, sharing)
        with self.runtime.transaction() as session:
            return session.scalars(select(Request).where(Request.patient_id == patient.id)).one()

    def calls(self, patient: Patient, outcome: Outcome, sharing: ConsentState = ConsentState.GIVEN) -> None:
        """Somebody calls us, and the conversation ends so."""
        with self.runtime.transaction() as session:
            numbers = people.numbers_of(session, patient.id)
            called = telephone.inbound(
                session, Channel.VOICE, numbers[0].e164, "+33162000001", f"CA{next(_calls):032d}", self.now
            )
            assert called.conversation_id is not None
            answer_everything(session, called.conversation_id, patient, outcome, sharing, self.now)

    def account(self, session: Session, login: str) -> Account:
        return session.scalars(select(Account).where(Account.login == login)).one()

    def patient_of(self, request: Request) -> Patient:
        with self.runtime.transaction() as session:
            return session.get_one(Patient, request.patient_id)

    def reference_of(self, request: Request) -> str:
        return self.patient_of(request).reference

    def audit(self, **wanted: str) -> list[AuditEntry]:
        with self.runtime.transaction() as session:
            return list(session.scalars(select(AuditEntry).filter_by(**wanted).order_by(AuditEntry.id)))

    def volunteer(self, rpps: str = "10000000001", capacity: int = 1) -> str:
        with self.runtime.transaction() as session:
            session.add(Volunteer(rpps=rpps, capacity=capacity, updated_at=self.now))
        return rpps

    def physician(self, rpps: str = "10000000001", **changes: Any) -> str:
        """A general practitioner of the open data, at one site in Villejuif."""
        site = {
            "rpps": rpps,
            "site": "1",
            "last_name": "Œuvrard",
            "first_name": "Zoë",
            "address": "1 rue de l’Île",
            "postal_code": "94800",
            "commune": "Villejuif",
            "department": "94",
            "telephone": "0199000042",
            "updated_at": self.now,
            **changes,
        }
        with self.runtime.transaction() as session:
            session.add(Physician(**site))
        return rpps

    def campaign(self, name: str = CAMPAIGN) -> Campaign:
        with self.runtime.transaction() as session:
            return campaigns.get(session, name)

    def read_request(self, request_id: UUID) -> Request:
        with self.runtime.transaction() as session:
            return session.get_one(Request, request_id)

    def read_volunteer(self, rpps: str) -> Volunteer:
        with self.runtime.transaction() as session:
            return session.get_one(Volunteer, rpps)


def answer_everything(
    session: Session,
    conversation_id: UUID,
    patient: Patient,
    outcome: Outcome,
    sharing: ConsentState,
    now: datetime,
) -> None:
    """A whole conversation: identity, both consents, how and where, the end."""
    talk = conversations.lock(session, conversation_id)
    conversations.say(
        session, talk, "Pour vérifier, quelle est votre date de naissance ?", Question.BIRTH_DATE, "w1", now
    )
    if outcome is Outcome.IDENTITY_FAILED:
        conversations.hear(session, talk, "Je ne sais plus.", now)
    else:
        conversations.hear(session, talk, "Le douze mars quarante-sept.", now)
        assert patient.birth_date is not None
        conversations.check_birth_date(session, talk, patient.birth_date)
    if outcome is Outcome.ACCEPTED:
        conversations.say(session, talk, "Voulez-vous de l’aide ?", Question.CONSENT_ASSISTANCE, "2026-11-a", now)
        yes = conversations.hear(session, talk, "Oui, volontiers.", now)
        given = ConsentState.GIVEN
        conversations.record_consent(session, talk, ConsentKind.ASSISTANCE, given, yes, "2026-11-a", now)
        conversations.say(session, talk, "Pouvons-nous donner votre nom ?", Question.CONSENT_SHARING, "2026-11-b", now)
        named = conversations.hear(session, talk, "Si vous voulez.", now)
        conversations.record_consent(session, talk, ConsentKind.SHARING, sharing, named, "2026-11-b", now)
        conversations.say(session, talk, "Comment vous déplacez-vous ?", Question.MOBILITY, "w1", now)
        how = conversations.hear(session, talk, "Avec un déambulateur, vingt minutes.", now)
        travel = {"mobility": ["wheelchair"], "max_travel_minutes": 20, "max_travel_km": None}
        conversations.remember(session, talk, Question.MOBILITY, travel, how)
        conversations.remember(session, talk, Question.AREA, VILLEJUIF, how)
        wish = {
            "physician_gender": "female",
            "physician_name": None,
            "excluded_physician": None,
            "language": None,
            "other": None,
        }
        conversations.remember(session, talk, Question.PREFERENCE, wish, how)
    conversations.conclude(session, talk, outcome, now)


def csrf_of(client: httpx.Client, page: str) -> str:
    """The token that a page's form holds."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert found is not None
    return found[1]


def log_in(client: httpx.Client, login: str, password: str = PASSWORD, suite: str = "/") -> httpx.Response:
    form = {"csrf": csrf_of(client, "/connexion"), "login": login, "password": password, "suite": suite}
    return client.post("/connexion", data=form)
