"""`becalm import`: other formats and published data sets as a folder of becalm's own format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Protocol

import polars as pl
from cyclopts import Parameter

from becalm.cli.app import app
from becalm.record.errors import InputError
from becalm.rules.wording import nearest
from becalm.sources import read_bwh, read_tables, write_folder


class Account(Protocol):
    """What became of a source: lines of text that add up."""

    def lines(self) -> list[str]:
        """The account as lines of text."""


Reader = Callable[[Path], tuple[Mapping[str, pl.DataFrame], Account]]

KINDS: dict[str, Reader] = {"bwh": read_bwh}
"""The sources that can be imported, by the name of their kind."""


@app.command(name="import")
def import_command(
    kind: Annotated[str, Parameter(help=f"What the source is. One of: {', '.join(KINDS)}.")],
    source: Annotated[Path, Parameter(help="The file or folder to import.")],
    *,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="The folder to write; it is made if need be.")
    ],
) -> None:
    """Import another format or a published data set, so that every other command can read it.

    Writes a folder of becalm's own format and prints what was mapped, set aside and refused: the rows read
    are the rows used, set aside and refused.

    `bwh`: the sheet of 205 CAR-T patients published with Amidi 2022 (AllBWH_5days_deID.xlsx).

    Examples:
        becalm import bwh AllBWH_5days_deID.xlsx -o bwh
        becalm grade bwh --per patient
    """
    if kind not in KINDS:
        near = nearest(kind, list(KINDS))
        hint = f"Did you mean {near}? " if near else ""
        raise InputError(
            f"The kind of source {kind!r} is not known. {hint}Expected one of: {', '.join(KINDS)}. Write "
            "other data as a folder of CSV files in becalm's own format: every command reads it directly."
        )
    tables, account = KINDS[kind](source)
    _check_target(output, {f"{name}.csv" for name in tables})
    report = read_tables(tables).report
    write_folder(tables, output)
    print("\n".join(account.lines()))
    print(f"Written to {output}:")
    for count in report.files:
        print(f"  {count.file}.csv: {count.read} rows, {count.refused} of them not accepted by the format")
    print(f"Next step: becalm grade {output} --per patient")


def _check_target(folder: Path, written: set[str]) -> None:
    """Refuse a folder in which other files would mix with those written; the same files are replaced."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"The output {folder} is a file. A folder is expected. Give another name.")
    held = {file.name for file in folder.glob("*")} - written if folder.is_dir() else set()
    if held:
        raise InputError(
            f"The folder {folder} holds {', '.join(sorted(held)[:5])}. A new or empty folder is expected, so "
            "that nothing else mixes with the import. Give another name or empty the folder first."
        )
