"""What the OpenAPI document promises is what is answered, and odd input is an answer, never a failure."""

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from outreach.domain.words import Outcome
from tests.api.world import CAMPAIGN, Desk


def _validator(client: httpx.Client, method: str, path: str, status: str = "200") -> Draft202012Validator:
    document = client.get("/openapi.json").json()
    answers = document["paths"][path][method]["responses"]
    schema = answers[status]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": document["components"]})


def _everything(desk: Desk) -> str:
    request = desk.request()
    desk.calls(desk.patient_of(request), Outcome.EMERGENCY)
    return desk.reference_of(request)


def test_answers_are_as_the_document_says(desk: Desk, client: httpx.Client) -> None:
    reference = _everything(desk)
    for login, path, address in (
        ("camille", "/api/v1/patients/{reference}", f"/api/v1/patients/{reference}"),
        ("camille", "/api/v1/requests", "/api/v1/requests"),
        ("dominique", "/api/v1/campaigns/{name}", f"/api/v1/campaigns/{CAMPAIGN}"),
        ("dominique", "/api/v1/campaigns/{name}/rates", f"/api/v1/campaigns/{CAMPAIGN}/rates?by=question"),
    ):
        answer = client.get(address, headers=desk.bearer(login))
        assert answer.status_code == 200
        _validator(client, "get", path).validate(answer.json())


def test_every_error_is_a_sentence_and_documented(desk: Desk, client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["security"] == [{"token": []}], path
            for status in ("401", "403", "404", "409", "422"):
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (method, path, status)


def test_the_agent_asks_and_the_patient_does_not(desk: Desk, client: httpx.Client) -> None:
    file = client.get(f"/api/v1/patients/{_everything(desk)}", headers=desk.bearer("camille")).json()
    turns = [turn for conversation in file["conversations"] for turn in conversation["turns"]]
    assert all(("asks" in turn) == (turn["speaker"] == "agent") for turn in turns)
    starts = [conversation["started_at"] for conversation in file["conversations"]]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("camille", "/api/v1/patients/P%00"),
        ("camille", "/api/v1/patients/P1?reason=%00"),
        ("camille", "/api/v1/requests?department=%00"),
        ("dominique", "/api/v1/campaigns/%00"),
        ("dominique", "/api/v1/campaigns/%00/rates"),
    ],
)
def test_a_nul_is_not_understood(desk: Desk, client: httpx.Client, login: str, path: str) -> None:
    answer = client.get(path, headers=desk.bearer(login))
    assert (answer.status_code, list(answer.json())) == (422, ["error"])


@pytest.mark.parametrize("text", [r"a\u0000b", r"\ud800"])
def test_a_note_that_cannot_be_kept_is_not_understood(desk: Desk, client: httpx.Client, text: str) -> None:
    address, camille = f"/api/v1/requests/{desk.request().id}", desk.bearer("camille")
    client.post(f"{address}/claim", headers=camille)
    body = f'{{"result": "advised", "note": "{text}"}}'
    answer = client.post(
        f"{address}/close", headers={**camille, "content-type": "application/json"}, content=body.encode()
    )
    assert (answer.status_code, list(answer.json())) == (422, ["error"])
    assert client.post(f"{address}/close", headers=camille, json={"note": "rappelée"}).status_code == 200


def test_rule_14_reading_a_patient_is_written_down_with_its_reason(desk: Desk, client: httpx.Client) -> None:
    reference = _everything(desk)
    assert client.get(f"/api/v1/patients/{reference}?reason=rappel", headers=desk.bearer("dominique")).is_success
    assert client.get("/api/v1/requests", headers=desk.bearer("camille")).is_success
    rows: list[Any] = desk.audit(subject=reference)
    assert ("dominique", "patient_viewed", "rappel", desk.now) in {(r.login, r.act, r.reason, r.at) for r in rows}
    assert ("camille", "requests_listed") in {(r.login, r.act) for r in rows}
