"""Queries on one request, and on what is done to it; the queue's own order is in `queue`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload, load_only

from outreach.database.models import Account, Alert, Draft, FormKey, Patient, Request
from outreach.domain.words import RequestStatus, Role

_PASSED_ON = (
    select(Request)
    .where(
        Request.claimed_by == bindparam("account_id", type_=Uuid),
        Request.passed_on_by.is_not(None),
        # Written out, so that the index of leases is found.
        Request.status == literal_column(f"'{RequestStatus.CLAIMED.value}'"),
    )
    .options(
        load_only(Request.id, raiseload=True),
        joinedload(Request.patient).load_only(
            Patient.reference, Patient.civility, Patient.first_name, Patient.last_name, raiseload=True
        ),
    )
    .order_by(Request.due_at)
)
_DRAFTS = (
    select(Draft)
    .where(
        Draft.account_id == bindparam("account_id", type_=Uuid), Draft.request_id == bindparam("request_id", type_=Uuid)
    )
    .order_by(Draft.at)
)


def lock(session: Session, request_id: UUID) -> Request | None:
    return session.scalar(
        select(Request)
        .where(Request.id == request_id)
        .options(joinedload(Request.patient))
        .with_for_update(of=Request)
        .execution_options(populate_existing=True)
    )


def expired_claims(session: Session, now: object) -> Sequence[Request]:
    return session.scalars(
        select(Request)
        .where(Request.status == RequestStatus.CLAIMED, Request.claim_expires_at <= now)
        .with_for_update(skip_locked=True)
    ).all()


def settle_alerts(session: Session, conversation_id: UUID, now: datetime) -> None:
    """Somebody is on it: the alerts of a conversation need nobody else."""
    session.execute(
        update(Alert).where(Alert.conversation_id == conversation_id, Alert.settled_at.is_(None)).values(settled_at=now)
    )


def passed_on_to(session: Session, account_id: UUID) -> Sequence[Request]:
    """What another adviser gave to this one, who has not seen it yet."""
    return session.scalars(_PASSED_ON, {"account_id": account_id}).all()


def was_seen(session: Session, request_id: UUID, account_id: UUID) -> None:
    session.execute(
        update(Request)
        .where(Request.id == request_id, Request.claimed_by == account_id)
        .values(passed_on_by=None)
        .execution_options(synchronize_session=False)
    )


def advisers(session: Session) -> Sequence[Account]:
    """Those whose account is open."""
    return session.scalars(
        select(Account).where(Account.role == Role.ADVISER, Account.disabled_at.is_(None)).order_by(Account.login)
    ).all()


def take_form(session: Session, key: str, at: datetime) -> bool:
    """Whether this form is sent for the first time. Who sends it at the same moment waits, and hears False."""
    taken = session.scalar(insert(FormKey).values(key=key, at=at).on_conflict_do_nothing().returning(FormKey.key))
    return taken is not None


def form_led_to(session: Session, key: str, address: str) -> None:
    session.execute(update(FormKey).where(FormKey.key == key).values(address=address))


def where_form_led(session: Session, key: str) -> str | None:
    return session.scalar(select(FormKey.address).where(FormKey.key == key))


def forget_forms(session: Session, before: datetime) -> None:
    session.execute(delete(FormKey).where(FormKey.at < before))


def keep_draft(
    session: Session, account_id: UUID, request_id: UUID, form: str, fields: dict[str, list[str]], at: datetime
) -> None:
    """What was typed last into a form stands for what was typed before."""
    new = insert(Draft).values(
        id=func.gen_random_uuid(), account_id=account_id, request_id=request_id, form=form, fields=fields, at=at
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=[Draft.account_id, Draft.form],
            set_={"fields": new.excluded.fields, "at": new.excluded.at},
        )
    )


def drafts(session: Session, account_id: UUID, request_id: UUID) -> Sequence[Draft]:
    return session.scalars(_DRAFTS, {"account_id": account_id, "request_id": request_id}).all()


def drop_draft(session: Session, account_id: UUID, form: str) -> None:
    session.execute(delete(Draft).where(Draft.account_id == account_id, Draft.form == form))


def forget_drafts(session: Session, before: datetime) -> None:
    session.execute(delete(Draft).where(Draft.at < before))
