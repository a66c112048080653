"""Lists as CSV files that a spreadsheet opens: UTF-8 with a mark, semicolons, nothing that it would compute."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

_COMPUTED = ("=", "+", "-", "@", "\t", "\r")


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_COMPUTED) else text


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    sink = StringIO(newline="")
    writer = csv.writer(sink, delimiter=";")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return sink.getvalue().encode("utf-8-sig")
