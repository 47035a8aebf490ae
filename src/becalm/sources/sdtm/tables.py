"""The data sets of an SDTM folder: which domain each holds, and its rows in batches as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from becalm.record import InputError
from becalm.sources.sdtm.dataset_json import is_dataset_json, rows_of

SAS = (".xpt", ".sas7bdat")
JSON = (".json", ".ndjson")
BATCH = 50_000
"""Rows handled at once; memory grows with this and not with the data set."""


@dataclass(frozen=True)
class DataSet:
    """One file.

    `domain`: its two letters, or `SUPP` and the domain whose qualifiers it holds. `encoding`: of the texts of
    SAS files, where they do not tell it themselves.
    """

    path: Path
    domain: str
    encoding: str | None = None


def find_data_sets(source: str, encoding: str | None = None) -> list[DataSet]:
    """The data sets of a folder, in the order of their names.

    Raises:
        InputError: there is no such folder, it holds no data set, or one domain in two formats.
    """
    folder = Path(source)
    if not folder.is_dir():
        raise InputError(
            f"{source} is no folder. A folder with the domains of SDTM is expected, one file each: XPT, "
            "SAS7BDAT or Dataset-JSON (.json, .ndjson). Check the path."
        )
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SAS + JSON)
    kept = [path for path in files if path.suffix.lower() != ".json" or is_dataset_json(path)]
    stems = [path.stem.lower() for path in kept]
    twice = sorted({path.name for path in kept if stems.count(path.stem.lower()) > 1})
    if twice:
        raise InputError(
            f"{source} holds the same data set twice: {', '.join(twice)}. One file of each is expected. "
            "Move the others away."
        )
    if not kept:
        raise InputError(
            f"{source} holds no data set of SDTM. Files named after their domain are expected (dm.xpt, "
            "vs.sas7bdat, lb.json, ae.ndjson). Check the path."
        )
    sets = [DataSet(path, "", encoding) for path in kept]
    return [replace(one, domain=_domain(one)) for one in sets]


def _domain(one: DataSet) -> str:
    """The domain that the first row names, else what the file is called (split data sets: LBCH holds LB)."""
    first = next(batches(one, 1), None)
    stem = one.path.stem.upper()
    if first is None or first.is_empty():
        return stem
    if "RDOMAIN" in first.columns and first["RDOMAIN"].item(0):
        return f"SUPP{first['RDOMAIN'].item(0).upper()}"
    if "DOMAIN" in first.columns and first["DOMAIN"].item(0):
        return str(first["DOMAIN"].item(0)).upper()
    return stem


def batches(one: DataSet, size: int = BATCH) -> Iterator[pl.DataFrame]:
    """The rows of a data set, in order, `size` at a time: `row` (from 1) and its columns, all text.

    Column names are upper case. Blank texts are null; whole numbers have no decimal point.

    Raises:
        InputError: the file cannot be read, or pyreadstat is not installed.
    """
    start = 1
    sas = one.path.suffix.lower() in SAS
    for frame in _sas(one.path, size, one.encoding) if sas else _json(one.path, size):
        text = frame.select(_as_text(frame[name]).alias(name.upper()) for name in frame.columns)
        yield text.with_row_index("row", offset=start).with_columns(pl.col("row").cast(pl.Int64))
        start += frame.height


def whole(one: DataSet) -> pl.DataFrame:
    """All rows of a small data set, as `batches` gives them."""
    parts = list(batches(one))
    return pl.concat(parts, how="diagonal") if parts else pl.DataFrame(schema={"row": pl.Int64})


def _as_text(column: pl.Series) -> pl.Series:
    if column.dtype.is_float():
        column = column.fill_nan(None).cast(pl.String).str.strip_suffix(".0")
    return column.cast(pl.String).str.strip_chars().replace("", None)


_RECORD = 80
"""Bytes of a record of a SAS transport file, version 5 and 8: a whole file holds whole records."""


def _check_whole(path: Path) -> None:
    """Refuse a transport file that was cut off: it tells no number of rows, and would read as whole."""
    size = path.stat().st_size
    if path.suffix.lower() == ".xpt" and size % _RECORD:
        raise InputError(
            f"{path.name} cannot be read: it was cut off. It has {size} bytes, and a SAS transport file has "
            f"a multiple of {_RECORD}. What is left would read as if it were all. Fetch the file again."
        )


def _sas(path: Path, size: int, encoding: str | None) -> Iterator[pl.DataFrame]:
    try:
        import pyreadstat
    except ImportError as error:
        raise InputError(
            f"{path.name} is a SAS file, and reading it needs the library pyreadstat, which is not "
            "installed. Install it with: pip install 'becalm[sas]'"
        ) from error
    _check_whole(path)
    read = pyreadstat.read_xport if path.suffix.lower() == ".xpt" else pyreadstat.read_sas7bdat
    offset = 0
    while True:
        try:
            frame, _ = read(
                str(path),
                row_offset=offset,
                row_limit=size,
                encoding=encoding,
                output_format="polars",
                disable_datetime_conversion=True,
            )
        except UnicodeDecodeError as error:
            raise InputError(
                f"{path.name} holds text that is not {error.encoding}: {error.reason}. Give its encoding as "
                "the option encoding, such as encoding=windows-1252 (older files of Western Europe)."
            ) from error
        except (pyreadstat.ReadstatError, OSError) as error:
            raise InputError(
                f"{path.name} cannot be read: {error}. A whole SAS transport file (version 5 or 8) or SAS "
                "data set is expected. Fetch the file again."
            ) from error
        if frame.height:
            yield frame
        if frame.height < size:
            return
        offset += size


def _json(path: Path, size: int) -> Iterator[pl.DataFrame]:
    try:
        rows = rows_of(path)
        names = next(rows)
        while block := list(islice(rows, size)):
            columns = zip(*block, strict=True)
            yield pl.DataFrame(
                [
                    pl.Series(name, [_told(cell) for cell in cells], dtype=pl.String)
                    for name, cells in zip(names, columns, strict=True)
                ]
            )
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path.name} cannot be read: {error}. A Dataset-JSON file in UTF-8 is expected. Check the file."
        ) from error


def _told(cell: Any) -> str | None:
    """A cell as text; numbers come as texts from the reader."""
    return cell if cell is None or isinstance(cell, str) else str(cell)
