"""Territories, followed cohorts, and what was counted for the plan's reviews. Counts hold nobody."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.database.tables.base import Base


class Territory(Base):
    """A CPTS or another grouping of communes. One that left the file stays, with the day, and has no commune."""

    __tablename__ = "territories"
    __table_args__ = (UniqueConstraint("kind", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    name: Mapped[str]
    left_on: Mapped[date | None]
    updated_at: Mapped[datetime]


class TerritoryCommune(Base):
    """A commune, or an arrondissement of Paris, Lyon or Marseille: in one territory of a kind at most."""

    __tablename__ = "territory_communes"

    kind: Mapped[str] = mapped_column(primary_key=True)
    insee_code: Mapped[str] = mapped_column(primary_key=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territories.id"), index=True)


class Cohort(Base):
    """People of a campaign who had no médecin traitant on a day: the set never changes, whoever is imported later."""

    __tablename__ = "cohorts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    reference_on: Mapped[date]
    people: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class CohortMember(Base):
    """`department`: where they lived when the cohort was drawn up, whatever becomes of their address."""

    __tablename__ = "cohort_members"

    cohort_id: Mapped[UUID] = mapped_column(ForeignKey("cohorts.id"), primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patients.id"), primary_key=True)
    department: Mapped[str]


class ReviewDay(Base):
    """A day that was counted, as its evening found it; as the moment `at` found it while the day isn't over."""

    __tablename__ = "review_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    is_over: Mapped[bool]
    # Places and volunteers are known as they are, not as they were: of a day counted later there are none.
    has_places: Mapped[bool]


class ReviewCount(Base):
    """One row of a day: the country (all empty), a department, a territory, or its part in a department.

    `hidden`: the columns that nobody is shown (rule 15), decided with the count, over all rows of the day together.
    """

    __tablename__ = "review_counts"
    __table_args__ = (Index("ix_review_counts_territory", "territory", "day"),)

    day: Mapped[date] = mapped_column(ForeignKey("review_days.day", ondelete="CASCADE"), primary_key=True)
    department: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    # Its id as text, "-" outside all of them; its name as it was then.
    territory: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    counts: Mapped[dict[str, Any]]
    hidden: Mapped[list[str]]


class CohortCount(Base):
    """Where the members of a cohort stand on a day, by department; an empty one is the country."""

    __tablename__ = "cohort_counts"

    cohort_id: Mapped[UUID] = mapped_column(ForeignKey("cohorts.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    department: Mapped[str] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, Any]]
    hidden: Mapped[list[str]]
