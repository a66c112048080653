"""A plan from what the database knows and what somebody types; and its courses, played in processes of their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from outreach.database.repositories import planning as queries
from outreach.domain.answering import AgeBand, Beliefs, Group, learn
from outreach.domain.best_time import half_hour_of
from outreach.domain.phones import answers_by_sms
from outreach.domain.planning import (
    Advisers,
    Answers,
    Cell,
    Cohort,
    Desk,
    Plan,
    PlanError,
    Rates,
    Share,
    Volunteers,
    check,
    in_proportion,
    typed_answers,
)
from outreach.domain.planning_absorption import worked_days
from outreach.domain.planning_study import RELIEF_SEEDS, SEEDS, Study, Task, Told, study
from outreach.domain.policy import DEFAULT, ContactPolicy, PolicyError, from_document, parse_windows
from outreach.domain.territories import DEPARTMENTS, zone_of
from outreach.domain.words import NumberKind
from outreach.errors import BadInput
from outreach.places import places
from outreach.players import Players
from outreach.runtime import Session
from outreach.services import answering, campaigns
from outreach.services import capacity as absorbing
from outreach.settings import Settings

__all__ = ["RELIEF_SEEDS", "SEEDS", "Prepared", "Typed", "played", "prepare"]

ENOUGH_CALLS = 200
"""From so many calls a figure is said to be learned; fewer weigh little against the field's."""

_LATELY = timedelta(days=90)
_DESK_LATELY = timedelta(days=28)
_ENOUGH_CLOSED = 50

_AGES = {AgeBand.UNDER_50: 15, AgeBand.FROM_50: 25, AgeBand.FROM_65: 35, AgeBand.FROM_80: 25}
_MOBILES = {AgeBand.UNDER_50: 0.9, AgeBand.FROM_50: 0.9, AgeBand.FROM_65: 0.6, AgeBand.FROM_80: 0.35}
"""Ages and telephones of people with a long illness: ours [D]."""

_COUNTED_BY_PARTS = frozenset({"75056", "69123", "13055"})
"""Paris, Lyon and Marseille, whose arrondissements are places too."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody types, None where they leave it to what is known.

    `departments` and `places`: by department; the one of "" is to be shared out over all of the cohort's.
    """

    people: int | None = None
    departments: Mapping[str, float] | None = None
    begins: datetime | None = None
    policy: ContactPolicy | None = None
    windows: str | None = None
    lines: int | None = None
    calls_per_second: float | None = None
    sms_per_second: float | None = None
    callers: int | None = None
    answer_rate: float | None = None
    request_rate: float | None = None
    advisers: float | None = None
    handled_a_day: float | None = None
    at_once: int | None = None
    places: int | None = None
    places_a_month: float | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, and where its figures come from: `typed`, `learned`, or the `field`'s."""

    plan: Plan
    campaign: str | None
    sources: Mapping[str, str] = field(default_factory=dict)
    behind: Mapping[str, int] = field(default_factory=dict)
    """The cases from which what was learned was learned."""


def prepare(session: Session, settings: Settings, now: datetime, name: str | None, typed: Typed) -> Prepared:
    """The plan of a campaign as it stands, or of people who are typed. Raises UnknownCampaign or BadInput."""
    if name is None and typed.people is None:
        raise BadInput("name a campaign, or say how many people to plan for: relais plan --cohort N")
    sources: dict[str, str] = {}
    behind: dict[str, int] = {}
    # People of a campaign are called from now on, not before; and not anew each second.
    soon = half_hour_of(now)
    begins = typed.begins or soon
    begins = max(begins, soon) if typed.people is None else begins
    rules = policy(session, name, typed)
    cohort = _cohort(session, name, typed, begins)
    sources["cohort"] = "typed" if typed.people is not None else "learned"
    plan = Plan(
        cohort,
        rules,
        _rates(session, name, typed, now, sources, behind),
        _desk(session, settings, typed, now, sources, behind),
        _volunteers(session, settings, typed, now, cohort, sources),
        begins,
        callers=typed.callers if typed.callers is not None else max(1, len(settings.callers)),
        answerable=settings.sms_sender is not None and answers_by_sms(settings.sms_sender),
    )
    sources["lines"] = "typed" if typed.lines is not None or typed.callers is not None else "learned"
    try:
        check(plan)
    except PlanError as error:
        raise BadInput(str(error)) from None
    return Prepared(plan, name, sources, behind)


