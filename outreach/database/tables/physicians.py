"""Physicians of the register at their sites, what volunteers offer, and who stops when."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.database.tables.base import Base


class Physician(Base):
    """A general practitioner of the RPPS open data, at one site. One who left stays, with the day of leaving."""

    __tablename__ = "physicians"
    __table_args__ = (
        Index("uq_physicians_rpps_site", "rpps", "site", unique=True),
        Index("ix_physicians_name", "name_key", postgresql_ops={"name_key": "text_pattern_ops"}),
        Index("ix_physicians_commune", "commune_key", postgresql_ops={"commune_key": "text_pattern_ops"}),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    rpps: Mapped[str] = mapped_column(index=True)
    site: Mapped[str]
    civility: Mapped[str | None]
    gender: Mapped[str | None]
    last_name: Mapped[str]
    first_name: Mapped[str]
    # « martin durand,anne elise »: as names are compared.
    name_key: Mapped[str] = mapped_column(default="")
    structure: Mapped[str | None]
    address: Mapped[str | None]
    postal_code: Mapped[str | None]
    insee_code: Mapped[str | None]
    commune: Mapped[str | None]
    commune_key: Mapped[str | None]
    department: Mapped[str | None] = mapped_column(index=True)
    # Where the commune lies on the map of its territory, in kilometres.
    east: Mapped[float | None]
    north: Mapped[float | None]
    telephone: Mapped[str | None]
    left_on: Mapped[date | None]
    updated_at: Mapped[datetime]


POINT: ColumnElement[Any] = literal_column("point(volunteers.east, volunteers.north)")
"""Where a volunteer is, as the index of neighbours has it."""


class Volunteer(Base):
    """What a physician offers: known to the CPAM alone (DOMAIN §5). `held` places are in offers not yet answered.

    The places are those of one site (decision 16). What a search needs of that site and of the physician is written
    beside them by `place_volunteers`: department, point, gender, and the days of leaving and of stopping.
    """

    __tablename__ = "volunteers"
    __table_args__ = (
        CheckConstraint("held + taken <= capacity and held >= 0", name="holds_within_capacity"),
        CheckConstraint("taken >= 0", name="taken_is_no_debt"),
        Index("ix_volunteers_neighbours", text("point(east, north)"), postgresql_using="gist"),
    )

    rpps: Mapped[str] = mapped_column(primary_key=True)
    # None while the register doesn't know the physician.
    site: Mapped[str | None]
    department: Mapped[str | None]
    east: Mapped[float | None]
    north: Mapped[float | None]
    gender: Mapped[str | None]
    left_on: Mapped[date | None]
    stops_on: Mapped[date | None]
    capacity: Mapped[int]
    held: Mapped[int] = mapped_column(default=0)
    taken: Mapped[int] = mapped_column(default=0)
    available_from: Mapped[date | None]
    home_visits: Mapped[bool] = mapped_column(default=False)
    wheelchair_accessible: Mapped[bool] = mapped_column(default=False)
    languages: Mapped[list[str]] = mapped_column(default=list)
    sector: Mapped[str | None]
    note: Mapped[str | None]
    updated_at: Mapped[datetime]


class Retirement(Base):
    """The day from which a physician takes no new patient, as announced to an adviser."""

    __tablename__ = "retirements"

    rpps: Mapped[str] = mapped_column(primary_key=True)
    stops_on: Mapped[date]
    # Who takes the patients over; None while nobody is found.
    successor: Mapped[str | None]
    announced_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    announced_at: Mapped[datetime]


class Extract(Base):
    """One import of the register. `published_at`: as its name tells."""

    __tablename__ = "physician_extracts"

    id: Mapped[int] = mapped_column(primary_key=True)
    published_at: Mapped[datetime | None]
    rows: Mapped[int]
    sites: Mapped[int]
    at: Mapped[datetime]
