"""A plan's study as JSON and as rows: what the command prints, the page shows and both let one take away."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from math import floor, log10
from typing import Any

from outreach.domain.calling_hours import local
from outreach.domain.planning import ADVISERS_DAYS, Cause, Plan
from outreach.domain.planning_study import Interval, Relief, Study

_SURE_TO_THE_DAY = timedelta(days=10)
_SURE_TO_THE_WEEK = timedelta(days=45)


def roundly(value: float) -> int:
    """To two figures: a plan knows no more."""
    if value < 100:
        return round(value)
    step = 10 ** (floor(log10(value)) - 1)
    return int(round(value / step) * step)


def precision(low: str | None, high: str | None) -> str:
    """How exactly a date may be said, by the interval that it lies in: to the `day`, the `week` or the `month`."""
    if low is None or high is None:
        return "month"
    apart = date.fromisoformat(high) - date.fromisoformat(low)
    if apart <= _SURE_TO_THE_DAY:
        return "day"
    return "week" if apart <= _SURE_TO_THE_WEEK else "month"


def document(study: Study, sources: Mapping[str, str], behind: Mapping[str, int]) -> dict[str, Any]:
    """Everything, dates as ISO days, None for what doesn't come within two years."""
    bottleneck = study.bottleneck
    return {
        "inputs": _inputs(study.plan) | {"sources": dict(sources), "behind": dict(behind)},
        "seeds": study.seeds,
        "contacted": [{"part": part, **_days(interval)} for part, interval in study.whens.items()],
        "desk_clear": _days(study.desk_clear_at),
        "people": {
            "all": study.plan.cohort.people + study.plan.cohort.over,
            "reached": _counts(study.reached),
            "requests": _counts(study.requests),
            "calls": _counts(study.calls),
            "sms": _counts(study.sms),
        },
        "weeks": [
            {
                "begins": week.begins.isoformat(),
                "advisers": _exact(week.advisers),
                "requests": _exact(week.requests),
                "waited": {cause: round(part, 4) for cause, part in week.waited.items()},
            }
            for week in study.weeks
        ],
        "curve": [
            {"day": point.day.isoformat(), "contacted": _counts(point.contacted), "reached": _counts(point.reached)}
            for point in study.curve
        ],
        "waited": {cause: round(part, 4) for cause, part in study.waited.items()},
        "bottleneck": bottleneck.raised.resource.value if bottleneck is not None else _held_by(study),
        "reliefs": [_relief(relief) for relief in study.reliefs],
    }


def _held_by(study: Study) -> str:
    """Where no relief is enough, what those who are never contacted wait for most."""
    if study.ends.middle is not None:
        return Cause.RULES.value
    return max((cause for cause in study.waited if cause != Cause.RULES), key=lambda cause: study.waited[cause])


def _inputs(plan: Plan) -> dict[str, Any]:
    first = plan.cohort.cells[0].group
    return {
        "people": plan.cohort.people,
        "over": plan.cohort.over,
        "departments": len(plan.cohort.departments),
        "played": min(plan.cohort.people, plan.sample),
        "begins": _day(plan.begins),
        "lines": plan.policy.calls_at_once,
        "calls_per_second": plan.policy.calls_per_second,
        "callers": plan.callers,
        "sms_per_second": plan.policy.sms_per_second,
        "days": list(plan.policy.days),
        "windows": [str(window) for window in plan.policy.windows],
        "spacing_hours": plan.policy.attempts.spacing_hours,
        "per_30_days": plan.policy.attempts.per_30_days,
        "answer_rate": round(plan.rates.answers.share(first, 0).value, 3),
        "request_rate": round(plan.rates.request.value, 3),
        "talk_seconds": round(plan.rates.talk_seconds),
        "advisers": round(plan.desk.number, 1),
        "handled_a_day": round(plan.desk.handled_a_day, 1),
        "at_once": plan.desk.at_once,
        "open_requests": sum(plan.desk.open_requests.values()),
        "places": plan.volunteers.number if plan.volunteers.places else None,
        "places_a_month": plan.volunteers.a_month,
    }


def _day(at: datetime | None) -> str | None:
    return local(at, ADVISERS_DAYS).date().isoformat() if at is not None else None


def _days(interval: Interval) -> dict[str, str | None]:
    return {"low": _day(interval.low), "middle": _day(interval.middle), "high": _day(interval.high)}


def _counts(interval: Interval) -> dict[str, int]:
    return {name: round(value) for name, value in interval._asdict().items()}


def _exact(interval: Interval) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 1) for name, value in interval._asdict().items()}


def _relief(relief: Relief) -> dict[str, Any]:
    raised = relief.raised
    return {
        "resource": raised.resource.value,
        "before": raised.before,
        "after": raised.after,
        "loosens": list(raised.loosens),
        "waited_for": not relief.never_waited,
        "helps": relief.helps,
        "ends": _days(relief.ends),
        "days_gained": _exact(relief.gained),
        "more_people": _counts(relief.more),
    }


def rows(document: Mapping[str, Any]) -> list[list[str | float | None]]:
    """The weeks as rows, the header first: what a spreadsheet wants."""
    causes = list(document["waited"])
    header: list[str | float | None] = ["week", "contacted", "contacted_low", "contacted_high"]
    header += ["requests", "advisers", "advisers_low", "advisers_high", *(f"waited_{cause}" for cause in causes)]
    lines = [header]
    for week in document["weeks"]:
        ends = (date.fromisoformat(week["begins"]) + timedelta(days=6)).isoformat()
        there = [point for point in document["curve"] if point["day"] <= ends]
        contacted = there[-1]["contacted"] if there else {"middle": 0, "low": 0, "high": 0}
        lines.append(
            [
                week["begins"], contacted["middle"], contacted["low"], contacted["high"], week["requests"]["middle"],
                week["advisers"]["middle"], week["advisers"]["low"], week["advisers"]["high"],
                *(week["waited"][cause] for cause in causes),
            ]
        )  # fmt: skip
    return lines
