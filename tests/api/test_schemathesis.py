"""The JSON API under what its own OpenAPI document allows and what it doesn't: no failure of ours, nothing read unbidden."""

from typing import Any
from uuid import UUID

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from outreach.domain.words import Outcome
from tests.api.test_access import BY_TOKEN
from tests.api.world import CAMPAIGN, TEAM, Desk

EXAMPLES = 25
_SECRETS = ("Exemple", "Odette", "P0", "+331990", "Villejuif")


def _schema(client: httpx.Client) -> Any:
    document = client.get("/openapi.json").json()
    return schemathesis.openapi.from_dict(document)


def _operations(schema: Any) -> list[Any]:
    return [result.ok() for result in schema.get_all_operations()]


def _cases(operation: Any) -> st.SearchStrategy[Any]:
    """What the document allows, and what it doesn't."""
    return st.one_of(operation.as_strategy(GenerationMode.POSITIVE), operation.as_strategy(GenerationMode.NEGATIVE))


def _send(client: httpx.Client, case: Any, headers: dict[str, str]) -> httpx.Response:
    """As a client would that follows the case to the letter, and bears this token or none."""
    wanted = case.as_transport_kwargs(base_url=str(client.base_url))
    body: dict[str, Any] = {}
    if wanted.get("json") is not None:
        body["json"] = wanted["json"]
    elif wanted.get("data") is not None:
        body["data" if isinstance(wanted["data"], dict) else "content"] = wanted["data"]
    kept = {name: value for name, value in (wanted.get("headers") or {}).items() if name.lower() != "authorization"}
    return client.request(
        wanted["method"], wanted["url"], params=wanted.get("params"), headers={**kept, **headers}, **body
    )


@pytest.fixture
def people(desk: Desk) -> dict[str, str]:
    """Somebody in every part of the desk, so that there is something to read."""
    request, urgent = desk.request(), desk.request(Outcome.EMERGENCY)
    desk.volunteer()
    return {"reference": desk.reference_of(request), "request_id": str(request.id), "urgent": str(urgent.id)}


@pytest.mark.parametrize("login", ["camille", "dominique", "andrea", None])
def test_no_failure_of_ours_and_nothing_read_unbidden(
    desk: Desk, client: httpx.Client, people: dict[str, str], login: str | None
) -> None:
    headers = desk.bearer(login) if login is not None else {}
    for operation in _operations(_schema(client)):
        roles = BY_TOKEN[operation.method.upper(), operation.path]
        _try(client, operation, people, headers, is_allowed=login is not None and TEAM[login] in roles)


def _try(
    client: httpx.Client, operation: Any, people: dict[str, str], headers: dict[str, str], *, is_allowed: bool
) -> None:
    """Many cases of one operation, half of them about what there is."""
    where = f"{operation.method} {operation.path}"

    @seed(7)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=_cases(operation), known=st.booleans())
    def every_case(case: Any, known: bool) -> None:
        if known:
            case.path_parameters = {**(case.path_parameters or {}), **_known(case.path_parameters, people)}
        answer = _send(client, case, headers)
        assert answer.status_code < 500, where
        if not is_allowed:
            assert answer.status_code >= 400, where
            assert not any(secret in answer.text for secret in _SECRETS), where

    every_case()


def _known(parameters: dict[str, Any] | None, people: dict[str, str]) -> dict[str, str]:
    """Addresses of what there is, for as many as are asked for."""
    names = {**people, "name": CAMPAIGN}
    return {name: names[name] for name in (parameters or {}) if name in names}


def test_what_is_there_is_found(desk: Desk, client: httpx.Client, people: dict[str, str]) -> None:
    """Otherwise the addresses above would prove nothing."""
    assert client.get(f"/api/v1/patients/{people['reference']}", headers=desk.bearer("camille")).status_code == 200
    assert UUID(people["request_id"])
    assert client.get(f"/api/v1/patients/{people['reference']}").status_code == 401
