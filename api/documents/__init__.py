"""Documents set by typst as tagged PDF/UA-1 files, in a process of their own: a page never waits for another's.

What a document holds comes in as data, never as markup (decision 17); what it says is made by the modules beside.
"""

import json
import os
import subprocess
import sys
from typing import Any

SECONDS = 120.0
"""The longest that a document may take to be set."""


class NotSet(Exception):
    """The document could not be made."""


def as_pdf(template: str, document: dict[str, Any]) -> bytes:
    """Sets a document by its template, in a child process. Raises NotSet."""
    command = [sys.executable, "-m", "api.documents.child", template]
    try:
        made = subprocess.run(
            command,
            input=json.dumps(document).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={name: value for name, value in os.environ.items() if name in {"PATH", "PYTHONPATH", "LANG", "HOME"}},
        )
    except subprocess.TimeoutExpired:
        raise NotSet("it takes too long") from None
    if made.returncode != 0 or not made.stdout.startswith(b"%PDF-"):
        raise NotSet(f"its process ended with {made.returncode}")
    return made.stdout
