"""`GET /api/v1/patients/{reference}` is a contract with other people's scripts (DESIGN §5)."""

from datetime import timedelta

import httpx

from outreach.domain.words import ConsentState, Outcome
from tests.api.world import VILLEJUIF, Desk


def test_holds_exactly_what_the_contract_names(desk: Desk, client: httpx.Client) -> None:
    request = desk.request()
    reference = desk.reference_of(request)
    file = client.get(f"/api/v1/patients/{reference}", headers=desk.bearer("camille")).json()
    assert list(file) == ["reference", "contacts", "attempts", "conversations", "consents", "request", "suppressed"]
    assert file["reference"] == reference
    (contact,) = file["contacts"]
    assert contact == {
        "campaign": "ald-2026",
        "state": "accepted",
        "reason": None,
        "attempts": 0,
        "next_attempt_at": None,
    }
    (attempt,) = file["attempts"]
    assert set(attempt) == {
        "id",
        "campaign",
        "channel",
        "direction",
        "number",
        "carrier_id",
        "placed_at",
        "answered_at",
        "ended_at",
        "disposition",
    }
    assert (attempt["channel"], attempt["direction"]) == ("voice", "inbound")
    assert attempt["number"].startswith("+33199")
    (conversation,) = file["conversations"]
    assert conversation["attempt_id"] == attempt["id"]
    assert (conversation["outcome"], conversation["identity"]) == ("accepted", "verified")
    assert conversation["answers"] == {
        "mobility": ["wheelchair"],
        "max_travel_minutes": 20,
        "area": VILLEJUIF,
        "preference": {
            "physician_gender": "female",
            "physician_name": None,
            "excluded_physician": None,
            "language": None,
            "other": None,
        },
        "callback": None,
    }
    assert conversation["turns"][0]["asks"] == "birth_date"
    assert [turn["speaker"] for turn in conversation["turns"]][:2] == ["agent", "patient"]
    assert "asks" not in conversation["turns"][1]
    assert [(consent["kind"], consent["state"]) for consent in file["consents"]] == [
        ("assistance", "given"),
        ("sharing", "given"),
    ]
    assert file["consents"][0]["wording"] == "2026-11-a"
    assert file["request"]["id"] == str(request.id)
    assert (file["request"]["kind"], file["request"]["status"]) == ("matching", "new")
    assert file["request"]["area"] == VILLEJUIF
    assert file["suppressed"] is None


def test_times_are_instants_with_their_offset(desk: Desk, client: httpx.Client) -> None:
    reference = desk.reference_of(desk.request())
    file = client.get(f"/api/v1/patients/{reference}", headers=desk.bearer("camille")).json()
    assert file["request"]["created_at"] == "2026-11-24T09:30:00Z"


def test_somebody_never_reached_has_empty_lists(desk: Desk, client: httpx.Client) -> None:
    patient = desk.person()
    file = client.get(f"/api/v1/patients/{patient.reference}", headers=desk.bearer("dominique")).json()
    assert (file["attempts"], file["conversations"], file["consents"], file["request"]) == ([], [], [], None)
    assert file["contacts"][0]["state"] == "waiting"
    assert file["contacts"][0]["next_attempt_at"] is not None


def test_a_suppression_shows_with_its_scope(desk: Desk, client: httpx.Client) -> None:
    patient = desk.person()
    desk.calls(patient, Outcome.OPTED_OUT)
    file = client.get(f"/api/v1/patients/{patient.reference}", headers=desk.bearer("camille")).json()
    assert file["suppressed"]["scope"] == "person"
    assert file["suppressed"]["since"] == "2026-11-24T09:30:00Z"
    assert file["contacts"][0]["state"] == "opted_out"


def test_a_withdrawn_request_keeps_no_answers(desk: Desk, client: httpx.Client) -> None:
    request = desk.request()
    desk.clock.advance(timedelta(days=1))
    desk.calls(desk.patient_of(request), Outcome.REFUSED)
    reference = desk.reference_of(request)
    file = client.get(f"/api/v1/patients/{reference}", headers=desk.bearer("camille")).json()
    assert file["request"]["status"] == "withdrawn"
    assert (file["request"]["mobility"], file["request"]["area"], file["request"]["preference"]) == ([], None, None)
    assert [c["state"] for c in file["consents"]] == ["given", "given", "withdrawn", "withdrawn"]


def test_an_unknown_reference_is_one_sentence(desk: Desk, client: httpx.Client) -> None:
    answer = client.get("/api/v1/patients/P999999", headers=desk.bearer("camille"))
    assert answer.status_code == 404
    assert "P999999" in answer.json()["error"]


def test_an_identity_that_failed_leaves_work_for_an_adviser(desk: Desk, client: httpx.Client) -> None:
    request = desk.request(Outcome.IDENTITY_FAILED, sharing=ConsentState.REFUSED)
    assert (request.kind, request.status) == ("identity", "new")
