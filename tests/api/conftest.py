from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import QueuePool

from api.ahead import Ahead
from api.app import create_app
from outreach.clock import FrozenClock
from outreach.runtime import Runtime
from outreach.services import accounts
from tests.api.world import Desk, log_in
from tests.serving import served, until


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2 with small costs: the tests log in hundreds of times."""
    monkeypatch.setattr(accounts, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def desk(runtime: Runtime, clock: FrozenClock) -> Desk:
    return Desk(runtime, clock)


class Site:
    """One server for all tests, given the runtime of each: to build its routes takes longer than most tests."""

    def __init__(self, open_until_the_end: ExitStack) -> None:
        self._open = open_until_the_end
        self._app: FastAPI | None = None
        self._url = ""

    def serving(self, runtime: Runtime) -> str:
        if self._app is None:
            self._app = create_app(runtime)
            self._url = self._open.enter_context(served(self._app))
        self._app.state.runtime = runtime
        return self._url

    @contextmanager
    def working_ahead(self, monotonic: Callable[[], float]) -> Iterator[Ahead]:
        """As where figures are kept; the test itself is the thread."""
        assert self._app is not None
        self._app.state.ahead = ahead = Ahead(_fails, monotonic)
        try:
            yield ahead
        finally:
            self._app.state.ahead = None


def _fails(error: Exception) -> None:
    raise error


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with ExitStack() as open_until_the_end:
        yield Site(open_until_the_end)


@pytest.fixture
def address(desk: Desk, site: Site) -> Iterator[str]:
    """Where the desk is served."""
    yield site.serving(desk.runtime)
    # What a page that has just closed was listening to may still be looking; a busy machine takes its time.
    pool = desk.runtime.engine.pool
    assert isinstance(pool, QueuePool)
    until(lambda: pool.checkedout() == 0)


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """Somebody without credentials."""
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


@pytest.fixture
def logged_in(address: str) -> Iterator[Callable[[str], httpx.Client]]:
    """A browser of the account asked for, logged in through the page."""
    opened: list[httpx.Client] = []

    def browser(login: str) -> httpx.Client:
        client = httpx.Client(base_url=address, timeout=30, headers={"Accept": "text/html"})
        opened.append(client)
        assert log_in(client, login).status_code == 303
        return client

    yield browser
    for client in opened:
        client.close()
