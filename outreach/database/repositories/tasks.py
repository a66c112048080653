"""Queries on what advisers have promised."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Executable,
    Integer,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, contains_eager, joinedload

from outreach.database.models import Account, Request, Task
from outreach.domain.words import TaskKind, TaskOutcome

_TIME = DateTime(timezone=True)


def lock(session: Session, task_id: UUID) -> Task | None:
    return session.scalar(
        select(Task).where(Task.id == task_id).with_for_update().execution_options(populate_existing=True)
    )


def follow_up(session: Session, request_id: UUID, kind: TaskKind) -> Task | None:
    return session.scalar(select(Task).where(Task.request_id == request_id, Task.kind == kind))


def same(session: Session, request_id: UUID, kind: TaskKind, due_at: datetime, note: str | None) -> Task | None:
    """The open task that says exactly this already."""
    return session.scalar(
        select(Task)
        .where(
            Task.request_id == request_id,
            Task.kind == kind,
            Task.due_at == due_at,
            Task.note.is_not_distinct_from(note),
            Task.done_at.is_(None),
        )
        .limit(1)
    )


def of_request(session: Session, request_id: UUID) -> Sequence[Task]:
    """Open ones first, the next one due on top."""
    return session.scalars(
        select(Task)
        .where(Task.request_id == request_id)
        .options(joinedload(Task.assignee))
        .order_by(Task.done_at.is_not(None), Task.due_at, Task.id)
    ).all()


def _anybodys(*, some_departments: bool) -> ColumnElement[bool]:
    """What no adviser holds who is still there: of these departments, or of any when none is named."""
    nobodys = or_(Task.assigned_to.is_(None), Account.disabled_at.is_not(None))
    named = Request.department == func.any(bindparam("departments", type_=ARRAY(String)))
    return and_(nobodys, named) if some_departments else nobodys


def _open(*, of_one: bool, some_departments: bool) -> ColumnElement[bool]:
    due = and_(Task.done_at.is_(None), Task.due_at < bindparam("until", type_=_TIME))
    mine = Task.assigned_to == bindparam("account_id", type_=Uuid)
    return and_(due, or_(mine, _anybodys(some_departments=some_departments))) if of_one else due


def _shape(account: Account | None) -> dict[str, bool]:
    """A statement is put together once for each kind of reader."""
    return {"of_one": account is not None, "some_departments": account is not None and bool(account.departments)}


def _values(account: Account | None, until: datetime) -> dict[str, Any]:
    if account is None:
        return {"until": until}
    return {"until": until, "account_id": account.id, "departments": list(account.departments)}


def due(session: Session, account: Account | None, until: datetime, limit: int) -> Sequence[Task]:
    """Open tasks due before an instant, with `.request.patient` and `.assignee`: the account's, or everybody's."""
    return session.scalars(_due(**_shape(account)), {**_values(account, until), "most": limit}).all()


@cache
def _due(*, of_one: bool, some_departments: bool) -> Select[Task]:
    return (
        select(Task)
        .join(Request, Request.id == Task.request_id)
        .outerjoin(Account, Account.id == Task.assigned_to)
        .where(_open(of_one=of_one, some_departments=some_departments))
        .options(contains_eager(Task.request).joinedload(Request.patient), contains_eager(Task.assignee))
        .order_by(Task.due_at, Task.id)
        .limit(bindparam("most", type_=Integer))
    )


def counts(session: Session, account: Account | None, until: datetime, overdue_before: datetime) -> tuple[int, int]:
    """How many are due before `until`, and how many of them were before `overdue_before`."""
    values = {**_values(account, until), "overdue_before": overdue_before}
    row = session.connection().execute(_counts(**_shape(account)), values).one()
    return int(row[0]), int(row[1])


@cache
def _counts(*, of_one: bool, some_departments: bool) -> Executable:
    overdue = Task.due_at < bindparam("overdue_before", type_=_TIME)
    return (
        select(func.count(), func.count().filter(overdue))
        .select_from(Task)
        .join(Request, Request.id == Task.request_id)
        .outerjoin(Account, Account.id == Task.assigned_to)
        .where(_open(of_one=of_one, some_departments=some_departments))
    )


def finish(session: Session, request_id: UUID, kind: TaskKind, now: datetime) -> None:
    """What the open tasks of a kind were about has happened, or can't any more."""
    session.execute(
        update(Task)
        .where(Task.request_id == request_id, Task.kind == kind, Task.done_at.is_(None))
        .values(done_at=now, outcome=TaskOutcome.DONE)
        .execution_options(synchronize_session="fetch")
    )


def drop_of_person(session: Session, patient_id: UUID, now: datetime) -> None:
    """Nothing is done any more for somebody who wants nothing any more."""
    session.execute(
        update(Task)
        .where(
            Task.done_at.is_(None),
            Task.request_id.in_(select(Request.id).where(Request.patient_id == patient_id)),
        )
        .values(done_at=now, outcome=TaskOutcome.WITHDRAWN)
        .execution_options(synchronize_session=False)
    )
