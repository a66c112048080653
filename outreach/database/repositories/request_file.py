"""All that the page of one request shows, brought by one statement: it is opened all day long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, String, Uuid, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import (
    Account,
    AdviserCall,
    Answer,
    Attempt,
    Consent,
    Conversation,
    Draft,
    Offer,
    Patient,
    Request,
    RequestEvent,
    Suppression,
    Task,
    Turn,
)
from outreach.domain.words import OfferStatus, Role

_REQUEST = bindparam("request_id", type_=Uuid)
_ACCOUNT = bindparam("account_id", type_=Uuid)
_PATIENT = bindparam("patient_id", type_=Uuid)
_REFERENCE = bindparam("reference", type_=String)
# Of a request that is nobody's: what it was made from.
_CONVERSATION = bindparam("conversation_id", type_=Uuid)

_WITH_PERSON = (
    select(Request)
    .where(Request.id == _REQUEST)
    .options(joinedload(Request.patient).joinedload(Patient.numbers), joinedload(Request.adviser))
)
_EVENTS = (
    select(RequestEvent)
    .where(RequestEvent.request_id == _REQUEST)
    .options(joinedload(RequestEvent.account))
    .order_by(RequestEvent.id)
)

_WAITED = func.extract("epoch", func.clock_timestamp() - AdviserCall.asked_wall)
_RUNG = (
    select(AdviserCall.state, AdviserCall.result, AdviserCall.reasons, _WAITED.label("waited"))
    .where(AdviserCall.request_id == _REQUEST)
    .order_by(AdviserCall.asked_at.desc(), AdviserCall.asked_wall.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True, repr=False)
class Event:
    """One act, and whose it was: `login` is None when it was the agent's or the desk's own."""

    id: int
    act: str
    note: str | None
    document: dict[str, Any] | None
    undoes: int | None
    at: datetime
    account_id: UUID | None
    login: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Talk:
    """A conversation."""

    id: UUID
    channel: str
    outcome: str | None
    identity: str
    started_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """A turn."""

    id: UUID
    conversation_id: UUID
    position: int
    speaker: str
    text: str
    asks: str | None
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Answered:
    question: str
    turn_id: UUID


@dataclass(frozen=True, slots=True, repr=False)
class Made:
    """An attempt. `at`: when it was placed, else when it was to be."""

    channel: str
    direction: str
    disposition: str | None
    number: str
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Agreed:
    """A row of the ledger."""

    kind: str
    state: str
    wording: str
    channel: str
    turn_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Other:
    """Another request of the person."""

    id: UUID
    kind: str
    status: str
    result: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Stop:
    scope: str
    since: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Typed:
    """What the reader typed into a form and has not sent yet."""

    form: str
    fields: dict[str, list[str]]
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Promise:
    """A task. `assignee` is None for the team's."""

    id: UUID
    kind: str
    note: str | None
    outcome: str | None
    assignee: str | None
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class Rung:
    """The last call that was asked for from the page. `waited`: real seconds since it was."""

    state: str
    result: str | None
    reasons: list[str]
    waited: float


@dataclass(frozen=True, slots=True, repr=False)
class Rows:
    """Each in the order in which it is read. `declined`: physicians who declined the person; `offers`: how many."""

    events: list[Event]
    talks: list[Talk]
    said: list[Said]
    answered: list[Answered]
    made: list[Made]
    agreed: list[Agreed]
    others: list[Other]
    stops: list[Stop]
    typed: list[Typed]
    promises: list[Promise]
    rung: list[Rung]
    colleagues: list[str]
    declined: list[str]
    offers: int


def with_person(session: Session, request_id: UUID) -> Request | None:
    """With `.patient`, their numbers, and `.adviser`."""
    return session.scalars(_WITH_PERSON, {"request_id": request_id}).unique().one_or_none()


def events(session: Session, request_id: UUID) -> Sequence[RequestEvent]:
    """In their order, with `.account`."""
    return session.scalars(_EVENTS, {"request_id": request_id}).all()


def rung(session: Session, request_id: UUID) -> Rung | None:
    row = session.connection().execute(_RUNG, {"request_id": request_id}).one_or_none()
    return Rung(row.state, row.result, row.reasons, float(row.waited)) if row is not None else None


def rows(session: Session, request: Request, account_id: UUID) -> Rows:
    """All that is known of a request read with its person, as this account may see it."""
    patient = request.patient
    told = session.connection().execute(
        _rows(),
        {
            "request_id": request.id,
            "account_id": account_id,
            "patient_id": request.patient_id,
            "reference": patient.reference if patient is not None else None,
            "conversation_id": request.conversation_id if patient is None else None,
        },
    )
    row = told.one()
    return Rows(
        events=_read(Event, row.events, at=_time, account_id=_id),
        talks=_read(Talk, row.talks, id=_id, started_at=_time),
        said=_read(Said, row.said, id=_id, conversation_id=_id, at=_time),
        answered=_read(Answered, row.answered, turn_id=_id),
        made=_read(Made, row.made, at=_time),
        agreed=_read(Agreed, row.agreed, turn_id=_id, at=_time),
        others=_read(Other, row.others, id=_id, created_at=_time),
        stops=_read(Stop, row.stops, since=_time),
        typed=_read(Typed, row.typed, at=_time),
        promises=_read(Promise, row.promises, id=_id, due_at=_time, done_at=_time),
        rung=_read(Rung, row.rung),
        colleagues=row.colleagues or [],
        declined=row.declined or [],
        offers=row.offers,
    )


