"""What was promised is on a list until it is done."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from outreach.database.models import Request
from outreach.domain.words import Outcome, TaskKind, TaskOutcome
from outreach.errors import BadInput, NotFound
from outreach.services import accounts, tasks
from tests.api.world import Desk, csrf_of

Browse = Callable[[str], httpx.Client]


def _promise(
    desk: Desk, request: Request, due_at: datetime, kind: TaskKind = TaskKind.CALLBACK, to: str | None = None
) -> str:
    with desk.runtime.transaction() as session:
        kept = session.get_one(Request, request.id)
        assigned = desk.account(session, to) if to is not None else None
        camille = desk.account(session, "camille")
        return str(tasks.add(session, kept, kind, due_at, camille, desk.now, assigned_to=assigned).id)


def _due(desk: Desk, login: str | None) -> list[str]:
    with desk.runtime.transaction() as session:
        account = desk.account(session, login) if login is not None else None
        return [str(task.id) for task in tasks.due(session, account, desk.now)]


def test_a_promise_is_on_the_list_of_whom_it_is_given_to_and_else_on_everybodys(desk: Desk) -> None:
    request = desk.request()
    hers = _promise(desk, request, desk.now + timedelta(hours=2), to="camille")
    teams = _promise(desk, request, desk.now + timedelta(hours=1))
    assert _due(desk, "camille") == [teams, hers]
    assert _due(desk, "alex") == [teams]
    assert _due(desk, None) == [teams, hers]


def test_what_a_closed_account_held_is_the_teams(desk: Desk) -> None:
    hers = _promise(desk, desk.request(), desk.now, to="camille")
    assert _due(desk, "alex") == []
    with desk.runtime.transaction() as session:
        accounts.disable(session, "camille", desk.now, by="tests")
    assert _due(desk, "alex") == [hers]


def test_nobodys_tasks_are_for_the_advisers_of_the_department(desk: Desk) -> None:
    _promise(desk, desk.request(), desk.now)
    with desk.runtime.transaction() as session:
        desk.account(session, "alex").departments = ["974"]
    assert _due(desk, "alex") == []
    assert len(_due(desk, "camille")) == 1


def test_a_promise_stays_until_it_is_done_however_late(desk: Desk) -> None:
    late = _promise(desk, desk.request(), desk.now - timedelta(days=400), to="camille")
    with desk.runtime.transaction() as session:
        camille = desk.account(session, "camille")
        assert tasks.counts(session, camille, desk.now) == tasks.Counts(due=1, overdue=1)
    assert _due(desk, "camille") == [late]


def test_what_is_due_later_today_is_not_late(desk: Desk) -> None:
    for due_at in (desk.now - timedelta(hours=1), desk.now + timedelta(hours=5), desk.now + timedelta(days=2)):
        _promise(desk, desk.request(), due_at)
    with desk.runtime.transaction() as session:
        counted = tasks.counts(session, desk.account(session, "camille"), desk.now)
    assert counted == tasks.Counts(due=2, overdue=0)


def test_the_day_is_the_advisers(desk: Desk) -> None:
    """23:30 in Paris is 22:30 in UTC: still today."""
    _promise(desk, desk.request(), datetime(2026, 11, 24, 22, 30, tzinfo=UTC))
    _promise(desk, desk.request(), datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    with desk.runtime.transaction() as session:
        assert tasks.counts(session, desk.account(session, "camille"), desk.now).due == 1


def test_said_twice_it_is_one_promise(desk: Desk) -> None:
    request = desk.request()
    assert _promise(desk, request, desk.now) == _promise(desk, request, desk.now)
    with desk.runtime.transaction() as session:
        kept = session.get_one(Request, request.id)
        first = tasks.follow_up(session, kept, None, desk.now)
    desk.clock.advance(timedelta(minutes=1))
    with desk.runtime.transaction() as session:
        kept = session.get_one(Request, request.id)
        again = tasks.follow_up(session, kept, None, desk.now)
    assert [task.id for task in again] == [task.id for task in first]
    assert [(task.due_at - task.created_at).days for task in first] == [30, 90]


def test_done_and_taken_back(desk: Desk) -> None:
    task = _promise(desk, desk.request(), desk.now)
    with desk.runtime.transaction() as session:
        camille, alex = desk.account(session, "camille"), desk.account(session, "alex")
        first = tasks.due(session, camille, desk.now)[0].id
        assert tasks.done(session, first, camille, desk.now).done_by == camille.id
        assert tasks.done(session, first, alex, desk.now).done_by == camille.id
    assert _due(desk, None) == []
    with desk.runtime.transaction() as session:
        tasks.reopen(session, first, desk.account(session, "camille"), desk.now)
    assert _due(desk, None) == [task]


def test_a_follow_up_ends_with_what_it_found(desk: Desk) -> None:
    request = desk.request()
    with desk.runtime.transaction() as session:
        camille = desk.account(session, "camille")
        task = tasks.follow_up(session, session.get_one(Request, request.id), camille, desk.now)[0]
        for wrong in (None, TaskOutcome.DONE, TaskOutcome.WITHDRAWN):
            with pytest.raises(BadInput):
                tasks.done(session, task.id, camille, desk.now, wrong)
        tasks.done(session, task.id, camille, desk.now, TaskOutcome.STILL_DECLARED)
        assert task.outcome == TaskOutcome.STILL_DECLARED


def test_rule_09_a_refusal_ends_what_was_promised(desk: Desk) -> None:
    request = desk.request()
    _promise(desk, request, desk.now)
    desk.calls(desk.patient_of(request), Outcome.REFUSED)
    assert _due(desk, None) == []
    with desk.runtime.transaction() as session:
        task = tasks.of_request(session, request.id)[0]
        assert task.outcome == TaskOutcome.WITHDRAWN
        with pytest.raises(BadInput):
            tasks.reopen(session, task.id, desk.account(session, "camille"), desk.now)


def test_an_unknown_task_is_not_found(desk: Desk) -> None:
    with desk.runtime.transaction() as session, pytest.raises(NotFound):
        tasks.done(session, desk.request().id, desk.account(session, "camille"), desk.now)


def test_the_page_shows_what_is_due_and_every_page_counts_it(desk: Desk, logged_in: Browse) -> None:
    request = desk.request()
    _promise(desk, request, desk.now - timedelta(days=1))
    with desk.runtime.transaction() as session:
        follow_up = tasks.add(
            session, session.get_one(Request, request.id), TaskKind.FOLLOW_UP_30, desk.now, None, desk.now
        )
    browser = logged_in("camille")
    assert '2<span class="visually-hidden"> à faire, dont 1 en retard</span>' in browser.get("/demandes").text
    page = browser.get("/taches").text
    for shown in ("En retard", "Rappeler", "Mme Odette Exemple", "Prendre des nouvelles, à 30 jours"):
        assert shown in page, shown
    form = {"csrf": csrf_of(browser, "/taches")}
    assert browser.post(f"/taches/{follow_up.id}/faite", data=form).status_code == 422
    assert browser.post(f"/taches/{follow_up.id}/faite", data=form | {"outcome": "nonsense"}).status_code == 422
    for _ in range(2):
        told = browser.post(f"/taches/{follow_up.id}/faite", data=form | {"outcome": "found_otherwise"})
        assert told.headers["location"] == "/taches?fait=tache_faite"
    assert "à 30 jours" not in browser.get("/taches").text
    browser.post(f"/taches/{follow_up.id}/rouvrir", data=form)
    assert "à 30 jours" in browser.get("/taches?de=equipe").text


def test_after_a_task_one_is_back_where_one_was_and_nowhere_else(desk: Desk, logged_in: Browse) -> None:
    request = desk.request()
    task = _promise(desk, request, desk.now)
    browser = logged_in("camille")
    form = {"csrf": csrf_of(browser, "/taches")}
    here = browser.post(f"/taches/{task}/faite", data=form | {"suite": f"/demandes/{request.id}"})
    assert here.headers["location"] == f"/demandes/{request.id}?fait=tache_faite"
    elsewhere = browser.post(f"/taches/{task}/rouvrir", data=form | {"suite": "https://example.org/"})
    assert elsewhere.headers["location"] == "/?fait=tache_rouverte"


def test_rule_14_whoever_is_on_a_list_of_tasks_was_seen(desk: Desk, logged_in: Browse) -> None:
    request = desk.request()
    _promise(desk, request, desk.now)
    logged_in("camille").get("/taches")
    seen = desk.audit(subject=desk.reference_of(request))
    assert [(entry.login, entry.act) for entry in seen] == [("camille", "tasks_listed")]
