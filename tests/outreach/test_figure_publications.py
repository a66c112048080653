"""What is published of the figures: after a fold, outside any request, the same for all who read (decision 25)."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text

from outreach.clock import FrozenClock
from outreach.database.models import Attempt, Campaign, Contact, Figure, Patient, PublishedFigures
from outreach.domain.rates import COLUMNS, EVERYWHERE, Breakdown
from outreach.domain.rates_masking import SMALLEST_CELL
from outreach.domain.words import Purpose
from outreach.runtime import Runtime, Session
from outreach.services import erasure, figure_keeping, figure_masking, figure_publications, figure_publishing, figures
from outreach.services.figure_keeper import Keeper
from outreach.services.figure_masking import MaskingChild, NotMasked, masked
from outreach.services.figure_publishing import Published
from tests.outreach.figures_history import History

CAMPAIGN = "first"


def _ran(runtime: Runtime, clock: FrozenClock, people: int = 30, seed: int = 1) -> History:
    """A campaign that called each of some people."""
    history = History(random.Random(seed), clock.now())
    with runtime.transaction() as session:
        history.begin(session)
        for _ in range(people):
            history.enrol(session)
        for _ in range(4 * people):
            history.call(session)
    return history


def _happens(runtime: Runtime, history: History, calls: int = 20) -> None:
    with runtime.transaction() as session:
        for _ in range(calls):
            history.call(session)


def _kept_and_published(runtime: Runtime) -> None:
    figure_keeping.look_after(runtime)
    figure_publications.see_to(runtime, masked)


def _placed(session: Session) -> int:
    """As published, of few or not."""
    campaign = session.scalars(select(Campaign).where(Campaign.name == CAMPAIGN)).one()
    return figure_publications.current(session).of(campaign.id).whole(Breakdown.EXCHANGES, COLUMNS).counts["placed"]


def _counted(session: Session) -> int:
    found = select(Figure.count).join(Campaign, Campaign.id == Figure.campaign_id)
    return session.execute(
        found.where(Campaign.name == CAMPAIGN, Figure.breakdown == "exchanges", Figure.measure == "placed")
    ).scalar_one()


@pytest.fixture
def _long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody saw to it just now, however slow the machine."""
    monkeypatch.setattr(figure_publications, "KEPT_SECONDS", 3600.0)
    monkeypatch.setattr(figure_keeping, "_KEPT_SECONDS", 3600.0)


class _AtARequest(Exception):
    pass


@contextmanager
def _nothing_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object) -> str:
        raise _AtARequest

    with monkeypatch.context() as patch:
        patch.setattr(figure_masking, "masked", refuse)
        patch.setattr(figure_keeping, "_fold", refuse)
        yield


