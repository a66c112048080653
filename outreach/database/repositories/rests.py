"""Queries on the rest that the carrier asked for: one row, in the database's own time, the same for all machines."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from outreach.database.models import CarrierRest

_ROW = 1


def lengthen(session: Session, seconds: float) -> None:
    until = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    wanted = insert(CarrierRest).values(id=_ROW, until_wall=until)
    session.execute(
        wanted.on_conflict_do_update(
            index_elements=[CarrierRest.id],
            set_={"until_wall": func.greatest(CarrierRest.until_wall, wanted.excluded.until_wall)},
        )
    )


def left(session: Session) -> float:
    seconds = session.scalar(
        select(func.extract("epoch", CarrierRest.until_wall - func.clock_timestamp())).where(CarrierRest.id == _ROW)
    )
    return max(0.0, float(seconds or 0))
