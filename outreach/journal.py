"""Suppressions outlive the database: a backup restored from before a STOP must not bring the calls back (rule 9)."""

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.database.models import Suppression

TO_JOURNAL = "suppressions to journal"
"""Where a session keeps the rows that its edge copies to the journal once committed."""

_FILE = "suppressions.jsonl"


def append(folder: Path, rows: Iterable[Suppression]) -> None:
    """Adds the rows to the journal, on the disk before it returns."""
    lines = [
        json.dumps(
            {
                "reference": row.reference,
                "number": row.number,
                "scope": row.scope,
                "reason": row.reason,
                "since": row.since.isoformat(),
            }
        )
        + "\n"
        for row in rows
    ]
    if not lines:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _FILE).open("a", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def replay(session: Session, folder: Path) -> int:
    """Adds to the database the journal's rows that it doesn't hold, lifted or not. Returns how many."""
    path = folder / _FILE
    if not path.exists():
        return 0
    held = {
        (row.reference, row.number, row.scope, row.since)
        for row in session.execute(
            select(Suppression.reference, Suppression.number, Suppression.scope, Suppression.since)
        )
    }
    missing = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue  # the machine stopped in the middle of the last line; its transaction was committed all the same
        since = datetime.fromisoformat(entry["since"])
        key = (entry["reference"], entry["number"], entry["scope"], since)
        if key not in held:
            held.add(key)
            missing.append(Suppression(**{**entry, "since": since}))
    session.add_all(missing)
    return len(missing)