def policy(session: Session, name: str | None, typed: Typed) -> ContactPolicy:
    """The rules by which a plan is played. Raises UnknownCampaign or BadInput."""
    rules = typed.policy
    if rules is None:
        rules = from_document(campaigns.get(session, name).policy) if name is not None else DEFAULT
    changes = {
        "calls_at_once": typed.lines,
        "calls_per_second": typed.calls_per_second,
        "sms_per_second": typed.sms_per_second,
    }
    document = rules.document() | {key: value for key, value in changes.items() if value is not None}
    try:
        rules = from_document(document)
        windows = parse_windows(typed.windows.replace(" ", "").split(",")) if typed.windows else rules.windows
    except PolicyError as error:
        raise BadInput(str(error)) from None
    except ValueError as error:
        raise BadInput(f"hours must be {error}") from None
    return replace(rules, windows=windows)


def _cohort(session: Session, name: str | None, typed: Typed, begins: datetime) -> Cohort:
    if typed.people is not None:
        return _typed_cohort(typed.people, typed.departments)
    campaign = campaigns.get(session, name or "")
    spacing = from_document(campaign.policy).attempts.spacing
    cells = []
    for row in queries.left(session, campaign.id, begins):
        there = row._mapping
        # Rings are counted, and the last one known: those before it are taken to be the spacing apart.
        last, rings = there["last"], there["rings"]
        rang_at = tuple(last - spacing * number for number in reversed(range(rings))) if rings else ()
        group = Group(NumberKind(there["kind"]), AgeBand(there["age_band"]))
        cells.append(
            Cell(
                there["department"], group, there["people"], rang_at, there["due"], there["announced"], there["reached"]
            )
        )
    return Cohort(tuple(cells), queries.over(session, campaign.id))


def _typed_cohort(people: int, departments: Mapping[str, float] | None) -> Cohort:
    if people < 1:
        raise BadInput("a cohort has one person at least")
    parts = departments or populations()
    unknown = sorted(parts.keys() - DEPARTMENTS)
    if unknown:
        raise BadInput(f"there is no department {unknown[0]!r}; write them as 75, 2A or 974")
    if min(parts.values()) <= 0:
        raise BadInput("a department's part is more than 0")
    groups = {
        Group(kind, age): share * (_MOBILES[age] if kind is NumberKind.MOBILE else 1 - _MOBILES[age])
        for age, share in _AGES.items()
        for kind in NumberKind
    }
    cells = [
        Cell(department, group, count)
        for department, there in in_proportion(people, parts).items()
        for group, count in in_proportion(there, groups).items()
    ]
    return Cohort(tuple(cells))


def populations() -> dict[str, float]:
    """How many people live in each department."""
    found = dict.fromkeys(DEPARTMENTS, 0.0)
    for place in places().by_code.values():
        if place.insee_code not in _COUNTED_BY_PARTS and place.department in found:
            found[place.department] += place.population
    return {department: people for department, people in sorted(found.items()) if people}


def _rates(
    session: Session,
    name: str | None,
    typed: Typed,
    now: datetime,
    sources: dict[str, str],
    behind: dict[str, int],
) -> Rates:
    calls = queries.calls(session, now - _LATELY)
    field_s = Rates()
    answers, behind["answers"] = _answers(session)
    sources["answers"] = "learned" if behind["answers"] >= ENOUGH_CALLS else "field"
    for what, rate in (("answer", typed.answer_rate), ("request", typed.request_rate)):
        if rate is not None and not 0 < rate < 1:
            raise BadInput(f"the {what} rate lies between 0 and 1, such as 0.25, not at {rate:g}")
    if typed.answer_rate is not None:
        answers, sources["answers"] = typed_answers(typed.answer_rate), "typed"
    behind["requests"] = calls.answered
    sources["requests"] = "learned" if calls.answered >= ENOUGH_CALLS else "field"
    request = _learned(field_s.request, calls.requests, calls.answered)
    settled = _learned(field_s.settled, calls.settled, calls.answered)
    callback = _learned(field_s.callback, calls.callbacks, calls.answered)
    if typed.request_rate is not None:
        # What is typed is meant: the others share what is left.
        left = (1 - typed.request_rate) / (1 - request.value)
        request, sources["requests"] = Share(typed.request_rate, 1e9), "typed"
        settled, callback = (replace(one, value=one.value * left) for one in (settled, callback))
    second = queries.second_numbers(session, campaigns.get(session, name).id) if name is not None else None
    sent, answered = queries.invitations(session, now - _LATELY)
    enough = calls.placed >= ENOUGH_CALLS
    # How long one talks is known of the calls alone whose beginning and end were told.
    lengths = calls.answered >= ENOUGH_CALLS and calls.seconds is not None
    return replace(
        field_s,
        answers=answers,
        request=request,
        settled=settled,
        callback=callback,
        never_rang=min(0.9, calls.never_rang / calls.placed) if enough else field_s.never_rang,
        invalid=min(0.9, calls.invalid / calls.placed) if enough else field_s.invalid,
        second_number=float(second) if second is not None else field_s.second_number,
        invitation=_learned(field_s.invitation, answered, sent),
        talk_seconds=max(10.0, float(calls.seconds)) if lengths else field_s.talk_seconds,
    )