@pytest.mark.usefixtures("_long")
def test_after_a_fold_a_reader_finds_the_new_figures_and_works_nothing_out(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = _ran(runtime, clock)
    _kept_and_published(runtime)
    with _nothing_is_worked_out(monkeypatch), runtime.transaction() as session:
        before = _placed(session)
        assert before == _counted(session)
    _happens(runtime, history)
    with _nothing_is_worked_out(monkeypatch), runtime.transaction() as session:
        assert _placed(session) == before
    _kept_and_published(runtime)
    with _nothing_is_worked_out(monkeypatch), runtime.transaction() as session:
        assert _placed(session) == _counted(session) != before


def test_where_nobody_publishes_the_reader_does_and_never_shows_what_is_masked(
    runtime: Runtime, clock: FrozenClock
) -> None:
    _ran(runtime, clock, people=4)
    with runtime.transaction() as session:
        table = figures.rates(session, CAMPAIGN, "department")
        assert _counted(session) > 0
        assert any(counts["placed"] is None for counts in table.counts)
        shown = [figures.rates(session, CAMPAIGN, by).counts for by in figures.BREAKDOWNS]
        assert not [n for counts in shown for line in counts for n in line.values() if n and n < SMALLEST_CELL]


def test_rule_15_a_session_reads_one_publication_whatever_is_published_meanwhile(
    runtime: Runtime, clock: FrozenClock
) -> None:
    history = _ran(runtime, clock)
    with runtime.transaction() as session:
        figure_publications.publish_all(session)
    with runtime.transaction() as reading:
        whole = _placed(reading)
        as_of, table = figures.as_of(reading), figures.rates(reading, CAMPAIGN, "attempt")
        _happens(runtime, history)
        with runtime.transaction() as session:
            figure_publications.publish_all(session)
            assert _placed(session) != whole
        assert _placed(reading) == whole
        assert figures.rates(reading, CAMPAIGN, "attempt") == table
        assert figures.as_of(reading) == as_of


@pytest.mark.usefixtures("_long")
def test_rule_15_readers_beside_many_publishers_never_mix_versions(runtime: Runtime, clock: FrozenClock) -> None:
    history = _ran(runtime, clock)
    _kept_and_published(runtime)
    stop, failures = threading.Event(), list[BaseException]()

    def publish() -> None:
        try:
            while not stop.is_set():
                _kept_and_published(runtime)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    publishers = [threading.Thread(target=publish) for _ in range(2)]
    for publisher in publishers:
        publisher.start()
    try:
        for _ in range(25):
            _happens(runtime, history, 3)
            with runtime.transaction() as session:
                whole = _placed(session)
                figure_publications._kept.clear()  # as another process, that knows nothing yet
                published = figure_publications.current(session).of(history.campaigns[0])
                told = [sum(one.counts["placed"] for one in published.groups(by, COLUMNS)) for by in _OF_CALLS]
                assert len(set(told)) == 1
                assert published.whole(Breakdown.EXCHANGES, COLUMNS).counts["placed"] == whole
    finally:
        stop.set()
        for publisher in publishers:
            publisher.join()
    assert failures == []


_OF_CALLS = (Breakdown.TOTAL, Breakdown.DAY, Breakdown.HOUR, Breakdown.DEPARTMENT, Breakdown.CALLER)


def test_whoever_finds_another_at_it_leaves_and_the_newest_is_published(runtime: Runtime, clock: FrozenClock) -> None:
    history = _ran(runtime, clock)
    with runtime.transaction() as at_it:
        assert figure_publications.publish(at_it)
        with runtime.transaction() as session:
            assert not figure_publications.publish(session)
    worked_out = list[str]()

    def mask(sums: str) -> str:
        worked_out.append(sums)
        return masked(sums)

    for _ in range(3):
        _happens(runtime, history)
        figure_keeping.look_after(runtime)
    for _ in range(2):
        figure_publications.see_to(runtime, mask)
    assert 1 <= len(worked_out) <= 3  # each campaign once, and all together
    with runtime.transaction() as session:
        assert _placed(session) == _counted(session)


@pytest.mark.usefixtures("_long")
def test_a_campaign_that_did_not_move_is_not_worked_out_again(runtime: Runtime, clock: FrozenClock) -> None:
    history = _ran(runtime, clock)
    _kept_and_published(runtime)
    with runtime.transaction() as session:
        versions = {row.campaign_id: row.version for row in session.scalars(select(PublishedFigures))}
        assert len(versions) == 3
        contact = session.scalars(select(Contact).where(Contact.campaign_id == history.campaigns[0])).first()
        assert contact is not None
        contact.state = "exhausted" if contact.state != "exhausted" else "due"
    _kept_and_published(runtime)
    with runtime.transaction() as session:
        now = {row.campaign_id: row.version for row in session.scalars(select(PublishedFigures))}
    assert [one for one in versions if now[one] != versions[one]] == [history.campaigns[0]]


@pytest.mark.usefixtures("_long")
def test_what_somebody_looks_at_is_made_of_the_next_figures_ahead_for_a_minute(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def labels_of(published: Published, breakdown: Breakdown) -> list[str]:
        made.append(breakdown)
        return [group.label for group in published.groups(breakdown, COLUMNS)]

    def looked_at(breakdown: Breakdown) -> list[str]:
        with runtime.transaction() as session:
            return figure_publications.current(session).of(history.campaigns[0]).made(labels_of, breakdown)

    history = _ran(runtime, clock)
    _kept_and_published(runtime)
    assert looked_at(Breakdown.EXCHANGES) == [""]
    assert "voice" in looked_at(Breakdown.CHANNEL)
    assert looked_at(Breakdown.CHANNEL) is looked_at(Breakdown.CHANNEL)
    assert made == ["exchanges", "channel"]
    _happens(runtime, history)
    _kept_and_published(runtime)
    assert made == ["exchanges", "channel", "exchanges", "channel"]
    monkeypatch.setattr(figure_publishing, "WANTED_SECONDS", -1.0)
    _happens(runtime, history)
    _kept_and_published(runtime)
    assert len(made) == 4


@pytest.mark.usefixtures("_long")
def test_rule_09_an_erasure_reaches_what_is_published(runtime: Runtime, clock: FrozenClock) -> None:
    _ran(runtime, clock)
    _kept_and_published(runtime)
    with runtime.transaction() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.name == CAMPAIGN)).one()
        before = figure_publications.current(session).of(campaign.id)
        called = select(Patient.reference).join(Attempt, Attempt.patient_id == Patient.id)
        of_an_age = called.where(
            Attempt.campaign_id == campaign.id,
            Attempt.placed_at.is_not(None),
            Attempt.purpose == Purpose.CALL,
            Patient.birth_date.is_not(None),
        )
        reference = session.scalars(of_an_age).first()
        assert reference is not None
        erasure.erase(session, reference, clock.now(), by="dominique", reason=None)
    _kept_and_published(runtime)
    with runtime.transaction() as session:
        after = figure_publications.current(session).of(campaign.id)
        assert dict(before.sums)["age"] != dict(after.sums)["age"]
        figure_keeping.recount(session)
        session.execute(text("delete from published_figures"))
        figure_publications.publish_all(session)
        assert figure_publications.current(session).of(campaign.id).sums == after.sums


