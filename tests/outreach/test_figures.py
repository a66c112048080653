"""The kept figures: at any pause they are what one counts from the raw rows, whatever happened (decision 19)."""

import random
import threading
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from outreach.clock import FrozenClock
from outreach.database.models import FigureChange
from outreach.database.repositories import figure_folds
from outreach.runtime import Runtime, Session
from outreach.services import figure_keeping
from tests.outreach.figures_history import History, counted, kept


@pytest.mark.parametrize("seed", range(6))
def test_at_any_pause_the_figures_are_what_one_counts(runtime: Runtime, clock: FrozenClock, seed: int) -> None:
    history = History(random.Random(seed), clock.now())
    with runtime.transaction() as session:
        history.begin(session)
    for number in range(150):
        with runtime.transaction() as session:
            for _ in range(history.chance.randint(1, 5)):
                history.happen(session)
        if history.chance.random() < 0.3:
            with runtime.transaction() as session:
                figure_keeping.fold(session, history.chance.randint(1, 30))
        if number % 25 == 24:
            with runtime.transaction() as session:
                figure_keeping.fold_all(session)
            with runtime.transaction() as session:
                assert kept(session) == counted(session)
    with runtime.transaction() as session:
        assert len(kept(session)) > 300
        assert figure_keeping.recount(session) == 0


def _something_happened(runtime: Runtime, clock: FrozenClock, seed: int = 1, events: int = 200) -> History:
    history = History(random.Random(seed), clock.now())
    with runtime.transaction() as session:
        history.begin(session)
        for _ in range(events):
            history.happen(session)
    return history


def test_a_recount_makes_what_was_written_past_the_triggers_right(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        session.execute(text("set local session_replication_role = replica"))
        history = History(random.Random(2), clock.now())
        history.begin(session)
        for _ in range(200):
            history.happen(session)
    with runtime.transaction() as session:
        figure_keeping.fold_all(session)
        assert kept(session) == {}
        assert figure_keeping.recount(session) > 0
        assert kept(session) == counted(session)
        assert figure_keeping.recount(session) == 0
        session.execute(text("update figures set count = count + 1 where breakdown = 'hour'"))
        assert figure_keeping.recount(session) > 0
        assert kept(session) == counted(session)


class _PowerCut(Exception):
    pass


def _fold_and_die(runtime: Runtime) -> None:
    with runtime.transaction() as session:
        figure_keeping.fold(session)
        raise _PowerCut


def test_a_fold_that_dies_on_its_way_loses_nothing(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _something_happened(runtime, clock)
    with runtime.transaction() as session:
        waiting = session.scalar(select(func.count()).select_from(FigureChange))
    whole = dict(figure_folds._FOLDING)
    for after in range(len(whole)):
        with monkeypatch.context() as patch:
            patch.setattr(figure_folds, "_FOLDING", {name: whole[name] for name in list(whole)[: after + 1]})
            with pytest.raises(_PowerCut):
                _fold_and_die(runtime)
    with runtime.transaction() as session:
        assert session.scalar(select(func.count()).select_from(FigureChange)) == waiting
        assert kept(session) == {}
        figure_keeping.fold_all(session)
        assert kept(session) == counted(session)


def test_the_server_ends_a_fold_and_nothing_is_lost(runtime: Runtime, clock: FrozenClock) -> None:
    _something_happened(runtime, clock, seed=4)
    connection = runtime.engine.connect()
    try:
        with Session(connection) as dying:
            dying.begin()
            assert figure_keeping.fold(dying) > 0
            pid = dying.scalar(select(func.pg_backend_pid()))
            with runtime.transaction() as session:
                session.execute(select(func.pg_terminate_backend(pid, 5000)))
            dying.invalidate()
    finally:
        connection.invalidate()
        connection.close()
    with runtime.transaction() as session:
        figure_keeping.fold_all(session)
        assert kept(session) == counted(session)


def test_a_row_that_changes_hands_while_it_is_counted_is_nobodys_twice(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _something_happened(runtime, clock, seed=3)
    with runtime.transaction() as session:
        figure_keeping.fold_all(session)
        giver, taker = session.execute(
            text(
                "select a.patient_id, p.id from attempts a, patients p where a.campaign_id is not null"
                " and a.placed_at is not null and a.purpose = 'call' and p.id <> a.patient_id limit 1"
            )
        ).one()
        session.execute(text("insert into figure_changes (person_id) values (:taker)"), {"taker": taker})
    asked = figure_folds.with_former

    def asks_and_then_it_happens(session: Session, people: list[UUID]) -> list[UUID]:
        found = asked(session, people)
        monkeypatch.setattr(figure_folds, "with_former", asked)
        with runtime.transaction() as other:
            other.execute(
                text("update attempts set patient_id = :taker, contact_id = null where patient_id = :giver"),
                {"taker": taker, "giver": giver},
            )
        return found

    monkeypatch.setattr(figure_folds, "with_former", asks_and_then_it_happens)
    with runtime.transaction() as session:
        assert figure_keeping.fold(session) > 0
    with runtime.transaction() as session:
        figure_keeping.fold_all(session)
        assert kept(session) == counted(session)


def test_many_who_fold_at_once_count_nothing_twice(runtime: Runtime, clock: FrozenClock) -> None:
    history = _something_happened(runtime, clock, seed=5, events=60)
    stop, failures = threading.Event(), list[BaseException]()

    def keep() -> None:
        try:
            while not stop.is_set():
                figure_keeping.look_after(runtime)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    keepers = [threading.Thread(target=keep) for _ in range(3)]
    for keeper in keepers:
        keeper.start()
    for _ in range(60):
        with runtime.transaction() as session:
            for _ in range(3):
                history.happen(session)
    stop.set()
    for keeper in keepers:
        keeper.join()
    assert failures == []
    with runtime.transaction() as session:
        figure_keeping.fold_all(session)
        assert kept(session) == counted(session)


def test_as_of_is_the_oldest_change_that_waits(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        assert figure_keeping.age(session).total_seconds() == 0
    _something_happened(runtime, clock, events=3)
    with runtime.transaction() as session:
        before = figure_keeping.as_of(session)
        assert before == session.scalar(select(func.min(FigureChange.at_wall)))
        assert figure_keeping.age(session).total_seconds() > 0
        figure_keeping.fold_all(session)
        assert figure_keeping.as_of(session) > before


def test_a_reader_counts_what_nobody_else_would(runtime: Runtime, clock: FrozenClock) -> None:
    _something_happened(runtime, clock)
    with runtime.transaction() as session:
        figure_keeping.bring_up_to_date(session)
        assert kept(session) == counted(session)


def test_a_reader_leaves_much_to_whoever_keeps_them(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure_keeping, "_KEPT_SECONDS", 3600.0)  # however slow the machine
    figure_keeping.look_after(runtime)
    _something_happened(runtime, clock)
    with runtime.transaction() as session:
        figure_keeping.bring_up_to_date(session)
        assert kept(session) == {}
    figure_keeping.look_after(runtime)
    with runtime.transaction() as session:
        assert kept(session) == counted(session)
