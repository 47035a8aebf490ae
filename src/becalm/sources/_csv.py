"""Comma-separated files: bytes to text, text to rows, with every fault of the file named."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from becalm.record import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class CsvRows:
    """The rows of a CSV file, all cells text.

    `frame`: the rows as wide as the header, its columns named by position (`0`, `1` ...). `numbers`: their
    row numbers (1 is the line after the header; a blank line counts but is no row). `ragged`: number and
    width of the other rows. `encoding`: how the file was decoded.
    """

    header: list[str]
    frame: pl.DataFrame
    numbers: pl.Series
    ragged: list[tuple[int, int]]
    encoding: str


def read_csv(path: Path, name: str | None = None) -> CsvRows:
    """Read a CSV file; `name` is how messages call it.

    Raises InputError for an unreadable or empty file, text that is not UTF-8, a broken quotation, or a
    separator other than the comma.
    """
    file = name or path.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(file, error) from error
    text, encoding = decode(data, file)
    plain = _plain(text) if '"' not in text else None
    header, frame, numbers, ragged = plain or _quoted(text, file)
    check_separator(header, file)
    return CsvRows(header, frame, numbers, ragged, encoding)


def unreadable(file: str, error: OSError) -> InputError:
    """What to say of a file that cannot be read."""
    return InputError(
        f"{file} cannot be read: {error.strerror}. A file that this user may read is expected. "
        "Check the file and its permissions."
    )


def decode(data: bytes, file: str) -> tuple[str, str]:
    """The text of a file and its encoding: UTF-8, or what its byte order mark says.

    Raises InputError naming the first byte that is no text of that encoding.
    """
    encoding = marked_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise no_text(file, encoding, error) from error
    check_zeros(text, file)
    return text, encoding


def marked_encoding(data: bytes) -> str:
    """The encoding that the first bytes of a file name by a byte order mark, UTF-8 without one."""
    return next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")


def no_text(file: str, encoding: str, error: UnicodeDecodeError, before: int = 0) -> InputError:
    """What to say of bytes that are no text; `before`: the bytes of the file before those decoded."""
    return InputError(
        f"{file} is no {encoding.upper()} text: byte {before + error.start + 1} is "
        f"0x{error.object[error.start]:02X}. A file of the folder format is expected to be UTF-8. "
        "Save it again as UTF-8 (in a spreadsheet: 'CSV UTF-8'); old exports are often Latin-1 or "
        "Windows-1252."
    )


def check_zeros(text: str, file: str, before: int = 0) -> None:
    """Refuse text with a zero byte; `before`: the characters of the file before it."""
    if "\0" in text:
        raise InputError(
            f"{file} holds a zero byte at character {before + text.index(chr(0)) + 1}, so it is no plain "
            "text. Comma-separated UTF-8 text is expected. Save it again as UTF-8; it may be UTF-16 without "
            "its mark, or a spreadsheet or Parquet file with the wrong suffix."
        )


_Rows = tuple[list[str], pl.DataFrame, pl.Series, list[tuple[int, int]]]


def _plain(text: str) -> _Rows | None:
    """The rows of a text without quotation marks, or None where a line is blank or ragged."""
    data = text.replace("\r\n", "\n").rstrip("\n").encode()
    if b"\r" in data or b"\n\n" in data or data.startswith(b"\n"):
        return None
    header = data[: data.find(b"\n")].decode().split(",") if b"\n" in data else []
    width = len(header)
    if width < 2:
        return None
    marks = np.frombuffer(data + b"\n", dtype=np.uint8)
    ends = np.flatnonzero(marks == ord("\n"))
    commas = np.searchsorted(np.flatnonzero(marks == ord(",")), ends)
    if (np.diff(commas, prepend=0) != width - 1).any():
        return None
    frame = pl.read_csv(
        data,
        has_header=False,
        skip_rows=1,
        new_columns=[str(index) for index in range(width)],
        infer_schema=False,
        quote_char=None,
    )
    return header, frame, pl.int_range(1, frame.height + 1, eager=True), []


def _quoted(text: str, file: str, line: int = 0) -> _Rows:
    """The rows of any text, by the rules of CSV; `line`: the lines of the file before it."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    ragged: list[tuple[int, int]] = []
    number = 0
    try:
        for cells in reader:
            if not header:
                header = cells
                continue
            number += 1
            if len(cells) == len(header):
                rows.append(cells)
                numbers.append(number)
            elif cells:
                ragged.append((number, len(cells)))
    except csv.Error as error:
        raise broken(file, line + reader.line_num, error) from error
    if not header:
        raise empty_file(file)
    return header, frame_of(rows, len(header)), pl.Series(numbers, dtype=pl.Int64), ragged


def frame_of(rows: list[list[str]], width: int) -> pl.DataFrame:
    """Rows of cells as a frame of texts with its columns named by position."""
    columns = zip(*rows, strict=True) if rows else ((),) * width
    return pl.DataFrame([pl.Series(str(i), cells, dtype=pl.String) for i, cells in enumerate(columns)])


def broken(file: str, line: int, error: csv.Error) -> InputError:
    """What to say of a text that breaks the rules of CSV."""
    return InputError(
        f"{file} breaks the rules of CSV near line {line}: {error}. A closing double quote is "
        "expected for every opening one, and a doubled quote inside a quoted cell. "
        "Correct that line or write the file again."
    )


def empty_file(file: str) -> InputError:
    """What to say of a file without a header line."""
    return InputError(
        f"{file} is empty. A header line with the column names is expected. "
        "Remove the file if there is nothing to tell, or write it again."
    )


def check_separator(header: list[str], file: str) -> None:
    """Refuse a header that other marks than commas separate."""
    if len(header) > 1:
        return
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if separator in header[0]:
            raise InputError(
                f"{file} separates its columns with {name}. Commas are expected, and a point in decimal "
                "numbers. Save the file again with commas as separators."
            )
