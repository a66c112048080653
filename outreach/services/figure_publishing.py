"""What of the kept figures can be shown: worked out for all tables of a campaign together.

Tables of calls have one total, and so have tables of people; all campaigns are the sum of each. So a cell that one
campaign hides is hidden in all campaigns together too (rule 15).
"""

import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from outreach.domain.rates import (
    COHORT_BREAKDOWNS,
    COHORT_NESTED,
    COLUMNS,
    NESTED,
    QUESTIONS_NESTED,
    Breakdown,
)
from outreach.domain.rates_masking import SMALLEST_CELL, Columns, hidden_cells
from outreach.domain.rates_publication import WHOLE, Hidden, Line, Row, hidden_in
from outreach.domain.rates_tables import Group, Sum
from outreach.domain.words import Outcome

_CALLS = (
    Breakdown.ATTEMPT,
    Breakdown.HOUR,
    Breakdown.WEEKDAY,
    Breakdown.MOMENT,
    Breakdown.DAY,
    Breakdown.NUMBER_KIND,
    Breakdown.DEPARTMENT,
    Breakdown.AGE,
    Breakdown.EHPAD,
    Breakdown.CALLER,
)
_SHARED = frozenset({Breakdown.TOTAL.value, *(one.value for one in COHORT_BREAKDOWNS)})
"""What all campaigns together are published by too."""

WANTED_SECONDS = 60.0
"""So long after it was last asked for, what was made of a campaign's figures is made of the next ones too."""

Sums = Mapping[str, Sequence[Sum]]
T = TypeVar("T")


@dataclass(slots=True)
class _Made:
    """`asked`: when somebody last did, by the monotonic clock."""

    result: Any
    asked: float


@dataclass(frozen=True, slots=True)
class Published:
    """The sums of a campaign, and which of them no one may see."""

    sums: Sums
    hidden: frozenset[tuple[Row, str]]
    _made: dict[tuple[Callable[..., Any], tuple[Hashable, ...]], _Made] = field(
        default_factory=dict, repr=False, compare=False
    )

    def made(self, make: Callable[..., T], *of: Hashable) -> T:
        """`make(self, *of)`, worked out once for all who ask: nobody changes what it returns."""
        key, now = (make, of), time.monotonic()
        if key not in self._made:
            self._made[key] = _Made(make(self, *of), now)
        one = self._made[key]
        one.asked = now
        result: T = one.result
        return result

    def make_as_of(self, earlier: "Published") -> None:
        """Ahead of whoever asks: what was made of earlier figures and asked for lately."""
        since = time.monotonic() - WANTED_SECONDS
        for (make, of), one in list(earlier._made.items()):
            if one.asked >= since and (make, of) not in self._made:
                self._made[make, of] = _Made(make(self, *of), one.asked)

    def groups(self, breakdown: Breakdown, columns: Sequence[str]) -> list[Group]:
        """The rows of a breakdown, unmasked."""
        return _groups(self.sums.get(breakdown.value, ()), columns)

    def whole(self, breakdown: Breakdown, columns: Sequence[str]) -> Group:
        """A breakdown's single row."""
        found = self.groups(breakdown, columns)
        return found[0] if found else Group("", dict.fromkeys(columns, 0), dict.fromkeys(columns, 0))

    def hides(self, breakdown: Breakdown, label: str, column: str) -> bool:
        return ((breakdown.value, label), column) in self.hidden


def beside_each(whole: Published, campaigns: Iterable[Published]) -> Published:
    """All campaigns together, shown beside each of them."""
    of_each = {cell for one in campaigns for cell in one.hidden if cell[0][0] in _SHARED}
    return Published(whole.sums, whole.hidden | of_each)


def _groups(sums: Iterable[Sum], columns: Sequence[str]) -> list[Group]:
    groups: dict[str, Group] = {}
    for label, measure, count, people in sums:
        group = groups.get(label)
        if group is None:
            group = groups[label] = Group(label, dict.fromkeys(columns, 0), dict.fromkeys(columns, 0))
        group.counts[measure], group.people[measure] = count, people
    return list(groups.values())


