"""Campaigns: created, started, paused, resumed, stopped, and their contacts given a first moment."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from outreach.database.models import AuditEntry, Campaign, PolicyVersion
from outreach.database.repositories import campaigns, contacts, requests_of
from outreach.domain import calling_hours, policy
from outreach.domain.policy import ContactPolicy, looser_than_default
from outreach.domain.territories import UnknownTerritory
from outreach.domain.words import AlertKind, CampaignStatus
from outreach.errors import BadInput, BusinessError, NotFound
from outreach.runtime import Session
from outreach.services import alerts, answering, priorities

RESERVED = frozenset({"nouvelle"})
"""What follows `/tableau/` in addresses of ours."""
_IDS = "campaigns' ids"


class CampaignError(BusinessError):
    """What can't be done with a campaign just now."""


class UnknownCampaign(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"there is no campaign {name!r}; relais campaign create makes one")


class PolicyChangedMeanwhile(BusinessError):
    """Somebody gave the campaign another policy since the one that was looked at."""

    def __init__(self, by: str, at: datetime) -> None:
        super().__init__("the campaign's policy was changed meanwhile; look at the new one")
        self.by = by
        self.at = at


class ReasonMissing(BadInput):
    def __init__(self, keys: list[str]) -> None:
        super().__init__(
            f"the policy is looser than the default for people ({', '.join(keys)}); write why with --reason TEXT"
        )


def get(session: Session, name: str, *, lock: bool = False) -> Campaign:
    """The campaign of this name. Raises UnknownCampaign."""
    campaign = campaigns.by_name(session, name, lock=lock)
    if campaign is None:
        raise UnknownCampaign(name)
    _ids(session)[name] = campaign.id
    return campaign


def id_of(session: Session, name: str) -> UUID:
    """The same as its id, which a session asks for once. Raises UnknownCampaign."""
    known = _ids(session)
    return known[name] if name in known else get(session, name).id


def _ids(session: Session) -> dict[str, UUID]:
    known: dict[str, UUID] = session.info.setdefault(_IDS, {})
    return known


def everything(session: Session) -> Sequence[Campaign]:
    """Every campaign, in the order of their making."""
    return campaigns.all_of_them(session)


def ensure(session: Session, name: str, now: datetime) -> Campaign:
    """The campaign of this name; a draft with the default policy when there is none yet."""
    return campaigns.by_name(session, name) or create(session, name, policy.DEFAULT, None, now, by="import")


def check_name(name: str) -> None:
    """Raises BadInput for what is no campaign's name."""
    if not re.fullmatch(r"[\w.\-]{1,64}", name, re.ASCII) or not name.strip("."):
        raise BadInput("a campaign's name is made of 1 to 64 letters, digits, dots or dashes, such as ald-2026")
    if name in RESERVED:
        raise BadInput(f"no campaign can be named {name}: a page of ours has this address")


def create(session: Session, name: str, rules: ContactPolicy, reason: str | None, now: datetime, by: str) -> Campaign:
    """Makes a draft, or gives a draft its policy. Raises BadInput, ReasonMissing or CampaignError."""
    check_name(name)
    looser = looser_than_default(rules)
    if looser and not reason:
        raise ReasonMissing(looser)
    campaign = campaigns.by_name(session, name, lock=True)
    if campaign is None:
        campaign = Campaign(
            name=name,
            status=CampaignStatus.DRAFT,
            policy=rules.document(),
            policy_version=1,
            policy_reason=reason,
            created_at=now,
        )
        session.add(campaign)
        session.flush()
        _keep_version(session, campaign, by, now)
    elif campaign.status == CampaignStatus.DRAFT:
        _next_version(session, campaign, rules, reason, by, now)
    else:
        raise CampaignError(f"the campaign {name} exists already and is {campaign.status}")
    _audit(session, now, by, "campaign_created", name, reason)
    session.flush()
    return campaign


def exists(session: Session, name: str) -> bool:
    return campaigns.by_name(session, name) is not None


def check_open(campaign: Campaign) -> None:
    """Raises CampaignError for a campaign that has ended."""
    if campaign.status == CampaignStatus.STOPPED:
        raise CampaignError(f"the campaign {campaign.name} is stopped")


