"""Many advisers at once, through HTTP: what they do must be done once, and nothing they write lost."""

import re
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

import httpx
from sqlalchemy import text

from outreach.runtime import Runtime

ROUNDS = 6
CONTESTED = 40

_CLAIMS = """
select request_id, act, account_id from request_events
where act in ('claimed', 'released', 'closed', 'passed_on') order by request_id, id
"""
_NOTES = "select note from request_events where act = 'noted'"
_EDITS = """
select request_id::text,
    to_char((document -> 'after' ->> 'callback_from')::timestamptz at time zone 'Europe/Paris', 'HH24:MI')
from request_events where act = 'callback_set'
"""
_CLOSED = "select id::text from requests where status = 'closed'"
_WANTED = "select id::text from requests where status = 'new' and kind = 'matching' order by id limit :most"


@dataclass(slots=True)
class Told:
    """What the desk said it had done."""

    answers: Counter[int] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    edits: list[tuple[str, str]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    won: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    both_went_through: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Adviser:
    def __init__(self, number: int, client: httpx.Client, told: Told, contested: list[str]) -> None:
        self._number = number
        self._client = client
        self._told = told
        self._contested = contested
        self._random = Random(number)

    def work(self) -> None:
        for turn in range(ROUNDS):
            self._wants(self._random.choice(self._contested))
            location = self._post("/demandes/suivante", self._form("/demandes")).headers.get("location", "")
            found = re.match(r"/demandes/([0-9a-f-]{36})", location)
            if found is not None:
                self._sees_to(found[1], turn)

    def _wants(self, request_id: str) -> None:
        """What several take at the same moment."""
        if self._post(f"/demandes/{request_id}/prendre", self._form("/demandes")).status_code == 303:
            with self._told.lock:
                self._told.won[request_id].append(self._number)

    def _sees_to(self, request_id: str, turn: int) -> None:
        page, note = f"/demandes/{request_id}", f"Note {turn} de {self._number}."
        form = self._form(page)
        # A double click.
        for answer in self._together(*[(f"{page}/note", {**form, "note": note})] * 2):
            assert answer.status_code == 303, answer.status_code
        # Two tabs, which read the same request and promise different hours.
        hours = [f"{8 + self._number % 6:02}:{10 * turn:02}", f"{14 + self._number % 6:02}:{10 * turn:02}"]
        forms = [{**form, "jour": "2026-12-01", "de": hour, "a": "21:00"} for hour in hours]
        answers = self._together(*((f"{page}/rappel", f) for f in forms))
        done = [hour for hour, answer in zip(hours, answers, strict=True) if answer.status_code == 303]
        closing = self._post(f"{page}/clore", {**self._form(page), "result": "advised"})
        with self._told.lock:
            self._told.notes.append(note)
            self._told.both_went_through += len(done) > 1
            self._told.edits += [(request_id, hour) for hour in done]
            if closing.status_code == 303:
                self._told.closed.append(request_id)

    def _together(self, *posts: tuple[str, dict[str, str]]) -> list[httpx.Response]:
        with ThreadPoolExecutor(len(posts)) as hands:
            return list(hands.map(lambda post: self._post(*post), posts))

    def _form(self, page: str) -> dict[str, str]:
        answer = self._client.get(page)
        self._count(answer)
        return dict(re.findall(r'name="(csrf|jeton|version)" value="([^"]+)"', answer.text))

    def _post(self, address: str, form: dict[str, str]) -> httpx.Response:
        answer = self._client.post(address, data=form)
        self._count(answer)
        return answer

    def _count(self, answer: httpx.Response) -> None:
        with self._told.lock:
            self._told.answers[answer.status_code] += 1


def rush(runtime: Runtime, clients: list[httpx.Client]) -> bool:
    """Everybody works at once. Whether nothing was held twice, nothing lost, and no answer a failure."""
    with runtime.transaction() as session:
        contested = list(session.scalars(text(_WANTED), {"most": CONTESTED}))
    told = Told()
    began = time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as team:
        for done in [team.submit(Adviser(n, c, told, contested).work) for n, c in enumerate(clients)]:
            done.result()
    took = time.perf_counter() - began
    with runtime.transaction() as session:
        doubly = _held_twice(session.execute(text(_CLAIMS)).all())  # type: ignore[arg-type]
        notes = Counter(session.scalars(text(_NOTES)))
        edits = {(row[0], row[1]) for row in session.execute(text(_EDITS))}
        closed = set(session.scalars(text(_CLOSED)))
    failures = sum(count for status, count in told.answers.items() if status >= 500)
    lost = (
        [note for note in told.notes if notes[note] != told.notes.count(note)]
        + [request_id for request_id, hour in told.edits if (request_id, hour) not in edits]
        + [request_id for request_id in told.closed if request_id not in closed]
    )
    every = sum(told.answers.values())
    print(f"\n{len(clients)} advisers at once: {every} answers in {took:.1f} s, by status {dict(told.answers)}")
    print(f"held twice: {doubly}; contested and given to one each: {len(told.won)}; failures: {failures}")
    written = len(told.notes) + len(told.edits) + len(told.closed)
    print(
        f"notes, hours and closings lost or doubled: {len(lost)} of {written}; "
        f"two tabs that both went through: {told.both_went_through}"
    )
    return not (doubly or lost or failures or told.both_went_through)


def _held_twice(events: list[tuple[object, str, object]]) -> int:
    """Requests taken while somebody held them."""
    holders: dict[object, object] = {}
    twice = 0
    for request_id, act, account_id in events:
        if act == "claimed":
            twice += holders.get(request_id) is not None
            holders[request_id] = account_id
        elif act != "passed_on":
            holders[request_id] = None
    return twice
