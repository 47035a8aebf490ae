"""Tables written for people and programs: CSV, Parquet or JSON by the file's ending, whole or not at all."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import polars as pl

from becalm import __version__
from becalm.record import Cohort
from becalm.record.errors import InputError
from becalm.sources import check_parent, replacing, write_whole

__all__ = ["check_suffix", "csv_of", "stamped", "write_parts", "write_table", "write_whole"]

SUFFIXES = (".csv", ".parquet", ".json")


def stamped(frame: pl.DataFrame, cohort: Cohort, settings: Mapping[str, Any]) -> pl.DataFrame:
    """The frame with what produced it: becalm's version, the hash of the patient's input, the policies."""
    said = "; ".join(f"{name}={value}" for name, value in sorted(settings.items()))
    hashes = cohort.patient_hashes.select("patient_id", input_hash=pl.col("hash").str.head(16))
    return frame.join(hashes, on="patient_id", how="left", maintain_order="left").select(
        *frame.columns, pl.lit(__version__).alias("becalm_version"), "input_hash", settings=pl.lit(said)
    )


def check_suffix(path: Path | None) -> None:
    """Refuse an output that cannot be written, before any work is done.

    Raises:
        InputError: another ending than .csv, .parquet or .json, a folder, or in a folder that does not exist.
    """
    if path is not None and path.is_dir():
        raise InputError(f"The output {str(path)!r} is a folder; a file is expected. Name a file in it.")
    if path is not None and path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"The output {str(path)!r} ends in {path.suffix or 'nothing'}; expected one of "
            f"{', '.join(SUFFIXES)}. Rename it."
        )
    if path is not None:
        check_parent(path)


def write_table(frame: pl.DataFrame, path: Path | None) -> None:
    """Write a table by the file's ending, or as CSV to standard output."""
    check_suffix(path)
    if path is None:
        csv_of([frame], sys.stdout)
        return
    write_parts([lambda: frame], path, frame.write_parquet)
    print(f"{frame.height} rows written to {path}", file=sys.stderr)


def write_parts(
    parts: Sequence[Callable[[], pl.DataFrame]],
    path: Path,
    parquet: Callable[[Path], object],
    within: Path | None = None,
) -> None:
    """Write a table that comes in parts, of which one at a time is held, as if it came whole.

    Args:
        parts: each gives a part, all with the same columns; there is at least one.
        path: the file; its ending says the format.
        parquet: writes all parts as one Parquet file.
        within: a folder for the file while it is written; beside the file if not given.
    """
    with replacing(path, within) as made:
        suffix = path.suffix.lower()
        if suffix == ".parquet":
            parquet(made)
            return
        with made.open("w", encoding="utf-8", newline="") as file:
            (csv_of if suffix == ".csv" else _json)((part() for part in parts), file)


def csv_of(
    frames: Iterator[pl.DataFrame] | Sequence[pl.DataFrame], file: TextIO, *, header: bool = True
) -> None:
    """Write the parts of one table as CSV, with one header."""
    for frame in frames:
        file.write(frame.write_csv(include_header=header))
        header = False


def _json(frames: Iterator[pl.DataFrame], file: TextIO) -> None:
    """Write the parts of one table as one JSON list of rows."""
    between = "["
    for frame in frames:
        if frame.height:
            text = json.dumps(frame.to_dicts(), indent=1, ensure_ascii=False)
            file.write(between + text[1:-2])
            between = ","
    file.write("[]\n" if between == "[" else "\n]\n")
