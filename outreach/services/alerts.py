"""What a human must look at now: about a person, for the advisers; about a campaign, for whoever runs it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from outreach.database.models import Alert, Campaign, Conversation
from outreach.database.repositories import alerts
from outreach.domain.words import AlertKind
from outreach.errors import NotFound, Refused
from outreach.runtime import Session
from outreach.services import audit

_RESUME = "Puis reprenez la campagne."
_WHAT_TO_DO: dict[AlertKind, str] = {
    AlertKind.CARRIER_REFUSES_US: f"L’opérateur nous refuse. Vérifiez chez lui le compte et les numéros. {_RESUME}",
    AlertKind.CARRIER_REFUSES_SOME: "L’opérateur refuse certains numéros. Regardez les codes d’erreur avec lui.",
    AlertKind.CARRIER_FAILS: (
        "Trop d’appels échouent chez l’opérateur. Regardez s’il annonce une panne, et les codes d’erreur "
        f"dans le journal de relais dialer. {_RESUME}"
    ),
    AlertKind.HANG_UPS: (
        "Trop de personnes raccrochent dans les cinq secondes. Écoutez vous-même un appel : silence au début, voix, "
        f"numéro signalé comme indésirable. {_RESUME}"
    ),
    AlertKind.AGENT_AWAY: (
        "L’agent ne répond pas et les personnes entendent nos excuses. Vérifiez relais bot, relais actions et leur "
        f"journal. {_RESUME}"
    ),
    AlertKind.NOBODY_LISTENS: (
        "Personne n’est appelé : aucun relais phone n’a d’agent qui réponde. Vérifiez relais phone, relais bot et "
        "relais actions. Les appels reprennent seuls."
    ),
}


class UnknownAlert(NotFound):
    def __init__(self) -> None:
        super().__init__("this alert is not known; relais alerts lists them")


def about_a_person(
    session: Session, conversation: Conversation, kind: AlertKind, what_to_do: str, at: datetime
) -> None:
    """Asks an adviser to look, now (rule 12). Each conversation has its own."""
    session.add(
        Alert(
            kind=kind,
            patient_id=conversation.patient_id,
            conversation_id=conversation.id,
            what_to_do=what_to_do,
            at=at,
        )
    )


def about_a_campaign(
    session: Session, campaign: Campaign, kind: AlertKind, at: datetime, what_to_do: str | None = None
) -> None:
    """Tells what failed and what to do. While such an alert is open, the same again is counted on it."""
    alerts.add(session, campaign.id, kind, what_to_do or _WHAT_TO_DO[kind], at)


def about_no_campaign(session: Session, kind: AlertKind, at: datetime, what_to_do: str) -> None:
    """Tells of what fails while no campaign runs that could tell it; not while one's alert of this kind is open."""
    alerts.add_of_no_campaign(session, kind, what_to_do, at)


def listed(session: Session, *, settled: bool = False, limit: int = 100) -> Sequence[Alert]:
    """The open ones, or with `settled` the past ones too, the newest first, with `.campaign`."""
    return alerts.listed(session, settled=settled, limit=limit)


def of_campaign(session: Session, campaign: Campaign) -> Sequence[Alert]:
    """A campaign's open alerts."""
    return alerts.open_of_campaign(session, campaign.id)


def of_no_campaign(session: Session) -> Sequence[Alert]:
    """The open ones that are neither a campaign's nor about a person."""
    return alerts.open_of_no_campaign(session)


def patients_are_waiting(session: Session) -> bool:
    """Whether somebody said something urgent, and no adviser has taken it yet."""
    return alerts.patients_are_waiting(session)


def acknowledge(session: Session, alert_id: UUID, now: datetime, by: str) -> Alert:
    """Somebody has seen to it. Raises UnknownAlert, or Refused for a person's: only taking the request settles that."""
    alert = alerts.lock(session, alert_id)
    if alert is None:
        raise UnknownAlert
    if alert.patient_id is not None:
        raise Refused("this alert is about a person; an adviser settles it by taking the request")
    if alert.settled_at is None:
        alert.settled_at = now
        alert.settled_by = by
        audit.record(session, by, "alert_acknowledged", alert.kind, None, now)
    session.flush()
    return alert


def settle_of_campaign(session: Session, campaign: Campaign, now: datetime, by: str) -> None:
    """Whoever resumes or stops a campaign has seen to what paused it."""
    alerts.settle_of_campaign(session, campaign.id, now, by)


def open_by_kind(session: Session) -> dict[AlertKind, int]:
    """How many alerts of each kind are open."""
    counts = alerts.open_by_kind(session)
    return {kind: counts.get(kind, 0) for kind in AlertKind}
