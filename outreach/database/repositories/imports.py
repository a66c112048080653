"""Queries on files that came by page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import Contact, Import, Patient
from outreach.database.repositories.claiming import one_of
from outreach.domain.words import ImportState

_PATIENTS = Patient.metadata.tables[Patient.__tablename__]
_IMPORTS = Import.metadata.tables[Import.__tablename__]


def known(session: Session, campaign_id: UUID, references: Sequence[str]) -> tuple[set[str], set[str]]:
    """Which of these references we know, and which of them the campaign holds."""
    rows = session.execute(
        select(_PATIENTS.c.reference, Contact.id)
        .outerjoin(Contact, (Contact.patient_id == _PATIENTS.c.id) & (Contact.campaign_id == campaign_id))
        .where(one_of(_PATIENTS.c.reference, references))
    ).all()
    return {row[0] for row in rows}, {row[0] for row in rows if row[1] is not None}


def by_id(session: Session, import_id: UUID, *, lock: bool = False) -> Import | None:
    """One import, with `.campaign`."""
    query = select(Import).where(Import.id == import_id).options(joinedload(Import.campaign))
    if lock:
        query = query.with_for_update(of=Import).execution_options(populate_existing=True)
    return session.scalar(query)


def of_campaign(session: Session, campaign_id: UUID, limit: int) -> Sequence[Import]:
    """The newest first."""
    return session.scalars(
        select(Import).where(Import.campaign_id == campaign_id).order_by(Import.uploaded_at.desc()).limit(limit)
    ).all()


def open_on(session: Session, machine: str) -> Sequence[Import]:
    """Those whose file this machine still needs, or may need."""
    open_states = (ImportState.CHECKING, ImportState.CHECKED, ImportState.IMPORTING)
    return session.scalars(select(Import).where(Import.machine == machine, Import.state.in_(open_states))).all()


def seen(session: Session, import_id: UUID, rows_done: int) -> None:
    """How far whoever works on it is, by the machine's own time."""
    session.execute(
        update(_IMPORTS).where(_IMPORTS.c.id == import_id).values(rows_done=rows_done, seen_wall=func.clock_timestamp())
    )


def silent_for(session: Session, import_id: UUID) -> float:
    """Real seconds since somebody who works on it said so."""
    seconds: Any = session.scalar(
        select(func.extract("epoch", func.clock_timestamp() - Import.seen_wall)).where(Import.id == import_id)
    )
    return float(seconds or 0)


def begin(session: Session, import_id: UUID, before: Sequence[ImportState], after: ImportState) -> bool:
    """Whether it was in one of these states and now is in another one: one of two that ask at once."""
    row = session.execute(
        update(_IMPORTS)
        .where(_IMPORTS.c.id == import_id, _IMPORTS.c.state.in_(before))
        .values(state=after, rows_done=0, seen_wall=func.clock_timestamp())
        .returning(_IMPORTS.c.id)
    ).first()
    return row is not None


def take_over(session: Session, import_id: UUID, silent_seconds: float) -> bool:
    """Whether nobody has worked on it for so long, and now we do."""
    row = session.execute(
        update(_IMPORTS)
        .where(
            _IMPORTS.c.id == import_id,
            _IMPORTS.c.seen_wall < func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, silent_seconds),
        )
        .values(seen_wall=func.clock_timestamp())
        .returning(_IMPORTS.c.id)
    ).first()
    return row is not None


def finish(session: Session, import_id: UUID, now: datetime, **values: Any) -> None:
    session.execute(
        update(_IMPORTS)
        .where(_IMPORTS.c.id == import_id)
        .values(finished_at=now, seen_wall=func.clock_timestamp(), **values)
    )
