"""The BWH CAR-T cohort: 205 patients by day, published as one Excel sheet with Amidi 2022."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from becalm.sources._bwh_account import SheetAccount, cell_outcomes, row_outcomes
from becalm.sources._bwh_mapping import Mapping, mapping
from becalm.sources._bwh_merge import joined
from becalm.sources._bwh_sheet import placed, read_sheet, second_block
from becalm.sources._bwh_tables import bwh_tables
from becalm.sources._bwh_values import EITHER, PLAIN, USED, cells_of


def read_bwh(path: str | Path) -> tuple[dict[str, pl.DataFrame], SheetAccount]:
    """The BWH sheet as tables of the folder format, and the account of its rows and cells.

    `path`: the workbook, or a folder that holds it alone. Days are whole days of the sheet's HospitalDay,
    which counts from the infusion. The tables are `patients` (one row for each patient with a used row),
    `observations` (temperature, CRP, ferritin, procalcitonin, IL-6, white cells; the recorded ICANS and CRS
    grades, for comparison only), `exposures` (one row for each tocilizumab dose, its time not recorded) and
    `coverage` (anti-cytokine drugs where doses were counted; nothing else). Source: Amidi 2022,
    doi 10.1136/jitc-2022-005459; `bwh.toml` beside this file says how each column is read.

    Raises InputError when the file is no workbook or not the published sheet: a column is missing, or its
    values do not show the two blocks (Celsius, then Fahrenheit with CRS fields in laboratory cells).
    """
    plan = mapping()
    file, rows = read_sheet(Path(path), plan)
    frame = placed(rows, plan)
    good = frame.filter(pl.col("patient_id").is_not_null(), pl.col("day").is_not_null())
    begin = second_block(good, plan, file)
    cells = joined(cells_of(good, plan, begin), plan)
    outcomes = row_outcomes(frame, cells)
    used = good.join(outcomes.filter(pl.col("outcome") == USED), on="row", maintain_order="left")
    persons = used.group_by("patient_id", maintain_order=True).agg(
        pl.col(column).drop_nulls().first() for column in plan.persons
    )
    kept = cells.filter(pl.col("outcome") == USED)
    tables = bwh_tables(kept, persons, plan)
    account = SheetAccount(
        file=file,
        rows=outcomes,
        cells=cell_outcomes(frame, outcomes, cells, persons, plan),
        mapped=_mapped(kept, tables, plan),
        notes=_notes(kept, begin, plan),
    )
    return tables, account


def _mapped(kept: pl.DataFrame, tables: dict[str, pl.DataFrame], plan: Mapping) -> tuple[str, ...]:
    """What was written, a sentence a column."""
    counts = dict(kept.group_by("column").len().iter_rows())
    out = []
    for one in plan.measurement:
        units = " and ".join(dict.fromkeys(one.units))
        out.append(f"{one.column}: {counts.get(one.column, 0)} cells as {one.concept} in {units}")
    doses = kept.filter(pl.col("column") == plan.doses)["value"].cast(pl.Int64)
    grades = tables["observations"].filter(pl.col("concept") == "crs_grade_recorded").height
    return (
        *out,
        f"{plan.icans}: {counts.get(plan.icans, 0)} cells as icans_grade_recorded",
        f"{plan.severity}: {grades} highest grades as crs_grade_recorded at no given time; "
        f"{counts.get(plan.onset, 0)} days of onset and {counts.get(plan.peak, 0)} of the peak in the notes",
        f"{plan.doses}: {doses.len()} counts; {tables['exposures'].height} doses of tocilizumab at no given "
        f"time for {(doses > 0).sum()} patients, none for {(doses == 0).sum()}",
        *(f"{name}: {frame.height} rows" for name, frame in tables.items()),
    )


def _notes(kept: pl.DataFrame, begin: int, plan: Mapping) -> tuple[str, ...]:
    """What a reader must know of the whole sheet."""
    column = plan.tenfold.column
    second = kept.filter(pl.col("column") == column, pl.col("row") >= begin)
    plain, either = (second.filter(pl.col("note") == note).height for note in (PLAIN, EITHER))
    return (
        f"The second block begins in line {begin + 1} (found by the temperatures, which turn from degrees "
        "Celsius to degrees Fahrenheit there, and by the CRS fields in laboratory cells of day 0).",
        f"{column} in the second block: {second.height - plain - either} values tenfold and divided by ten, "
        f"{plain} not tenfold, {either} of which it is not certain: each of these is a range.",
        f"{plan.day} is read as days since the infusion; each value as one of some time of its day, "
        "a temperature as the highest of the day.",
        "Not in the sheet, so not covered: vasopressors, oxygen and ventilation, fluids, antipyretics, "
        "corticosteroids, organ toxicity, attribution, local signs, deaths.",
        "The count of tocilizumab doses stands for anti-cytokine drugs: a patient with none counts as not "
        "treated with one. Other drugs of that class are not in the sheet.",
        "The scale of the recorded CRS grades is not named.",
    )
