"""The journal of suppressions and the database make up for each other (rule 9)."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from outreach import journal
from outreach.clock import FrozenClock
from outreach.database.models import Suppression
from outreach.domain.words import SuppressionScope
from outreach.runtime import Runtime
from outreach.services import suppressions


def _suppress(runtime: Runtime, clock: FrozenClock, reference: str) -> None:
    with runtime.transaction() as session:
        suppressions.suppress(session, reference, None, SuppressionScope.PERSON, "refused", clock.now())


def _references(folder: Path) -> list[str]:
    lines = (folder / "suppressions.jsonl").read_text().splitlines()
    return [json.loads(line)["reference"] for line in lines if line.endswith("}")]


def test_rule_09_what_a_killed_process_committed_and_did_not_journal_is_journalled_at_the_next_start(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = runtime.settings.relais_var
    _suppress(runtime, clock, "P1")
    with monkeypatch.context() as killed:
        killed.setattr(journal, "append", lambda *_: None)
        _suppress(runtime, clock, "P2")
    assert _references(folder) == ["P1"]
    for _ in range(2):
        with runtime.transaction() as session:
            assert journal.replay(session, folder) == 0
        assert _references(folder) == ["P1", "P2"]


def test_rule_09_a_line_cut_in_the_middle_spoils_no_other(runtime: Runtime, clock: FrozenClock) -> None:
    folder = runtime.settings.relais_var
    _suppress(runtime, clock, "P1")
    file = folder / "suppressions.jsonl"
    with file.open("a") as journal_file:
        journal_file.write('{"reference": "P2", "numb')
    _suppress(runtime, clock, "P3")
    assert _references(folder) == ["P1", "P3"]
    with runtime.transaction() as session:
        for row in session.scalars(select(Suppression)):
            session.delete(row)  # a backup from before
        session.flush()
        assert journal.replay(session, folder) == 2
