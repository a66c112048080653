"""Suppressions outlive the database: a backup restored from before a STOP must not bring the calls back (rule 9)."""

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.database.models import Suppression

TO_JOURNAL = "suppressions to journal"
"""Where a session keeps the rows that its edge copies to the journal once committed."""

_FILE = "suppressions.jsonl"


class _Key(NamedTuple):
    """What tells one suppression from another."""

    reference: str | None
    number: str | None
    scope: str
    since: datetime


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
    with (folder / _FILE).open("ab+") as file:
        if _is_torn(file):
            lines.insert(0, "\n")  # the half line stays alone, instead of spoiling the next one
        file.write("".join(lines).encode())
        file.flush()
        os.fsync(file.fileno())


def _is_torn(file: IO[bytes]) -> bool:
    """Whether somebody was killed in the middle of the last line."""
    if file.seek(0, os.SEEK_END) == 0:
        return False
    file.seek(-1, os.SEEK_END)
    return file.read() != b"\n"


def replay(session: Session, folder: Path) -> int:
    """Gives the database and the journal the rows that the other one holds, lifted or not.

    The database may be a backup from before them; the journal misses what was committed just before a process was
    killed. Returns how many the database lacked.
    """
    told = _read(folder / _FILE)
    held = {_Key(row.reference, row.number, row.scope, row.since): row for row in session.scalars(select(Suppression))}
    append(folder, [row for key, row in held.items() if key not in told])
    missing = [
        Suppression(reference=key.reference, number=key.number, scope=key.scope, since=key.since, reason=reason)
        for key, reason in told.items()
        if key not in held
    ]
    session.add_all(missing)
    return len(missing)


def _read(path: Path) -> dict[_Key, str]:
    """What each row of the journal gives as its reason."""
    told: dict[_Key, str] = {}
    if not path.exists():
        return told
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue  # the machine stopped in the middle of the line; its transaction was committed all the same
        since = datetime.fromisoformat(entry["since"])
        told[_Key(entry["reference"], entry["number"], entry["scope"], since)] = entry["reason"]
    return told
