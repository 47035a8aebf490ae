"""`becalm import`: other formats and published data sets as a folder of becalm's own format."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Protocol

import polars as pl
from cyclopts import Parameter

from becalm.cli.app import app
from becalm.cli.batches import part_of
from becalm.cli.options import Partition, named_values
from becalm.record.errors import InputError
from becalm.rules.wording import nearest
from becalm.sources import CODED, Imported, Plan, import_folder, read_bwh, read_tables, write_folder


class Told(Protocol):
    """What became of a source: lines of text that add up."""

    def lines(self) -> list[str]:
        """The account as lines of text."""


Reader = Callable[[Path], tuple[Mapping[str, pl.DataFrame], Told]]

SHEETS: dict[str, Reader] = {"bwh": read_bwh}
"""Published data sets, each with a reader of its own."""

SHOWN = 10
"""Reasons told for rows that the format did not accept."""

KINDS = (*CODED, *SHEETS)
"""The sources that can be imported, by the name of their kind."""

Kind = Annotated[str, Parameter(help=f"What the source is. One of: {', '.join(KINDS)}.")]
Source = Annotated[str, Parameter(help="The file, folder or address to read.")]
MappingFile = Annotated[
    Path | None,
    Parameter(
        name="--mapping",
        help="A mapping of your own, as `becalm map` drafts it; it goes before the shipped ones.",
    ),
]
ReaderOptions = Annotated[
    tuple[str, ...],
    Parameter(name="--option", negative="", help="NAME=VALUE: a setting of the reader (repeat for several)."),
]

EXAMPLES = (
    "Examples:\n\n"
    "becalm import fhir export/ -o cohort\n\n"
    "becalm import omop cdm.duckdb -o cohort --mapping site.toml\n\n"
    "becalm import mimic mimiciv/ -o icu --day-zero first-icu-admission\n\n"
    "becalm import bwh AllBWH_5days_deID.xlsx -o bwh"
)


@app.command(name="import", help_epilogue=EXAMPLES)
def import_command(
    kind: Kind,
    source: Source,
    *,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="The folder to write; it must be new or empty.")
    ],
    mapping: MappingFile = None,
    day_zero: Annotated[
        str,
        Parameter(
            help="What the clock is counted from: infusion, first-admission, first-icu-admission, or a CSV "
            "file with patient_id and infusion_time."
        ),
    ] = "infusion",
    time_zone: Annotated[
        str | None,
        Parameter(
            help="Write times that carry an offset as local times of this zone, such as Europe/Berlin."
        ),
    ] = None,
    options: ReaderOptions = (),
    partition: Partition = None,
    file_format: Annotated[
        Literal["csv", "parquet"], Parameter(name="--format", help="Of the tables written.")
    ] = "csv",
    account: Annotated[
        Path | None,
        Parameter(help="A folder for the whole account as CSV: files, reasons, refused rows, codes."),
    ] = None,
) -> None:
    """Import another format or a published data set, so that every other command can read it.

    Writes a folder of becalm's own format and prints the account: the rows read are the rows used, set aside
    and refused; which codes were mapped and which not, by count; and what that leaves ungradable. A run that
    was stopped goes on where it stopped when the same command is given again.

    `fhir`: FHIR R4, a Bundle, NDJSON or a live server. `omop`: OMOP CDM 5.4, DuckDB, CSV, Parquet or a
    database. `sdtm`: CDISC SDTM as XPT, SAS7BDAT or Dataset-JSON. `mimic`: MIMIC-IV. `tables`: CSV
    or Parquet laid out as becalm's own format, in a hospital's own names. `bwh`: the sheet of 205
    CAR-T patients published with Amidi 2022.
    """
    if kind in SHEETS:
        _import_sheet(kind, Path(source), output)
        return
    check_kind(kind)
    plan = Plan(
        kind, source, mapping, day_zero, time_zone, settings_of(options), part_of(partition), file_format
    )
    done = import_folder(plan, output)
    if done.resumed:
        print(f"resumed: {done.resumed} batches were finished by an earlier run", file=sys.stderr)
    if account:
        write_account(done, account)
    print("\n".join(done.account.lines()))
    print(f"Written to {output}:")
    for table, count in done.written.items():
        print(f"  {table}: {count} rows, {done.not_accepted[table]} of them not accepted by the format")
    for row in done.doubted.head(SHOWN).iter_rows(named=True):
        print(
            f"    {row['count']} of {row['table']}, {row['column']}: given {row['example']!r}, expected "
            f"{row['expected']}; {row['next_step']}"
        )
    if not done.written["patients"]:
        print("No patient has a day zero, so nothing can be graded: see --day-zero.")
        return
    print(f"Next step: becalm grade {output} --per patient")


def settings_of(options: tuple[str, ...]) -> dict[str, str]:
    """The settings of a reader given as NAME=VALUE.

    Raises:
        InputError: a text has no equals sign.
    """
    return named_values(options, "--option", "--option schema=cdm")


def check_kind(kind: str) -> None:
    """Refuse an unknown kind of source.

    Raises:
        InputError: the kind is not known.
    """
    if kind not in KINDS:
        near = nearest(kind, list(KINDS))
        hint = f"Did you mean {near}? " if near else ""
        raise InputError(
            f"The kind of source {kind!r} is not known. {hint}Expected one of: {', '.join(KINDS)}. Write "
            "other data as a folder of CSV files in becalm's own format: every command reads it directly."
        )


def write_account(done: Imported, folder: Path) -> None:
    """Write the account as CSV files into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("files", "reasons", "refused", "codes"):
        getattr(done.account, name).write_csv(folder / f"{name}.csv")


def _import_sheet(kind: str, source: Path, output: Path) -> None:
    tables, told = SHEETS[kind](source)
    _check_replaced(output, {f"{name}.csv" for name in tables})
    report = read_tables(tables).report
    write_folder(tables, output)
    print("\n".join(told.lines()))
    print(f"Written to {output}:")
    for count in report.files:
        print(f"  {count.file}.csv: {count.read} rows, {count.refused} of them not accepted by the format")
    print(f"Next step: becalm grade {output} --per patient")


def _check_replaced(folder: Path, written: set[str]) -> None:
    """Refuse a folder in which other files would mix with those written; the same files are replaced."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"The output {folder} is a file. A folder is expected. Give another name.")
    held = {file.name for file in folder.glob("*")} - written if folder.is_dir() else set()
    if held:
        raise InputError(
            f"The folder {folder} holds {', '.join(sorted(held)[:5])}. A new or empty folder is expected, so "
            "that nothing else mixes with the import. Give another name or empty the folder first."
        )
