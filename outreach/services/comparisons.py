"""Two wordings compared on random halves of a campaign: begun and ended by a supervisor, or ended by what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

from outreach.database.models import Campaign, Comparison, Wording
from outreach.database.repositories import comparisons
from outreach.domain import comparing, wording_rules
from outreach.domain.comparing import Half
from outreach.domain.rates_masking import hidden_cells
from outreach.domain.words import AlertKind, ComparisonState
from outreach.errors import BadInput, BusinessError
from outreach.runtime import Session
from outreach.services import alerts, audit, campaigns

USUAL = "2026-11-a"
"""What is said by a campaign that says nothing else; the agent has the same word for it."""


class AlreadyComparing(BusinessError):
    def __init__(self) -> None:
        super().__init__("the campaign compares two wordings already")


class NotComparing(BusinessError):
    def __init__(self) -> None:
        super().__init__("the campaign compares no wordings")


class UnfitWording(BadInput):
    """A wording that doesn't hold what every one must, or isn't known: each problem in a sentence, in French."""

    def __init__(self, version: str, problems: Sequence[str]) -> None:
        super().__init__(f"the wording {version} can't be spoken: {len(problems)} problems")
        self.version = version
        self.problems = list(problems)


def tell(session: Session, version: str, sentences: dict[str, Any], now: datetime) -> None:
    """Keeps what the agent can say, as it tells it when it starts."""
    comparisons.tell(session, version, sentences, now)


def wordings(session: Session) -> dict[str, Wording]:
    return {wording.version: wording for wording in comparisons.wordings(session)}


def check(session: Session, version: str) -> None:
    """Raises UnfitWording for one that may not be spoken beside the usual one."""
    known = wordings(session)
    if version not in known:
        raise UnfitWording(version, ["L’agent ne connaît pas cette formulation."])
    usual = known[USUAL].sentences if USUAL in known else None
    problems = wording_rules.problems(known[version].sentences, usual)
    if problems:
        raise UnfitWording(version, problems)


def spoken(campaign: Campaign) -> str:
    """What a campaign says outside a comparison."""
    return campaign.wording or USUAL


def start(session: Session, name: str, first: str, second: str, most: int, now: datetime, by: str) -> Comparison:
    """Each half of the people hears one from their next conversation on. Raises UnfitWording, BadInput, CampaignError
    or AlreadyComparing."""
    campaign = campaigns.get(session, name, lock=True)
    campaigns.check_open(campaign)
    if first == second:
        raise BadInput("two wordings are compared, not one with itself")
    if not comparing.LEAST <= most <= comparing.MOST:
        raise BadInput(f"from {comparing.LEAST} to {comparing.MOST} people in each half")
    for version in (first, second):
        check(session, version)
    if campaign.comparison:
        raise AlreadyComparing
    begun = Comparison(
        id=uuid4(),
        campaign_id=campaign.id,
        first=first,
        second=second,
        most=most,
        state=ComparisonState.RUNNING,
        started_by=by,
        started_at=now,
    )
    session.add(begun)
    campaign.comparison = {"id": str(begun.id), "versions": [first, second]}
    audit.record(session, by, "comparison_started", name, f"{first} / {second}", now)
    session.flush()
    return begun


def stop(session: Session, name: str, now: datetime, by: str) -> None:
    """Everybody hears what the campaign says again. Raises NotComparing."""
    campaign = campaigns.get(session, name, lock=True)
    running = next((one for one in comparisons.of_campaign(session, campaign.id) if _runs(one)), None)
    if running is None:
        raise NotComparing
    _look(session, running, now)
    _end(session, campaign, running, ComparisonState.STOPPED, now, by)


def _runs(one: Comparison) -> bool:
    return one.state == ComparisonState.RUNNING


def adopt(session: Session, name: str, version: str, now: datetime, by: str) -> None:
    """From now on the campaign says this one. Raises UnfitWording, CampaignError or AlreadyComparing."""
    campaign = campaigns.get(session, name, lock=True)
    campaigns.check_open(campaign)
    if campaign.comparison:
        raise AlreadyComparing
    check(session, version)
    if spoken(campaign) != version:
        campaign.wording = version
        audit.record(session, by, "wording_adopted", name, version, now)
        session.flush()


def _end(session: Session, campaign: Campaign, one: Comparison, state: ComparisonState, now: datetime, by: str) -> None:
    one.state, one.ended_by, one.ended_at = state, by, now
    campaign.comparison = None
    audit.record(session, by, "comparison_ended", campaign.name, state, now)
    session.flush()


def _look(session: Session, one: Comparison, now: datetime) -> ComparisonState:
    found = {row.half: Half(*row[1:]) for row in comparisons.halves(session, one.id, one.campaign_id, one.started_at)}
    halves = [found.get(half, Half()) for half in (0, 1)]
    verdict = comparing.look(halves[0], halves[1], one.most)
    one.result = {
        "halves": [asdict(half) for half in halves],
        "pairs": verdict.pairs,
        "consent_evidence": verdict.consent_evidence,
        "hang_up_evidence": verdict.hang_up_evidence,
    }
    one.looked_at = now
    return verdict.state


def look_at_all(session: Session, now: datetime) -> list[str]:
    """Looks at every comparison that runs, and ends those of which enough is known. Returns the campaigns' names."""
    ended = []
    for running in comparisons.running(session):
        name = running.campaign.name
        # The campaign before the comparison, as whoever steers it locks them.
        campaign = campaigns.get(session, name, lock=True)
        one = comparisons.lock_running(session, running.id)
        if one is None:
            continue
        state = _look(session, one, now)
        if state is not ComparisonState.RUNNING:
            _end(session, campaign, one, state, now, "relais")
            if state is ComparisonState.HARM:
                alerts.about_a_campaign(session, campaign, AlertKind.WORDING_HARMS, now, _after_harm(campaign, one))
            ended.append(name)
    session.flush()
    return ended


def _after_harm(campaign: Campaign, one: Comparison) -> str:
    """What to do, in French: the campaign may go on saying the very wording on which people hang up."""
    first, second = (half["paired_hung_up"] for half in (one.result or {})["halves"])
    worse, other = (one.first, one.second) if first > second else (one.second, one.first)
    found = f"On raccroche bien plus à la formulation {worse} qu’à {other} : la comparaison est arrêtée"
    if worse != spoken(campaign):
        return f"{found}, et la campagne dit {spoken(campaign)}. Écoutez un appel avec {worse} avant de la reprendre."
    return (
        f"{found}, mais la campagne dit encore {worse}. Adoptez {other} à la page Formulations, "
        "ou suspendez les appels le temps de comprendre."
    )


def of_campaign(session: Session, campaign: Campaign) -> Sequence[Comparison]:
    """The newest first."""
    return comparisons.of_campaign(session, campaign.id)


def published(result: Mapping[str, Any]) -> list[dict[str, int | None]]:
    """Each half's counts as a page may show them: None where too few people are behind it, or behind the rest."""
    people: dict[tuple[int, str], int] = {}
    lines = []
    for half, counts in enumerate(result["halves"]):
        whole = counts["verified"]
        people[half, "verified"] = whole
        for part in ("agreed", "hung_up"):
            people[half, part] = counts[part]
            people[half, f"not_{part}"] = whole - counts[part]
            lines.append(((half, "verified"), [(half, part), (half, f"not_{part}")]))
    hidden = hidden_cells(people, lines)
    return [
        {key: None if (half, key) in hidden else people[half, key] for key in ("verified", "agreed", "hung_up")}
        for half in (0, 1)
    ]