def hidden_of(sums: Sums) -> Hidden:
    """What no one may see of a campaign's sums."""
    hidden = _in_tables(sums, NESTED, Breakdown.TOTAL, _CALLS)
    hidden |= _in_channels(sums, hidden)
    hidden |= _in_tables(sums, COHORT_NESTED, Breakdown.COHORT, COHORT_BREAKDOWNS[1:], people=True)
    hidden |= _in_tables(sums, QUESTIONS_NESTED, Breakdown.QUESTIONS, (Breakdown.QUESTION,))
    return hidden | _in_endings(sums, hidden)


def _in_tables(
    sums: Sums, nested: Columns, whole: Breakdown, breakdowns: Sequence[Breakdown], *, people: bool = False
) -> Hidden:
    columns = (*nested.within, *nested.rests)
    rows: dict[Row, Line] = {}
    for breakdown in (whole, *breakdowns):
        for group in _groups(sums.get(breakdown.value, ()), columns):
            row = WHOLE if breakdown is whole else (breakdown.value, group.label)
            rows[row] = Line(group.people if people else group.counts, group.people)
    if WHOLE not in rows:
        return set()
    itself = (whole.value, "")
    return {(itself if row == WHOLE else row, column) for row, column in hidden_in(nested, rows)}


def _in_channels(sums: Sums, hidden: Hidden) -> Hidden:
    """What people began themselves is all exchanges without our calls and SMS: a column that tells of few is hidden."""
    rows = {
        (breakdown.value, group.label): group
        for breakdown in (Breakdown.CHANNEL, Breakdown.EXCHANGES)
        for group in _groups(sums.get(breakdown.value, ()), COLUMNS)
    }
    calls = _groups(sums.get(Breakdown.TOTAL.value, ()), COLUMNS)
    lines = [group.counts for group in rows.values()]
    for voice in (group for (_, label), group in rows.items() if label == "voice"):
        ours = calls[0].counts if calls else dict.fromkeys(COLUMNS, 0)
        lines.append({column: voice.counts[column] - ours[column] for column in COLUMNS})
    small = {column for group in rows.values() for column in COLUMNS if 0 < group.people[column] < SMALLEST_CELL}
    small |= {column for row, column in hidden if row == (Breakdown.TOTAL.value, "")}
    small |= {column for line in lines for column in COLUMNS if _tells_of_few(line, column)}
    return {(row, column) for row in rows for column in small}


def _tells_of_few(line: Mapping[str, int], column: str) -> bool:
    wholes, above = [], NESTED.within[column]
    while above is not None:
        wholes.append(line[above])
        above = NESTED.within[above]
    rests = [whole - line[column] for whole in wholes]
    if column in NESTED.apart:
        rests.append(wholes[0] - sum(line[one] for one in NESTED.apart))
    return any(0 < count < SMALLEST_CELL for count in (line[column], *rests))


def _in_endings(sums: Sums, hidden: Hidden) -> Hidden:
    """Other tables tell how many end with an outcome, and the questions' who was interrupted there."""
    people = {one.label: one.people for one in sums.get(Breakdown.ENDING.value, ())}
    told: dict[str, list[str]] = {}
    left: set[str] = set()
    for label in people:
        question, outcome = label.split(" ")
        if outcome != Outcome.ABANDONED:
            told.setdefault(f"all {outcome}", []).append(label)
        elif ((Breakdown.QUESTION.value, question), "left") in hidden:
            left.add(label)
    wholes = {whole: sum(people[part] for part in parts) for whole, parts in told.items()}
    found = hidden_cells({**people, **wholes}, list(told.items())) - wholes.keys()
    return {((Breakdown.ENDING.value, label), "conversations") for label in found | left}
