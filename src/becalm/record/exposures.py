"""The checks of exposures: drugs, oxygen, ventilation, fluids and procedures with their intervals."""

from __future__ import annotations

import polars as pl

from becalm.record.cells import number_cell, one_of, require, term_cell, with_term
from becalm.record.exposure_names import name_exposures
from becalm.record.numbers import number
from becalm.record.placing import backwards, place, place_problems
from becalm.record.remarks import Remarks
from becalm.record.report import Checked, refuse
from becalm.record.schema import EXPOSURES, conform
from becalm.record.vocabulary import Vocabulary


def check_exposures(raw: pl.DataFrame, anchors: pl.DataFrame, vocab: Vocabulary) -> Checked:
    """Raw exposures -> the exposures of a Cohort: canonical names, drug classes, intervals [start, end).

    A drug that the vocabulary does not know stays, without a class; an unknown oxygen or ventilation name
    refuses its row. A time that is a date alone is that day's midnight, with `start_whole_day` or
    `end_whole_day`: some instant of that day. An unreadable dose, flow, FiO2, route or indication is refused
    and becomes null; an unreadable rate refuses its row where no end says how long the drug ran.
    """
    rows, no_patient = require(raw, "patient_id", "the id of a patient")
    rows, no_kind = require(rows, "kind", one_of("kind", vocab))
    rows, no_name = require(rows, "name", "the name of the drug, device, fluid or procedure")
    rows, unknown_kind = with_term(rows, "kind", "kind", vocab)
    rows, wrong_names = name_exposures(rows.filter(pl.col("kind").is_not_null()), vocab)
    rows, misplaced = _intervals(rows, anchors)
    rows, open_ended = _open_ended(rows)
    refusals = [no_patient, no_kind, no_name, unknown_kind, *wrong_names, *misplaced, open_ended]
    for column in ("dose", "rate", "flow_l_min", "fio2"):
        rows, refused = number_cell(rows, column, vocab)
        refusals += refused
    for column in ("route", "indication"):
        rows, refused = term_cell(rows, column, column, vocab)
        refusals += refused
    rows = rows.with_columns(
        (pl.col(f"{side}_date_only") & pl.col(side).is_not_null()).fill_null(False).alias(f"{side}_whole_day")
        for side in ("start", "end")
    )
    return Checked(conform(rows, EXPOSURES), refusals, [], _remarks(rows))


def _intervals(rows: pl.DataFrame, anchors: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    refusals: list[pl.DataFrame] = []
    for side in ("start", "end"):
        placed = place(rows, anchors, time=f"{side}_time", day=f"{side}_day", instants=True)
        names = {"instant": side, "problem": f"{side}_problem", "date_only": f"{side}_date_only"}
        rows = pl.concat([rows, placed.drop("whole_day").rename(names)], how="horizontal")
        refusals += place_problems(rows, f"{side}_problem", time=f"{side}_time", day=f"{side}_day")
    rows = rows.filter(pl.col("start_problem").is_null() & pl.col("end_problem").is_null())
    start, end = (pl.coalesce(f"{side}_time", f"{side}_day") for side in ("start", "end"))
    column = pl.when(pl.col("end_time").is_not_null()).then(pl.lit("end_time")).otherwise(pl.lit("end_day"))
    rows, reversed_rows = backwards(rows, column, start, end)
    return rows, [*refusals, reversed_rows]


def _open_ended(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    unreadable = pl.col("rate").is_not_null() & number("rate").is_null()
    wrong = pl.col("end").is_null() & unreadable
    step = "write the rate as a number: without it and without an end nobody knows how long the drug ran"
    refused = refuse(rows, wrong, "rate", pl.col("rate"), "a number (0 means stopped)", step)
    return rows.filter(~wrong), refused


def _remarks(rows: pl.DataFrame) -> Remarks:
    drugs = rows.filter(pl.col("kind") == "drug")
    acting = drugs.filter((pl.col("classes").list.len() > 0) & pl.col("route").is_null()).height
    bare = rows.filter(pl.col("start_date_only") | pl.col("end_date_only")).height
    moved = rows.filter(pl.col("moved")).height
    content = [column for column in EXPOSURES if column not in ("classes", "file", "row")]
    copies = rows.height - rows.select(pl.struct(content).n_unique()).item() if rows.height else 0
    counted = {
        "{} drug rows give no route: a blank route counts as systemic.": acting,
        "{} exposure rows give a start or an end as a bare date: read as some time of that day.": bare,
        "{} rows of kind procedure name an oxygen or ventilation device: read as ventilation.": moved,
        "{} exposure rows are exact copies of others: kept, as two equal doses may have been given.": copies,
    }
    strange = drugs.filter(pl.col("drug").is_null()).select("name", "drug_meant").unique().sort("name")
    return Remarks(counted=counted, strange=dict(strange.iter_rows()))
