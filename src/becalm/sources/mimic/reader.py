"""MIMIC-IV as statements: every table that is there, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from becalm.record import InputError
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import Chunk
from becalm.sources.mimic.charting import charting
from becalm.sources.mimic.details import details, no_details
from becalm.sources.mimic.given import administered, administrations, infusions
from becalm.sources.mimic.laboratory import laboratory
from becalm.sources.mimic.stays import admissions, intensive_care, patients, procedures
from becalm.sources.mimic.tables import batches, find_tables, moment, whole

READ = (
    "patients",
    "admissions",
    "icustays",
    "labevents",
    "chartevents",
    "inputevents",
    "emar",
    "procedureevents",
)
DICTIONARIES = ("d_items", "d_labitems")
DETAILS = "emar_detail"
UNMAPPED = ("count", "keep")
_ABSENT = (
    "{} of {} patients have no row in emar, which MIMIC has only from about 2015 on: what they were given "
    "outside intensive care is not known, though others have such rows. Declare in `coverage` for whom "
    "antipyretics, anti-cytokine drugs and corticosteroids are complete."
)


def read_mimic(source: str, lookup: Lookup, options: Mapping[str, str]) -> Iterator[Chunk]:
    """MIMIC-IV (2.x, 3.x) -> statements, persons and outcomes, in batches of at most 100,000 rows.

    Args:
        source: a folder with the tables as CSV, gzipped CSV or Parquet, flat or in `hosp` and `icu`. Read
            where present: patients, admissions, icustays, labevents, chartevents, inputevents, emar,
            procedureevents; d_items and d_labitems give the names, emar_detail routes and doses.
        lookup: decides which rows of the large tables make a statement.
        options: `unmapped`: `count` (rows of items that mean nothing to the mapping are only counted) or
            `keep` (they are statements too, so that coverage and drafts name them). Not given: `count` for
            chartevents, which has hundreds of millions of rows, `keep` for the others.

    Raises:
        InputError: no such folder, none or two of a table, a column lacking, an option that is not known.

    Source: documentation of MIMIC-IV, mimic.mit.edu/docs/iv.
    """
    kept = options.get("unmapped")
    if kept not in (None, *UNMAPPED):
        raise InputError(f"The option unmapped was given {kept!r}; expected one of {', '.join(UNMAPPED)}.")
    found = find_tables(source, (*READ, *DICTIONARIES, DETAILS))
    items = _labels(found.get("d_items"), ())
    notes = _notes(found)
    for name in (name for name in READ if name in found):
        keep = kept == "keep" or (kept is None and name != "chartevents")
        for one in _table(name, found, items, lookup, keep):
            yield replace(one, notes=notes)
            notes = ()


def _table(
    name: str, found: Mapping[str, Path], items: pl.DataFrame, lookup: Lookup, keep: bool
) -> Iterator[Chunk]:
    path = found[name]
    if name == "patients":
        return patients(path, _died_in_hospital(found.get("admissions")))
    if name == "admissions":
        return admissions(path)
    if name == "icustays":
        return intensive_care(path)
    if name == "labevents":
        tests = _labels(found.get("d_labitems"), ("fluid",))
        return laboratory(path, tests, lookup, keep_unmapped=keep)
    if name == "chartevents":
        return charting(path, items, lookup, keep_unmapped=keep)
    if name == "inputevents":
        return infusions(path, items, lookup, keep_unmapped=keep)
    if name == "emar":
        return _emar(found, lookup, keep)
    return procedures(path, items, lookup, keep_unmapped=keep)


def _emar(found: Mapping[str, Path], lookup: Lookup, keep: bool) -> Iterator[Chunk]:
    """The administrations, with their details where the table of them is there."""
    known = no_details()
    if DETAILS in found:
        known, told = details(found[DETAILS], administered(found["emar"], lookup))
        yield from told
    yield from administrations(found["emar"], lookup, _icu_times(found), known, keep_unmapped=keep)


def _labels(path: Path | None, more: tuple[str, ...]) -> pl.DataFrame:
    columns = ("itemid", "label", *more)
    if path is None:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    return whole(path, columns).select(columns).unique("itemid", keep="first", maintain_order=True)


def _died_in_hospital(path: Path | None) -> set[str]:
    if path is None:
        return set()
    rows = whole(path, ("subject_id", "deathtime")).filter(pl.col("deathtime").is_not_null())
    return set(rows["subject_id"].drop_nulls())


def _icu_times(found: Mapping[str, Path]) -> pl.DataFrame:
    """Stays in intensive care, none where the infusions of intensive care are not there."""
    columns = ("subject_id", "intime", "outtime")
    if "icustays" not in found or "inputevents" not in found:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    rows = whole(found["icustays"], columns)
    return rows.select("subject_id", intime=moment("intime"), outtime=moment("outtime"))


def _notes(found: Mapping[str, Path]) -> tuple[str, ...]:
    """Sentences about the whole source: tables that it lacks, patients of whom emar tells nothing."""
    lacking = [name for name in (*READ, *DICTIONARIES) if name not in found]
    notes = [f"The source has no table {', '.join(lacking)}."] if lacking else []
    if "emar" in found and "patients" in found:
        everyone, told = (_subjects(found[name]) for name in ("patients", "emar"))
        if everyone - told:
            notes.append(_ABSENT.format(len(everyone - told), len(everyone)))
    return tuple(notes)


def _subjects(path: Path) -> set[str]:
    seen: set[str] = set()
    for batch in batches(path, ("subject_id",)):
        seen.update(batch["subject_id"].drop_nulls().unique())
    return seen
