"""Alerts told by e-mail and webhook: one message for each open alert, one more when it is over, nothing of a person.

A trigger writes what is to be told in the transaction that opens or settles the alert. Each message is claimed for a
while, sent outside any transaction, and tried again for a day when that fails: at least once, and told by its id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from outreach.database.models import AlertMessage
from outreach.database.repositories import alert_messages
from outreach.domain.words import AlertKind
from outreach.runtime import Session

EMAIL, WEBHOOK = "email", "webhook"
LEASE_SECONDS = 120.0
"""For so long a claimed message is nobody else's: longer than any network time-out."""

AGAIN_SECONDS = (30.0, 60.0, 120.0, 300.0, 900.0, 1800.0, *(3600.0 for _ in range(23)))
"""After each failure; then, a day later, it is given up."""

_AT_ONCE = 20

TITLES = {
    AlertKind.EMERGENCY: "Une demande urgente attend au poste des conseillers",
    AlertKind.DISTRESS: "Une demande urgente attend au poste des conseillers",
    AlertKind.CARRIER_REFUSES_US: "L’opérateur nous refuse",
    AlertKind.CARRIER_REFUSES_SOME: "L’opérateur refuse certains numéros",
    AlertKind.CARRIER_FAILS: "Trop d’appels échouent chez l’opérateur",
    AlertKind.HANG_UPS: "Trop de personnes raccrochent aussitôt",
    AlertKind.AGENT_AWAY: "L’agent ne répond pas",
    AlertKind.NOBODY_LISTENS: "Personne n’est appelé : aucun agent ne répond",
    AlertKind.WORDING_HARMS: "Une formulation fait raccrocher",
}
_PERSON = "Un conseiller doit prendre la première demande de la liste."


@dataclass(frozen=True, slots=True)
class Message:
    """What is told. Of a person's alert: that an urgent request waits, and nothing else (rule 14)."""

    id: UUID
    alert_id: UUID
    way: str
    is_over: bool
    kind: str
    campaign: str | None
    title: str
    what_to_do: str
    since: datetime
    over_at: datetime | None
    tries: int


def claim(session: Session, ways: Sequence[str]) -> list[Message]:
    """What is to be told now by these ways; of the other ways nothing ever is."""
    alert_messages.drop(session, ways)
    if not ways:
        return []
    return [_message(row) for row in alert_messages.claim(session, _AT_ONCE, LEASE_SECONDS)]


def _message(row: AlertMessage) -> Message:
    alert, kind = row.alert, AlertKind(row.alert.kind)
    of_person = alert.patient_id is not None or alert.conversation_id is not None
    return Message(
        id=row.id,
        alert_id=alert.id,
        way=row.way,
        is_over=row.tells == "over",
        kind="urgent_request" if of_person else kind,
        campaign=alert.campaign.name if alert.campaign is not None and not of_person else None,
        title=TITLES[AlertKind.EMERGENCY] if of_person else TITLES[kind],
        what_to_do=_PERSON if of_person else alert.what_to_do,
        since=alert.at,
        over_at=alert.settled_at,
        tries=row.tries,
    )


def told(session: Session, message_id: UUID) -> None:
    alert_messages.told(session, message_id)


def not_told(session: Session, message: Message, problem: str) -> bool:
    """Plans the next try; False when this was the last one. `problem`: a kind of error, never what somebody said."""
    # `tries` was read before this try was counted.
    again = AGAIN_SECONDS[message.tries] if message.tries < len(AGAIN_SECONDS) else None
    alert_messages.not_told(session, message.id, problem, again)
    return again is not None
