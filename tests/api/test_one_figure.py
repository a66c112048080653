"""One figure is the same wherever it is read, and a total is shown or hidden everywhere (DOMAIN §6, rule 15)."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from outreach.domain.rates import By
from outreach.runtime import Runtime
from outreach.services import figures
from relais.commands import rates as command
from tests.api.figures_world import a_campaign_that_ran
from tests.api.world import CAMPAIGN, Desk

Cells = dict[tuple[str, str], int | None]


@pytest.mark.parametrize("by", list(By))
def test_the_service_the_api_and_the_command_give_the_same_cells(
    desk: Desk,
    client: httpx.Client,
    by: By,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    a_campaign_that_ran(desk, seed=5)

    @contextmanager
    def opened() -> Iterator[Runtime]:
        yield desk.runtime

    monkeypatch.setattr(command, "opened", opened)
    command.rates(CAMPAIGN, by, command.Format.CSV)
    header, *rows = csv.reader(io.StringIO(capsys.readouterr().out))
    with desk.runtime.transaction() as session:
        table = figures.rates(session, CAMPAIGN, by)
    document = client.get(f"/api/v1/campaigns/{CAMPAIGN}/rates?by={by.value}", headers=desk.bearer("dominique")).json()
    expected: Cells = {
        (label, column): count
        for label, counts in zip(table.labels, table.counts, strict=True)
        for column, count in counts.items()
    }
    assert expected == {
        (group["group"], column): count for group in document["groups"] for column, count in group["counts"].items()
    }
    printed: Cells = {
        (row[0], column): int(row[header.index(column)]) if row[header.index(column)] else None
        for row in rows
        for column in table.columns
    }
    assert printed == expected
    for group, line in zip(document["groups"], table.counts, strict=True):
        for rate in table.definitions:
            assert group["rates"][rate.key]["value"] == table.rate(line, rate)


def test_rule_15_a_total_is_the_same_and_masked_in_all_tables_of_calls(desk: Desk) -> None:
    a_campaign_that_ran(desk, seed=3)
    with desk.runtime.transaction() as session:
        totals = [
            figures.rates(session, CAMPAIGN, by).counts[-1]
            for by in figures.BREAKDOWNS
            if by not in {"channel", "question", "campaign"}
        ]
        of_campaigns = figures.rates(session, None, "campaign")
        people = [figures.cohort(session, CAMPAIGN, by).counts[-1] for by in ("department", "age", "ehpad")]
        funnel = {step: count for step, _, count in figures.board(session, CAMPAIGN).funnel}
    assert all(total == totals[0] for total in totals)
    assert of_campaigns.counts == [totals[0], totals[0]]
    assert all(total == people[0] for total in people)
    assert funnel == {step: people[0][step] for step in funnel}
