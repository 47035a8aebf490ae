"""The checks of patients: one row a patient, plausible numbers, the infusion that starts the clock."""

from __future__ import annotations

import polars as pl

from becalm.record.cells import number_cell, require, term_cell
from becalm.record.clock import read_times
from becalm.record.report import Checked, put_aside, refuse
from becalm.record.schema import PATIENTS, TABLES, conform
from becalm.record.vocabulary import Vocabulary

_NUMBERS = ("age_years", "weight_kg", "blasts_percent", "tumour_diameter_cm", "baseline_sbp", "followup_day")
_TERMS = {"sex": "sex", "disease_pattern": "disease_pattern", "home_cpap": "boolean"}


def check_patients(raw: pl.DataFrame, vocab: Vocabulary) -> Checked:
    """Raw patients -> one row a patient with typed cells, `infusion_time` still as text.

    The first row of a patient counts: an identical later row is set aside, a different one refused. A cell
    that cannot be (an age of -3) is refused and becomes null.
    """
    rows, nameless = require(raw, "patient_id", "the id of a patient")
    rows, copies, conflicts = _one_row_each(rows)
    rows, no_time = _infusion_times(rows)
    refusals = [nameless, conflicts, no_time]
    for column in _NUMBERS:
        rows, refused = number_cell(rows, column, vocab)
        refusals += refused
    for column, group in _TERMS.items():
        rows, refused = term_cell(rows, column, group, vocab)
        refusals += refused
    return Checked(rows.with_columns(home_cpap=pl.col("home_cpap") == "true"), refusals, [copies])


def finish_patients(rows: pl.DataFrame, anchors: pl.DataFrame) -> pl.DataFrame:
    """The patients frame of a Cohort: every patient of `anchors`, named by a patients table or not."""
    day0 = pl.from_epoch(pl.col("midnight"), time_unit="us").dt.strftime("%Y-%m-%d")
    clock = anchors.select("patient_id", "infusion", "infusion_known", day0=day0)
    known = rows.drop("infusion_time", "file", "row")
    return conform(clock.join(known, on="patient_id", how="left"), PATIENTS).sort("patient_id")


def _one_row_each(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    rows = rows.with_columns(
        first=pl.col("patient_id").is_first_distinct(),
        copy=~pl.struct(TABLES["patients"].columns).is_first_distinct(),
    )
    copies = put_aside(rows, pl.col("copy"), "", "The row is an exact copy of an earlier row of patients.")
    conflicts = refuse(
        rows,
        ~pl.col("first") & ~pl.col("copy"),
        "patient_id",
        pl.col("patient_id"),
        "one row for each patient",
        "keep the right row of this patient and remove the others: the first one was used",
    )
    return rows.filter("first").drop("first", "copy"), copies, conflicts


def _infusion_times(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    read = read_times(rows["infusion_time"]).select(infusion_time="text", local="local")
    rows = rows.join(read, on="infusion_time", how="left", maintain_order="left")
    wrong = pl.col("infusion_time").is_not_null() & pl.col("local").is_null()
    refused = refuse(
        rows,
        wrong,
        "infusion_time",
        pl.col("infusion_time"),
        "an ISO 8601 date or time, such as 2024-03-01T14:30",
        "rewrite the time as year-month-day, a T and the 24-hour clock",
    )
    return rows.with_columns(infusion_time=pl.when(~wrong).then("infusion_time")).drop("local"), refused
