"""What was counted about when people answer, and what the dialers share of it. Nobody is in it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from outreach.database.tables.base import Base


class AnswerTally(Base):
    """Calls of one day of the patients' calendar to people who had never spoken to us."""

    __tablename__ = "answer_tallies"

    day: Mapped[date] = mapped_column(primary_key=True)
    half_hour: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    age_band: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(primary_key=True)
    rang: Mapped[int]
    answered: Mapped[int]

    def __repr__(self) -> str:
        return f"<AnswerTally {self.day} {self.half_hour}>"


class Learning(Base):
    """What was learned last, at most one row: `document` is read by whoever chooses a time.

    `recount_from`: the first day of which something may still change.
    """

    __tablename__ = "learnings"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    learned_at: Mapped[datetime]
    recount_from: Mapped[date]
    document: Mapped[dict[str, Any]]
