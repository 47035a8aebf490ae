"""Tables written for people and programs: CSV, Parquet or JSON by the file's ending, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from becalm import __version__
from becalm.record import Cohort
from becalm.record.errors import InputError

SUFFIXES = (".csv", ".parquet", ".json")


def stamped(frame: pl.DataFrame, cohort: Cohort, settings: Mapping[str, Any]) -> pl.DataFrame:
    """The frame with what produced it: becalm's version, the hash of the input, the policies changed."""
    said = "; ".join(f"{name}={value}" for name, value in sorted(settings.items()))
    return frame.with_columns(
        becalm_version=pl.lit(__version__), input_hash=pl.lit(cohort.source_hash[:16]), settings=pl.lit(said)
    )


def check_suffix(path: Path | None) -> None:
    """Refuse an ending that cannot be written, before any work is done.

    Raises:
        InputError: another ending than .csv, .parquet or .json.
    """
    if path is not None and path.is_dir():
        raise InputError(f"The output {str(path)!r} is a folder; a file is expected. Name a file in it.")
    if path is not None and path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"The output {str(path)!r} ends in {path.suffix or 'nothing'}; expected one of "
            f"{', '.join(SUFFIXES)}. Rename it."
        )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name first, so that a reader never sees half of it.

    Raises:
        InputError: its folder does not exist.
    """
    folder = path.parent
    if not folder.is_dir():
        raise InputError(
            f"The folder {str(folder)!r} for the output does not exist. Create it, or name another."
        )
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_table(frame: pl.DataFrame, path: Path | None) -> None:
    """Write a table by the file's ending, or as CSV to standard output."""
    check_suffix(path)
    if path is None:
        sys.stdout.write(frame.write_csv())
        return
    writers: dict[str, Callable[[], bytes]] = {
        ".csv": lambda: frame.write_csv().encode(),
        ".json": (json.dumps(frame.to_dicts(), indent=1, ensure_ascii=False) + "\n").encode,
        ".parquet": partial(_parquet, frame),
    }
    write_whole(path, writers[path.suffix.lower()]())
    print(f"{frame.height} rows written to {path}", file=sys.stderr)


def _parquet(frame: pl.DataFrame) -> bytes:
    """A frame as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