def aim_at(session: Session, name: str, day: date | None, now: datetime, by: str) -> Campaign:
    """Sets the day by which everybody should have been contacted, or takes it away. Raises BadInput for a past one."""
    campaign = get(session, name, lock=True)
    if day is not None and day <= now.date():
        raise BadInput("the target is a day to come")
    if campaign.target_on != day:
        campaign.target_on = day
        _audit(session, now, by, "campaign_target", name, day.isoformat() if day is not None else None)
        session.flush()
    return campaign


def change_policy(
    session: Session,
    name: str,
    rules: ContactPolicy,
    reason: str | None,
    now: datetime,
    by: str,
    version: int | None = None,
) -> Campaign:
    """Gives a campaign that may be running another policy, which holds from the next claim on; the same one changes
    nothing. Times already planned stay: the gates put off those that the new policy does not allow.

    `version`: the one that was looked at. Raises ReasonMissing, CampaignError or PolicyChangedMeanwhile.
    """
    looser = looser_than_default(rules)
    if looser and not reason:
        raise ReasonMissing(looser)
    campaign = get(session, name, lock=True)
    check_version(session, campaign, version)
    if campaign.status == CampaignStatus.STOPPED:
        raise CampaignError(f"the campaign {name} is stopped; its policy is that under which it ended")
    if policy.from_document(campaign.policy) != rules:
        _next_version(session, campaign, rules, reason, by, now)
        _audit(session, now, by, "policy_changed", name, reason)
        session.flush()
    return campaign


def check_version(session: Session, campaign: Campaign, version: int | None) -> None:
    """Raises PolicyChangedMeanwhile when a campaign has another policy than the one that was looked at."""
    if version is not None and version != campaign.policy_version:
        last = campaigns.policy_versions(session, campaign.id)[-1]
        raise PolicyChangedMeanwhile(last.by, last.at)


def policy_versions(session: Session, name: str) -> Sequence[PolicyVersion]:
    """Every policy of a campaign, the first one first. Raises UnknownCampaign."""
    return campaigns.policy_versions(session, get(session, name).id)


def _next_version(
    session: Session, campaign: Campaign, rules: ContactPolicy, reason: str | None, by: str, now: datetime
) -> None:
    campaign.policy = rules.document()
    campaign.policy_version += 1
    campaign.policy_reason = reason
    _keep_version(session, campaign, by, now)


def _keep_version(session: Session, campaign: Campaign, by: str, now: datetime) -> None:
    session.add(
        PolicyVersion(
            campaign_id=campaign.id,
            version=campaign.policy_version,
            document=campaign.policy,
            reason=campaign.policy_reason,
            by=by,
            at=now,
        )
    )
    session.flush()


def _audit(session: Session, now: datetime, by: str, act: str, name: str, reason: str | None) -> None:
    session.add(AuditEntry(at=now, login=by, act=act, subject=name, reason=reason))


def first_moment(campaign: Campaign, department: str, now: datetime) -> datetime | None:
    """When the first contact with somebody of a department may take place. None when no window opens."""
    try:
        return calling_hours.next_opening(policy.from_document(campaign.policy), department, now)
    except UnknownTerritory:
        return None


def schedule(session: Session, campaign: Campaign, now: datetime) -> None:
    """Gives the waiting contacts that have no time their first moment, by department."""
    for department in contacts.unscheduled_departments(session, campaign.id):
        at = first_moment(campaign, department, now)
        priorities.stand(session, campaign, department)
        if at is not None:
            answering.schedule_first_calls(session, campaign, department, at)
        contacts.schedule_department(session, campaign.id, department, at or now + timedelta(days=1))


def start(session: Session, name: str, now: datetime, by: str, *, sms_possible: bool = True) -> Campaign:
    """Lets a campaign call. Raises CampaignError when nobody could take over, or nothing could announce the calls."""
    campaign = get(session, name, lock=True)
    if campaign.status == CampaignStatus.RUNNING:
        return campaign
    if campaign.status != CampaignStatus.DRAFT:
        raise CampaignError(
            f"the campaign {name} is {campaign.status}; relais campaign resume goes on with a paused one"
        )
    if requests_of.advisers(session) == 0:
        raise CampaignError(
            "no adviser account exists, so nobody could take over; "
            "make one with relais account create LOGIN --role adviser"
        )
    if policy.from_document(campaign.policy).announce_sms and not sms_possible:
        raise CampaignError(
            f"the campaign {name} announces its calls by SMS but SMS_SENDER is not set; "
            "set it, or put announce_sms: false"
        )
    campaign.status = CampaignStatus.RUNNING
    campaign.status_reason = None
    campaign.started_at = now
    campaign.calling_since = now
    schedule(session, campaign, now)
    _audit(session, now, by, "campaign_started", name, None)
    session.flush()
    return campaign


