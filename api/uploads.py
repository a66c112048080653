"""A file sent by a form, written as it comes: never whole in memory, and nowhere before its first line is approved."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.drafts import Fields
from outreach.errors import BadInput, BusinessError

FIRST_LINE = 16 * 1024
_FIELD = 4096
_AROUND = 100_000


class TooLarge(BadInput):
    """The file is larger than a page takes."""

    def __init__(self, megabytes: int) -> None:
        super().__init__(f"the file is larger than {megabytes} MB")


class NoFile(BadInput):
    """Nothing was sent but these fields."""

    def __init__(self, fields: Fields | None = None) -> None:
        super().__init__("no file was sent")
        self.fields = fields or {}


class _Form:
    """What comes, part by part: fields are kept, the file goes to its place."""

    def __init__(self, path: Path, approve: Callable[[bytes, Fields], None], most: int) -> None:
        self.fields: Fields = {}
        self.file = path
        self.received = 0
        self._approve = approve
        self._most = most
        self._head = bytearray()
        self._approved = False
        self._sink: Any = None
        self._name, self._is_file = "", False
        self._value = bytearray()
        self._header, self._header_value = bytearray(), bytearray()
        self._parts = 0

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
            "on_header_end": self._header_over,
            "on_part_data": lambda data, start, end: self._data(data[start:end]),
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > 20:
            raise NoFile
        self._name, self._is_file, self._value = "", False, bytearray()

    def _header_over(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._header_value))
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            self._is_file = b"filename" in options
        self._header, self._header_value = bytearray(), bytearray()

    def _data(self, data: bytes) -> None:
        if not self._is_file:
            self._value.extend(data[: _FIELD - len(self._value)])
            return
        self.received += len(data)
        if self.received > self._most:
            raise TooLarge(self._most // 1_000_000)
        if self._approved:
            self._sink.write(data)
            return
        self._head.extend(data)
        if b"\n" in self._head or len(self._head) > FIRST_LINE:
            self._let_in()

    def _let_in(self) -> None:
        self._approve(bytes(self._head.partition(b"\n")[0]), self.fields)
        self._sink = open(self.file, "xb", opener=_private)  # noqa: SIM115 - closed by `close`; Path has no opener
        self._sink.write(self._head)
        self._approved, self._head = True, bytearray()

    def _end(self) -> None:
        if self._is_file:
            if not self._approved and self._head:
                self._let_in()
        elif self._name:
            value = self._value.decode("utf-8", "replace").replace("\x00", "")
            self.fields.setdefault(self._name, []).append(value)

    def close(self, *, keep: bool) -> None:
        if self._sink is not None:
            self._sink.close()
            if not keep:
                self.file.unlink(missing_ok=True)

    @property
    def has_file(self) -> bool:
        return self._approved


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


async def receive(request: Request, path: Path, approve: Callable[[bytes, Fields], None], megabytes: int) -> Fields:
    """Writes the file of a form to a place that nobody else may read. Returns the fields that came before it.

    `approve` gets the file's first line, and these fields, before anything of it is written: whatever it raises ends
    the reception, and nothing is kept. Raises TooLarge or NoFile.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise NoFile
    most = megabytes * 1_000_000
    told = request.headers.get("content-length", "")
    form = _Form(path, approve, most)
    parser = MultipartParser(boundary, form.callbacks())
    whole = False
    stream = request.stream()
    try:
        if told.isdecimal() and int(told) > most + _AROUND:
            raise TooLarge(megabytes)
        async for chunk in stream:
            parser.write(chunk)
        parser.finalize()
        whole = form.has_file
    except (FormParserError, BusinessError) as error:
        # A browser that is still sending would show a broken connection instead of our answer.
        left = 2 * most
        async for chunk in stream:
            left -= len(chunk)
            if left < 0:
                break
        raise error if isinstance(error, BusinessError) else NoFile(form.fields) from None
    finally:
        form.close(keep=whole)
    if not whole:
        raise NoFile(form.fields)
    return form.fields
