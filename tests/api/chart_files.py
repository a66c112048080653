"""A chart on a page, its table as one reads it and its files as one gets them by a click: whether they say the same."""

import csv
import re
import zlib
from io import StringIO
from pathlib import Path

from playwright.sync_api import Locator, Page

from api.pages.board_words import MASKED

TABLE = "table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent.trim()))"
_MONTHS = ("janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc")


def card_of(page: Page, name: str) -> Locator:
    return page.locator("section.chart", has=page.locator(f"#titre-{name}"))


def drawn_in(card: Locator) -> list[str]:
    """What is written in a drawing."""
    return [text for text in card.locator("svg.drawing text").all_text_contents() if text.strip()]


def downloaded(card: Locator, form: str, folder: Path, named: str) -> bytes:
    """A chart's file, whose link says which it is; `named` is what it must be kept as."""
    with card.page.expect_download() as download:
        card.get_by_role("link", name=re.compile(f"^{form.upper()} : ")).click()
    assert download.value.suggested_filename == named
    download.value.save_as(folder / named)
    return (folder / named).read_bytes()


def lines_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))


def number(text: str) -> float | None:
    """A figure of a table, of a drawing or of a file; None is anything else."""
    plain = re.sub(r"[\s\u00a0\u202f]", "", text).replace(",", ".")
    if re.fullmatch(r"\d+(\.\d+)?%", plain):
        return float(plain[:-1]) / 100
    return float(plain) if re.fullmatch(r"\d+(\.\d+)?", plain) else None


def differences(shown: list[list[str]], filed: list[list[str]]) -> list[tuple[str, str]]:
    """The cells in which a table and its file do not say the same, and those that one of them alone masks."""
    return [
        (one, other)
        for line, kept in zip(shown, filed, strict=True)
        for one, other in zip(line, kept, strict=True)
        if not _same(one, other) or (one == MASKED) != (other == MASKED)
    ]


def _same(shown: str, filed: str) -> bool:
    """A page writes for readers, a file for spreadsheets."""
    day = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", filed)
    if day is not None:
        return shown.startswith(f"{int(day[1])}") and _MONTHS[int(day[2]) - 1] in shown and shown.endswith(day[3])
    left, right = number(shown), number(filed)
    if left is None or right is None:
        return shown == filed
    # A share is shown by tenths of a percent.
    return abs(left - right) < (0.00056 if "%" in shown else 0.5)


def png_size(content: bytes) -> tuple[int, int]:
    """Width and height of a picture whose every part is whole, in pixels."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    at, parts, pixels = 8, [], b""
    while at < len(content):
        length = int.from_bytes(content[at : at + 4])
        part = content[at + 4 : at + 8 + length]
        assert zlib.crc32(part) == int.from_bytes(content[at + 8 + length : at + 12 + length])
        parts.append(part[:4])
        pixels += part[4:] if part.startswith(b"IDAT") else b""
        at += 12 + length
    assert (parts[0], parts[-1]) == (b"IHDR", b"IEND")
    wide, high = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    # Of eight bits, with or without transparency; each line begins with a byte of its own.
    assert len(zlib.decompress(pixels)) == high * (1 + wide * {2: 3, 6: 4}[content[25]])
    return wide, high
