"""Queries on what is to be told of alerts. Times are the machine's own, as network time-outs are."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session, aliased, joinedload

from outreach.database.models import Alert, AlertMessage
from outreach.domain.words import MessageState

_WALL = func.clock_timestamp


def _in(seconds: float) -> Any:
    return _WALL() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def drop(session: Session, ways: Sequence[str]) -> None:
    """What nobody is told by these ways, and what need not be told any more: an alert that was over before it was
    told, and the end of one that never was."""
    first = aliased(AlertMessage)
    waiting = AlertMessage.state == MessageState.WAITING
    session.execute(
        update(AlertMessage).where(waiting, AlertMessage.way.not_in(ways)).values(state=MessageState.DROPPED),
    )
    session.execute(
        update(AlertMessage)
        .where(
            waiting,
            AlertMessage.tells == "opened",
            AlertMessage.tries == 0,
            exists().where(Alert.id == AlertMessage.alert_id, Alert.settled_at.is_not(None)),
        )
        .values(state=MessageState.DROPPED)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(AlertMessage)
        .where(
            waiting,
            AlertMessage.tells == "over",
            exists().where(
                first.alert_id == AlertMessage.alert_id,
                first.way == AlertMessage.way,
                first.tells == "opened",
                first.state.in_((MessageState.DROPPED, MessageState.GIVEN_UP)),
            ),
        )
        .values(state=MessageState.DROPPED)
        .execution_options(synchronize_session=False)
    )


def claim(session: Session, limit: int, leased_seconds: float) -> Sequence[AlertMessage]:
    """Messages whose time has come, nobody else's for so many seconds, with `.alert` and its `.campaign`.

    The end of an alert waits until its beginning was told.
    """
    first = aliased(AlertMessage)
    untold = exists().where(
        AlertMessage.tells == "over",
        first.alert_id == AlertMessage.alert_id,
        first.way == AlertMessage.way,
        first.tells == "opened",
        first.state == MessageState.WAITING,
    )
    rows = session.scalars(
        select(AlertMessage)
        .where(AlertMessage.state == MessageState.WAITING, AlertMessage.next_wall <= _WALL(), ~untold)
        .options(joinedload(AlertMessage.alert).joinedload(Alert.campaign))
        .order_by(AlertMessage.next_wall)
        .limit(limit)
        .with_for_update(of=AlertMessage, skip_locked=True)
    ).all()
    ids = [row.id for row in rows]
    session.execute(
        update(AlertMessage)
        .where(AlertMessage.id.in_(ids))
        .values(tries=AlertMessage.tries + 1, next_wall=_in(leased_seconds))
        .execution_options(synchronize_session=False)
    )
    return rows


def told(session: Session, message_id: UUID) -> None:
    session.execute(
        update(AlertMessage)
        .where(AlertMessage.id == message_id)
        .values(state=MessageState.TOLD, told_wall=_WALL(), problem=None)
        .execution_options(synchronize_session=False)
    )


def not_told(session: Session, message_id: UUID, problem: str, again_seconds: float | None) -> None:
    """To be tried again after so many seconds; None gives it up."""
    values: dict[str, Any] = {"problem": problem}
    if again_seconds is None:
        values["state"] = MessageState.GIVEN_UP
    else:
        values["next_wall"] = _in(again_seconds)
    session.execute(
        update(AlertMessage)
        .where(AlertMessage.id == message_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def of_alert(session: Session, alert_id: UUID) -> Sequence[AlertMessage]:
    return session.scalars(
        select(AlertMessage).where(AlertMessage.alert_id == alert_id).order_by(AlertMessage.tells, AlertMessage.way)
    ).all()
