"""Lists of expressions, one a line in `lexicon/*.txt`, so that a linguist adds a line without reading code.

Each line is a regular expression over plain text: lower case, no accents, no punctuation (see `text.plain`).
"""

import re
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "lexicon"


@lru_cache
def lexicon(name: str) -> re.Pattern[str]:
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return re.compile("|".join(line for line in lines if line and not line.startswith("#")))
