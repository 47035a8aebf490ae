"""Dataset-JSON 1.1, as one JSON object or as NDJSON, row by row with flat memory.

Numbers keep the digits with which they are written. Source: CDISC Dataset-JSON Specification 1.1 (final,
2024-12-05) and its NDJSON representation: `datasetJSONVersion`, `itemGroupOID`, `records`, `name`, `columns`
(each with `name`), `rows` (an array of values each).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any, TextIO

from becalm.record import InputError

_DECODER = JSONDecoder(parse_float=str, parse_int=str)
_BLOCK = 1 << 20
_VERSION = "1.1"


def rows_of(path: Path) -> Iterator[list[Any]]:
    """The names of the columns, then the rows. The file is open while this is read and closed after it.

    Raises:
        InputError: the file is no Dataset-JSON, of another version, or broken; a row that is longer or
            shorter than the columns is told when it is reached.
    """
    parts = _by_lines(path) if path.suffix.lower() == ".ndjson" else _by_object(path)
    names = _columns(path, next(parts))
    yield names
    for number, row in enumerate(parts, start=1):
        if not isinstance(row, list) or len(row) != len(names):
            width = len(row) if isinstance(row, list) else "no array of"
            raise InputError(
                f"{path.name}, row {number}, has {width} values; {len(names)} are expected, one for each of "
                "the columns. Write the file again."
            )
        yield row


def _columns(path: Path, head: Any) -> list[Any]:
    said = head if isinstance(head, dict) else {}
    version, columns = str(said.get("datasetJSONVersion", "")), said.get("columns")
    if not version.startswith(_VERSION) or not isinstance(columns, list):
        raise InputError(
            f"{path.name} is no Dataset-JSON 1.1: its datasetJSONVersion is {version or 'not given'!r}, "
            f"its columns are {'there' if columns else 'not given'}. A file that names both before its rows "
            "is expected. Take other JSON files out of the folder."
        )
    return [str(column.get("name", "")) for column in columns]


def _by_lines(path: Path) -> Iterator[Any]:
    """The first line, then the others."""
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, start=1):
            if text.strip():
                try:
                    yield _DECODER.decode(text)
                except JSONDecodeError as error:
                    raise InputError(
                        f"{path.name}, line {number}, is no JSON: {error.msg}. One object and then an array "
                        "a line are expected (Dataset-JSON 1.1 as NDJSON). Write the file again."
                    ) from error
            elif number == 1:
                yield None


def _by_object(path: Path) -> Iterator[Any]:
    """The attributes before `rows`, then the rows one by one."""
    with path.open(encoding="utf-8") as file:
        stream = _Stream(file, path.name)
        head: dict[str, Any] = {}
        stream.expect("{")
        while stream.peek() != "}":
            key = str(stream.value())
            stream.expect(":")
            if key == "rows":
                yield head
                yield from _items(stream)
                return
            head[key] = stream.value()
            if stream.peek() == ",":
                stream.expect(",")
        yield head


def _items(stream: _Stream) -> Iterator[Any]:
    stream.expect("[")
    while stream.peek() != "]":
        yield stream.value()
        if stream.peek() == ",":
            stream.expect(",")


class _Stream:
    """JSON values one after another from a file, of which only a block is held."""

    def __init__(self, file: TextIO, name: str) -> None:
        self._file = file
        self._name = name
        self._text = ""
        self._at = 0

    def peek(self) -> str:
        """The next character that is no space."""
        while True:
            while self._at < len(self._text) and self._text[self._at].isspace():
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                raise self._broken("it ends too early")

    def expect(self, mark: str) -> None:
        """Pass a mark."""
        if self.peek() != mark:
            raise self._broken(f"{mark!r} is expected, {self.peek()!r} stands there")
        self._at += 1

    def value(self) -> Any:
        """The next whole value."""
        self.peek()
        while True:
            try:
                found, end = _DECODER.raw_decode(self._text, self._at)
            except JSONDecodeError as error:
                if not self._more():
                    raise self._broken(error.msg) from error
                continue
            if end < len(self._text) or not self._more():
                self._at = end
                return found

    def _more(self) -> bool:
        block = self._file.read(_BLOCK)
        self._text, self._at = self._text[self._at :] + block, 0
        return bool(block)

    def _broken(self, why: str) -> InputError:
        return InputError(
            f"{self._name} is no whole JSON: {why}. A Dataset-JSON 1.1 file is expected. Write it again."
        )


def is_dataset_json(path: Path) -> bool:
    """Whether a JSON file looks like Dataset-JSON, by the attributes at its beginning."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return json.dumps("datasetJSONVersion") in file.read(_BLOCK)
