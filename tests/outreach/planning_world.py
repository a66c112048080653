"""Invented plans for tests: as many people, lines and advisers as a test asks for."""

from datetime import UTC, datetime
from typing import Any

from outreach.domain.answering import MOST_TRIES, AgeBand, Group
from outreach.domain.planning import (
    Advisers,
    Answers,
    Cell,
    Cohort,
    Desk,
    Plan,
    Rates,
    Share,
    Volunteers,
    in_proportion,
)
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import NumberKind

MONDAY = datetime(2027, 1, 4, 7, tzinfo=UTC)
GROUPS = [Group(kind, age) for kind in NumberKind for age in AgeBand]
LANDLINE = Group(NumberKind.LANDLINE, AgeBand.FROM_65)
SURE = 1e12


def a_cohort(people: int, *departments: str, groups: list[Group] | None = None) -> Cohort:
    """Spread evenly over departments and groups."""
    places = in_proportion(people, dict.fromkeys(departments or ("94", "75", "69", "974"), 1.0))
    chosen = dict.fromkeys(groups or GROUPS, 1.0)
    return Cohort(
        tuple(
            Cell(department, group, count)
            for department, there in places.items()
            for group, count in in_proportion(there, chosen).items()
        )
    )


def sure_rates(**changes: Any) -> Rates:
    """The field's figures taken for certain: every seed draws the same world. Every call rings."""
    certain = {(group, tries): SURE for group in GROUPS for tries in range(MOST_TRIES + 1)}
    return Rates(
        **{
            "answers": Answers(rang=certain),
            "request": Share(0.25, SURE),
            "settled": Share(0.35, SURE),
            "callback": Share(0.08, SURE),
            "invitation": Share(0.2, SURE),
            **changes,
        }
    )


def a_plan(cohort: Cohort, **changes: Any) -> Plan:
    """A policy's keys among the changes go to the policy. Advisers and lines without end, unless told otherwise."""
    policy = {key: changes.pop(key) for key in list(changes) if key in ContactPolicy.__dataclass_fields__}
    return Plan(
        **{
            "cohort": cohort,
            "policy": ContactPolicy(
                **{"calls_at_once": 10_000, "calls_per_second": 1000, "sms_per_second": 1000} | policy
            ),
            "rates": sure_rates(),
            "desk": Desk((Advisers(10_000),)),
            "volunteers": Volunteers(),
            "begins": MONDAY,
            **changes,
        }
    )