def inform(session: Session, name: str, day: date, now: datetime, by: str) -> Campaign:
    """States that everybody enrolled by now was told, by this day, of the right to object (decision 17).

    Whoever is enrolled later is covered once it is stated again. Raises BadInput for a day to come.
    """
    campaign = get(session, name, lock=True)
    if day > now.date():
        raise BadInput("people were told on a day that has come")
    campaign.informed_on, campaign.informed_stated_at = day, now
    _audit(session, now, by, "campaign_informed", name, day.isoformat())
    session.flush()
    return campaign


def pause(session: Session, name: str, reason: str | None, now: datetime, by: str) -> Campaign:
    """Places nothing more until it is resumed; calls under way go on."""
    campaign = get(session, name, lock=True)
    if campaign.status == CampaignStatus.PAUSED:
        return campaign
    if campaign.status != CampaignStatus.RUNNING:
        raise CampaignError(f"the campaign {name} is {campaign.status}; only a running one can be paused")
    campaign.status = CampaignStatus.PAUSED
    campaign.status_reason = reason
    _audit(session, now, by, "campaign_paused", name, reason)
    session.flush()
    return campaign


def resume(session: Session, name: str, now: datetime, by: str) -> Campaign:
    campaign = get(session, name, lock=True)
    if campaign.status == CampaignStatus.RUNNING:
        return campaign
    if campaign.status != CampaignStatus.PAUSED:
        raise CampaignError(f"the campaign {name} is {campaign.status}; only a paused one can be resumed")
    campaign.status = CampaignStatus.RUNNING
    campaign.status_reason = None
    campaign.calling_since = now
    alerts.settle_of_campaign(session, campaign, now, by)
    schedule(session, campaign, now)
    _audit(session, now, by, "campaign_resumed", name, None)
    session.flush()
    return campaign


def stop(session: Session, name: str, reason: str | None, now: datetime, by: str) -> Campaign:
    """Ends a campaign for good; requests already handed over stay with the advisers."""
    campaign = get(session, name, lock=True)
    if campaign.status == CampaignStatus.STOPPED:
        return campaign
    campaign.status = CampaignStatus.STOPPED
    campaign.status_reason = reason
    campaign.stopped_at = now
    alerts.settle_of_campaign(session, campaign, now, by)
    _audit(session, now, by, "campaign_stopped", name, reason)
    session.flush()
    return campaign


def pause_because(session: Session, campaign: Campaign, kind: AlertKind, now: datetime) -> None:
    """Pauses a running campaign that is locked, for what an alert tells."""
    campaign.status = CampaignStatus.PAUSED
    campaign.status_reason = kind
    _audit(session, now, "relais", "campaign_paused", campaign.name, kind)


def pause_all(session: Session, reason: str, what_to_do: str, now: datetime) -> None:
    """The carrier refuses us altogether: every running campaign stops calling, and an alert says what to do.

    Where none runs, an alert of no campaign does: an adviser called.
    """
    kind = AlertKind(reason)
    running = campaigns.with_status(session, CampaignStatus.RUNNING, lock=True)
    for campaign in running:
        pause_because(session, campaign, kind, now)
        alerts.about_a_campaign(session, campaign, kind, now, what_to_do)
    if not running:
        alerts.about_no_campaign(session, kind, now, what_to_do)
    session.flush()


def warn(session: Session, attempt_id: UUID, kind: AlertKind, what_to_do: str, now: datetime) -> None:
    """Something that won't go by itself, but concerns some people only: the campaign goes on, and somebody is told."""
    campaign = campaigns.of_attempt(session, attempt_id)
    if campaign is not None:
        alerts.about_a_campaign(session, campaign, kind, now, what_to_do)
