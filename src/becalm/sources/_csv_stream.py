"""Comma-separated files too large to be held at once: the same rows as `read_csv`, some at a time."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from becalm.sources._csv import (
    CsvRows,
    _plain,
    _quoted,
    broken,
    check_separator,
    check_zeros,
    empty_file,
    frame_of,
    marked_encoding,
    no_text,
    read_csv,
    unreadable,
)

_ROWS = 100_000


def csv_chunks(path: Path, name: str, block: int) -> Iterator[CsvRows]:
    """The rows of a CSV file in order, some at a time, each chunk with the header and the file's row numbers.

    `block`: bytes read at a time; a smaller file is read whole. Text without quotation marks is cut at line
    ends; from the first quotation mark on the rules of CSV are followed row by row. Raises InputError as
    `read_csv` does.
    """
    file = name
    try:
        small = path.stat().st_size <= block
    except OSError as error:
        raise unreadable(file, error) from error
    if small:
        yield read_csv(path, file)
        return
    encoding, texts = _texts(path, file, block)
    header: list[str] = []
    rows, lines, rest = 0, 0, ""
    for text in texts:
        rest += text
        if '"' in rest:
            yield from _by_rules(rest, texts, file, header, encoding, rows, lines)
            return
        cut = rest.rfind("\n") + 1
        if not rest[:cut].strip("\r\n") and (not header or not cut):
            continue
        body, rest = rest[:cut], rest[cut:]
        header, chunk, used, read = _block(body, file, header, encoding, rows, lines)
        rows, lines = rows + used, lines + read
        yield chunk
    if rest or not header:
        yield _block(rest, file, header, encoding, rows, lines)[1]


def _texts(path: Path, file: str, block: int) -> tuple[str, Iterator[str]]:
    """The encoding of a file and its text in blocks."""
    try:
        with path.open("rb") as opened:
            encoding = marked_encoding(opened.read(4))
    except OSError as error:
        raise unreadable(file, error) from error

    def decoded() -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(encoding)()
        before, characters = 0, 0
        with path.open("rb") as opened:
            while True:
                data = opened.read(block)
                pending = len(decoder.getstate()[0])
                try:
                    text = decoder.decode(data, final=not data)
                except UnicodeDecodeError as error:
                    raise no_text(file, encoding, error, before - pending) from error
                check_zeros(text, file, characters)
                before, characters = before + len(data), characters + len(text)
                if text:
                    yield text
                if not data:
                    return

    return encoding, decoded()


def _block(
    text: str, file: str, header: list[str], encoding: str, rows: int, lines: int
) -> tuple[list[str], CsvRows, int, int]:
    """A block of whole lines without quotation marks: header, chunk, rows and lines that it holds."""
    whole = f"{','.join(header)}\n{text}" if header else text
    found = _plain(whole) or _quoted(whole, file, lines - bool(header))
    if not header:
        check_separator(found[0], file)
    ends = text.replace("\r\n", "\n").replace("\r", "\n")
    read = ends.count("\n") + (not ends.endswith("\n"))
    leading = len(ends) - len(ends.lstrip("\n"))
    used = read if header else read - leading - 1
    ragged = [(number + rows, width) for number, width in found[3]]
    return found[0], CsvRows(found[0], found[1], found[2] + rows, ragged, encoding), used, read


def _by_rules(
    rest: str, texts: Iterator[str], file: str, header: list[str], encoding: str, number: int, lines: int
) -> Iterator[CsvRows]:
    """The rows from a text on, by the rules of CSV."""
    reader = csv.reader(_lines(rest, texts), strict=True)
    rows: list[list[str]] = []
    numbers: list[int] = []
    ragged: list[tuple[int, int]] = []
    first = not header

    def chunk() -> CsvRows:
        return CsvRows(
            header, frame_of(rows, len(header)), pl.Series(numbers, dtype=pl.Int64), ragged, encoding
        )

    try:
        for cells in reader:
            if not header:
                header = cells
                check_separator(header, file) if header else None
                continue
            number += 1
            if len(cells) == len(header):
                rows.append(cells)
                numbers.append(number)
            elif cells:
                ragged.append((number, len(cells)))
            if len(rows) >= _ROWS:
                yield chunk()
                rows, numbers, ragged, first = [], [], [], False
    except csv.Error as error:
        raise broken(file, lines + reader.line_num, error) from error
    if not header:
        raise empty_file(file)
    if rows or ragged or first:
        yield chunk()


def _lines(rest: str, texts: Iterator[str]) -> Iterator[str]:
    """The lines of a text that comes in blocks, each with its end."""
    for text in texts:
        *whole, rest = [*io.StringIO(rest + text, newline="")] or [""]
        yield from whole
        if rest.endswith("\n"):
            yield rest
            rest = ""
    yield from io.StringIO(rest, newline="")