@pytest.mark.usefixtures("_long")
def test_what_has_no_figures_any_more_is_taken_back(runtime: Runtime, clock: FrozenClock) -> None:
    _ran(runtime, clock)
    _kept_and_published(runtime)
    with runtime.transaction() as session:
        session.execute(text("delete from figures"))
        session.execute(text("update figure_keepers set version = gen_random_uuid()"))
    _kept_and_published(runtime)
    with runtime.transaction() as session:
        assert _placed(session) == 0
        assert not session.scalars(select(PublishedFigures)).all()


def test_what_is_published_holds_no_more_than_the_sums(runtime: Runtime, clock: FrozenClock) -> None:
    _ran(runtime, clock)
    _kept_and_published(runtime)
    with runtime.transaction() as session:
        known = {
            (row.campaign_id, row.breakdown, row.label, row.measure, row.count, row.people)
            for row in session.scalars(select(Figure))
        }
        published = {
            (row.campaign_id, breakdown, *one)
            for row in session.scalars(select(PublishedFigures))
            for breakdown, sums in figure_masking.published(row.sums, row.hidden).sums.items()
            for one in sums
        }
    assert published
    assert published <= known


def test_the_keeper_publishes_by_a_child_and_with_another_when_that_died(runtime: Runtime, clock: FrozenClock) -> None:
    history = _ran(runtime, clock)
    failed = list[Exception]()
    keeper = Keeper(runtime, failed.append)
    keeper.start()
    try:
        for _ in range(2):
            _happens(runtime, history)
            _until_published(runtime)
            child = keeper._mask._child
            assert child is not None
            child.kill()
    finally:
        keeper.stop()
    assert [type(one) for one in failed] in ([], [NotMasked])
    assert keeper._mask.pid is None


def _until_published(runtime: Runtime) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with runtime.transaction() as session:
            published = session.scalars(select(PublishedFigures.sums).where(PublishedFigures.campaign_id == EVERYWHERE))
            sums = published.first()
            whole = select(Figure.count).where(
                Figure.campaign_id == EVERYWHERE, Figure.breakdown == "total", Figure.measure == "placed"
            )
            count = session.scalar(whole)
            if count and sums and f'["", "placed", {count}, ' in sums and not figure_keeping.age(session):
                return
        time.sleep(0.2)
    raise AssertionError("not published")


def test_a_child_masks_as_we_do(runtime: Runtime, clock: FrozenClock) -> None:
    _ran(runtime, clock)
    _kept_and_published(runtime)
    child = MaskingChild()
    try:
        with runtime.transaction() as session:
            for row in session.scalars(select(PublishedFigures)):
                assert child(row.sums) == masked(row.sums) == row.hidden
    finally:
        child.close()


def test_two_processes_tell_the_same(runtime: Runtime, clock: FrozenClock) -> None:
    """`relais rates` beside a process that publishes."""
    history = _ran(runtime, clock)
    _kept_and_published(runtime)
    _happens(runtime, history)
    assert runtime.settings.database_url is not None
    environment = os.environ | {
        "DATABASE_URL": runtime.settings.database_url,
        "RELAIS_VAR": str(runtime.settings.relais_var),
        "RELAIS_SECRET_KEY": "an invented key for tests alone",
    }
    csv = subprocess.run(
        [sys.executable, "-m", "relais", "rates", CAMPAIGN, "--by", "channel", "--format", "csv"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    with runtime.transaction() as session:
        assert _placed(session) == _counted(session)
        rows = figures.rates(session, CAMPAIGN, "channel").rows()
    assert csv == [",".join("" if value is None else str(value) for value in row) for row in rows]