def _learned(of_the_field: Share, cases: int, among: int) -> Share:
    """The field's figure, and what was seen since, each by its weight."""
    strength = of_the_field.strength + among
    return Share((of_the_field.value * of_the_field.strength + cases) / strength, strength)


def _answers(session: Session) -> tuple[Answers, int]:
    tallies = answering.tallies(session)
    if not tallies:
        return Answers(), 0
    rang: dict[tuple[Group, int], float] = {}
    for tally in tallies:
        key = (tally.group, tally.tries)
        rang[key] = rang.get(key, 0.0) + tally.rang
    beliefs: Beliefs = learn(tallies)
    answers = Answers(beliefs, rang)
    return answers, answers.learned_from


def _desk(
    session: Session, settings: Settings, typed: Typed, now: datetime, sources: dict[str, str], behind: dict[str, int]
) -> Desk:
    found = absorbing.capacity(session, now, settings)
    at_once = typed.at_once if typed.at_once is not None else settings.adviser_requests_at_once
    teams = tuple(Advisers(team.handles / settings.adviser_requests_at_once, team.departments) for team in found.teams)
    sources["advisers"] = "typed" if typed.advisers is not None else "learned"
    if typed.advisers is not None:
        teams = (Advisers(typed.advisers),)
    handled, closed = Desk(()).handled_a_day, queries.closed_requests(session, now - _DESK_LATELY)
    worked = sum(team.number for team in teams) * worked_days(now - _DESK_LATELY, now)
    behind["handled"], sources["handled"] = closed, "field"
    if typed.handled_a_day is not None:
        handled, sources["handled"] = typed.handled_a_day, "typed"
    elif closed >= _ENOUGH_CLOSED and worked and typed.advisers is None:
        handled, sources["handled"] = closed / worked, "learned"
    there = {department: load.open_requests for department, load in found.loads.items() if load.open_requests}
    return Desk(teams, handled, at_once, there if typed.people is None else {})


def _volunteers(
    session: Session, settings: Settings, typed: Typed, now: datetime, cohort: Cohort, sources: dict[str, str]
) -> Volunteers:
    a_month = typed.places_a_month or 0.0
    if typed.places is not None:
        sources["volunteers"] = "typed"
        if typed.places < 0:
            raise BadInput("volunteers offer 0 places or more")
        dealt = in_proportion(typed.places, {one: float(people) for one, people in cohort.departments.items()})
        return Volunteers({one: dealt.get(one, 0) for one in cohort.departments}, a_month=a_month)
    sources["volunteers"] = "learned"
    if typed.people is not None:
        return Volunteers(a_month=a_month)
    loads = absorbing.capacity(session, now, settings).loads
    return Volunteers(
        {one: max(0, load.places - load.waiting) for one, load in loads.items() if load.places is not None},
        a_month=a_month,
    )


def played(
    plan: Plan,
    players: Players,
    seeds: int = SEEDS,
    relief_seeds: int = RELIEF_SEEDS,
    told: Callable[[int], None] = lambda _done: None,
) -> Study:
    """The study of a plan. `told`: how many courses are played. Raises NotPlayed."""
    done = 0

    def tells(tasks: Sequence[Task]) -> list[Told]:
        nonlocal done
        results: list[Told] = []
        for part in players.play(_in_parts(tasks, players.processes)):
            results += part
            done += len(part)
            told(done)
        return results

    return study(plan, seeds, relief_seeds, tells)


def _in_parts(tasks: Sequence[Task], processes: int) -> list[Sequence[Task]]:
    """Tasks of one plan go together: what its rules answered is kept from one to the next."""
    size = max(1, min(4, len(tasks) // (2 * processes)))
    return [tasks[start : start + size] for start in range(0, len(tasks), size)]


def moment(day: str) -> datetime:
    """The beginning of a day that was typed, in Paris. Raises BadInput."""
    try:
        return datetime.fromisoformat(day).replace(tzinfo=zone_of("75")).astimezone(UTC)
    except ValueError:
        raise BadInput("a day is written as 2027-01-04") from None
