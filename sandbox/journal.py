"""What happened, as JSON lines: the judge of everything that the dialer claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any

from sandbox.clock import NetworkClock


class Journal:
    def __init__(self, clock: NetworkClock, folder: Path | None) -> None:
        self.clock = clock
        self._file: IO[str] | None = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / "network.jsonl").open("a", encoding="utf-8", buffering=1)

    def record(self, sid: str, event: str, **details: Any) -> dict[str, Any]:
        moment = self.clock.moment()
        entry = {"at": moment.shared.isoformat(), "real": moment.real.isoformat(), "event": event, **details}
        if self._file is not None:
            self._file.write(json.dumps({"sid": sid, **entry}, ensure_ascii=False) + "\n")
        return entry

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
