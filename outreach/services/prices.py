"""What attempts cost, which the carrier tells some time after their end (the clock of the deployment)."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from outreach.database.repositories import prices
from outreach.runtime import Session

WAITS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3))
"""After its end, when an attempt's price is asked for; one that has none after the last is given up."""


def take_unpriced(session: Session, now: datetime, limit: int) -> list[tuple[UUID, str, str]]:
    """Attempts whose price is to be asked for now, with their channel and the carrier's id; nobody else gets them."""
    return prices.take_unpriced(session, now, WAITS, limit)


def keep(
    session: Session, attempt_id: UUID, cost: Decimal | None, currency: str | None, duration_seconds: int | None
) -> None:
    """Keeps what the carrier tells; a price that was told before stands."""
    prices.keep(session, attempt_id, cost, currency, duration_seconds)


def spent(session: Session, campaign_id: UUID) -> list[tuple[str, Decimal, int, int]]:
    """What a campaign's attempts cost, by currency: the sum, how many have a price, how many still lack one."""
    return prices.spent(session, campaign_id)