_Record = TypeVar("_Record")


def _read(record: type[_Record], told: list[list[Any]] | None, **kinds: Callable[[str], Any]) -> list[_Record]:
    """JSON knows neither times nor ids: `kinds` makes them."""
    if not told:
        return []
    names: Sequence[str] = record.__dataclass_fields__  # type: ignore[attr-defined]
    places = [(place, kinds[name]) for place, name in enumerate(names) if name in kinds]
    for row in told:
        for place, made in places:
            if row[place] is not None:
                row[place] = made(row[place])
    return [record(*row) for row in told]


_id, _time = UUID, datetime.fromisoformat


def _all(query: Select[Any]) -> ScalarSelect[Any]:
    """Every row of a query as a JSON array of arrays, in its order; null when there is none."""
    rows = query.subquery()
    return select(func.json_agg(func.json_build_array(*rows.c))).select_from(rows).scalar_subquery()


@cache
def _rows() -> Select[Any]:
    talks = or_(Conversation.patient_id == _PATIENT, Conversation.id == _CONVERSATION)
    theirs = select(Conversation.id).where(talks)
    brought_it = select(Conversation.attempt_id).where(Conversation.id == _CONVERSATION).scalar_subquery()
    placed = func.coalesce(Attempt.placed_at, Attempt.claimed_at)
    parts = {
        "events": select(
            RequestEvent.id, RequestEvent.act, RequestEvent.note, RequestEvent.document, RequestEvent.undoes,
            RequestEvent.at, RequestEvent.account_id, Account.login,
        ).outerjoin(Account, Account.id == RequestEvent.account_id)
        .where(RequestEvent.request_id == _REQUEST).order_by(RequestEvent.id),
        "talks": select(
            Conversation.id, Conversation.channel, Conversation.outcome, Conversation.identity, Conversation.started_at
        ).where(talks).order_by(Conversation.started_at, Conversation.id),
        "said": select(
            Turn.id, Turn.conversation_id, Turn.position, Turn.speaker, Turn.text, Turn.asks, Turn.at
        ).where(Turn.conversation_id.in_(theirs)).order_by(Turn.position),
        "answered": select(Answer.question, Answer.turn_id)
        .where(Answer.conversation_id.in_(theirs), Answer.replaced_at.is_(None)).order_by(Answer.at, Answer.id),
        "made": select(Attempt.channel, Attempt.direction, Attempt.disposition, Attempt.number, placed.label("at"))
        .where(or_(Attempt.patient_id == _PATIENT, Attempt.id == brought_it)).order_by(placed, Attempt.id),
        "agreed": select(
            Consent.kind, Consent.state, Consent.wording, Consent.channel, Consent.turn_id, Consent.at
        ).where(Consent.patient_id == _PATIENT).order_by(Consent.position),
        "others": select(Request.id, Request.kind, Request.status, Request.result, Request.created_at)
        .where(Request.patient_id == _PATIENT, Request.id != _REQUEST)
        .order_by(Request.created_at.desc(), Request.id),
        "stops": select(Suppression.scope, Suppression.since)
        .where(Suppression.reference == _REFERENCE, Suppression.lifted_at.is_(None))
        .order_by(Suppression.since, Suppression.id),
        "typed": select(Draft.form, Draft.fields, Draft.at)
        .where(Draft.account_id == _ACCOUNT, Draft.request_id == _REQUEST).order_by(Draft.at),
        "promises": select(
            Task.id, Task.kind, Task.note, Task.outcome, Account.login, Task.due_at, Task.done_at
        ).outerjoin(Account, Account.id == Task.assigned_to)
        .where(Task.request_id == _REQUEST).order_by(Task.done_at.is_not(None), Task.due_at, Task.id),
        "rung": _RUNG,
    }  # fmt: skip
    colleagues = (
        select(Account.login)
        .where(Account.role == Role.ADVISER, Account.disabled_at.is_(None), Account.id != _ACCOUNT)
        .order_by(Account.login)
        .subquery()
    )
    declined = (
        select(func.array_agg(Offer.rpps.distinct()))
        .join(Request, Request.id == Offer.request_id)
        .where(Request.patient_id == _PATIENT, Offer.status == OfferStatus.DECLINED)
    )
    offers = select(func.count()).select_from(Offer).where(Offer.request_id == _REQUEST)
    return select(
        *(_all(query).label(name) for name, query in parts.items()),
        select(func.array_agg(colleagues.c.login)).scalar_subquery().label("colleagues"),
        declined.scalar_subquery().label("declined"),
        offers.scalar_subquery().label("offers"),
    )
