"""SMS from us, from the people, and their receipts."""

from sandbox.speech import Ask
from tests.sandbox.agent_sentences import IN_A_ROW
from tests.sandbox.conftest import BRUNO, US, Network, networked
from tests.serving import until

ANNOUNCEMENT = next(text for text, ask in IN_A_ROW if ask is Ask.ANNOUNCEMENT)
OFF = "+33639980009"


def _receipts(network: Network) -> list[str]:
    return [form["MessageStatus"] for form in network.application.at("/sms-status")]


def test_a_message_is_delivered_and_receipted(network: Network) -> None:
    sid = network.text(body="Bonjour, l'Assurance Maladie.").json()["sid"]
    until(lambda: _receipts(network) == ["sent", "delivered"])
    row = network.log("messages")[0]
    assert (row["sid"], row["to"], row["from"], row["status"]) == (sid, BRUNO, US, "delivered")


def test_a_line_out_of_reach_takes_no_message(network: Network) -> None:
    network.people({"reference": "O", "numbers": [OFF], "character": "unreachable"})
    sid = network.text(OFF).json()["sid"]
    until(lambda: _receipts(network) == ["sent", "undelivered"])
    assert network.application.at("/sms-status")[-1]["ErrorCode"] == "30003"
    assert network.http.get(f"{network.root}/Messages/{sid}.json").json()["error_code"] == 30003


def test_what_is_answered_to_an_sms_comes_back_as_one(network: Network) -> None:
    network.people({"reference": "B", "numbers": [BRUNO], "manual": True})
    network.application.scripts["/carrier/sms/inbound"] = ["<Response><Message>C'est noté.</Message></Response>"]
    answer = network.http.post("/sandbox/inbound-sms", json={"from": BRUNO, "to": US, "body": "Demain, merci"})
    assert answer.status_code == 201
    form = network.application.at("/carrier/sms/inbound")[0]
    assert (form["From"], form["To"], form["Body"], form["SmsStatus"]) == (BRUNO, US, "Demain, merci", "received")
    until(lambda: [row["status"] for row in network.log("messages")] == ["received", "delivered"])
    reply = network.log("messages")[1]
    assert (reply["direction"], reply["to"], reply["from"], reply["body"]) == (
        "outbound-reply",
        BRUNO,
        US,
        "C'est noté.",
    )
    shown = network.http.get(f"/telephone/{BRUNO}/messages").json()
    assert [(one["text"], one["mine"]) for one in shown] == [("Demain, merci", True), ("C'est noté.", False)]


def test_people_answer_an_announcement() -> None:
    with networked(clock="2026-11-24T10:00:00+01:00@2000") as network:
        network.people({"reference": "B", "numbers": [BRUNO], "character": "texts_stop"})
        network.text(body=ANNOUNCEMENT)
        said = until(lambda: [row["body"] for row in network.log("messages") if row["direction"] == "inbound"])
        assert "stop" in said[0].lower()


def test_a_message_is_erased_and_forgotten_by_all_but_the_judge(network: Network) -> None:
    sid = network.text(body="Bonjour").json()["sid"]
    until(lambda: network.log("messages")[0]["status"] == "delivered")
    address = f"{network.root}/Messages/{sid}.json"
    assert network.http.post(address, data={"Body": ""}).json()["body"] == ""
    assert network.http.delete(address).status_code == 204
    assert network.http.get(address).json()["code"] == 20404
    assert network.http.get(f"{network.root}/Messages.json").json()["messages"] == []
    assert len(network.log("messages")) == 1
