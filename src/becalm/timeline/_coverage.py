"""Which classes of treatments and events a record covers, and when.

A class is covered where `coverage` declares it, or, with no declaration of the class, where the source has
at least one row of it. Discharge ends coverage, admission restarts it. In doubt about the order within a
day (a discharge or admission dated by a whole day, or both at one instant) a class counts as not covered.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.settings import Settings

SUPPORT_CLASSES = ("vasopressor", "oxygen")


def classes_used(settings: Settings) -> tuple[str, ...]:
    """The classes whose coverage can change a grade."""
    return (*SUPPORT_CLASSES, *settings.names("waiver_classes"), "attribution", "death")


def windows(cohort: Cohort, settings: Settings, classes: Sequence[str] | None = None) -> pl.DataFrame:
    """Intervals in which a class (those that can change a grade, or `classes`) is covered, if in hospital.

    Returns:
        patient_id | class | start | end.
    """
    ids = cohort.patients.select("patient_id")
    out = []
    for name in classes_used(settings) if classes is None else classes:
        if name not in cohort.declared:
            if name in cohort.covered_by_default or not settings.flag("uncovered_is_unknown"):
                out.append(
                    ids.with_columns(pl.lit(name).alias("class"), start=pl.lit(-FOREVER), end=pl.lit(FOREVER))
                )
            continue
        rows = cohort.coverage.filter(pl.col("class") == name).with_columns(
            start=pl.col("start").fill_null(-FOREVER), end=pl.col("end").fill_null(FOREVER)
        )
        columns = ["patient_id", "class", "start", "end"]
        out.append(rows.filter(pl.col("patient_id").is_not_null()).select(columns))
        everyone = rows.filter(pl.col("patient_id").is_null()).drop("patient_id")
        out.append(everyone.join(ids, how="cross").select(columns))
    schema = pl.Schema({"patient_id": pl.String, "class": pl.String, "start": pl.Int64, "end": pl.Int64})
    found = pl.concat([pl.DataFrame(schema=schema), *(frame.cast(schema) for frame in out)])
    # A refused row of a class leaves the record of that class incomplete for that patient.
    doubts = cohort.report.doubts.select("patient_id", "class").unique()
    return found.join(doubts, on=["patient_id", "class"], how="anti")


def stays(events: pl.DataFrame) -> pl.DataFrame:
    """Whether the patient is in hospital, as far as discharges and admissions say.

    Returns:
        patient_id | time | inside bool (false after a discharge), from `time` on.
    """
    moves = events.filter(pl.col("event").is_in(["discharge", "admission"]))
    unplaced = moves.filter(pl.col("event") == "discharge", pl.col("time").is_null())
    moves = moves.filter(pl.col("time").is_not_null()).select(
        "patient_id",
        # A day of admission counts as inside from its end, a day of discharge as outside from its start.
        time=pl.when(pl.col("whole_day") & (pl.col("event") == "admission"))
        .then(pl.col("time") + DAY)
        .otherwise("time"),
        inside=pl.col("event") == "admission",
    )
    # A discharge without a time may have been at any time: coverage is in doubt throughout.
    always_out = unplaced.select("patient_id", time=pl.lit(-FOREVER), inside=False).unique()
    moves = pl.concat([moves.join(always_out, on="patient_id", how="anti"), always_out])
    return (
        moves.sort("patient_id", "time")
        .group_by("patient_id", "time", maintain_order=True)
        .agg(pl.col("inside").all())
    )


def last_before(rows: pl.DataFrame, states: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Rows (unit | time, sorted) with the last state of their patient at or before each.

    Args:
        rows: what to add to.
        states: patient_id | time | columns, sorted by patient and time.
        units: unit | patient_id.
    """
    columns = [name for name in states.columns if name not in ("patient_id", "time")]
    if states.is_empty():
        return rows.with_columns(pl.lit(None, dtype=states.schema[name]).alias(name) for name in columns)
    own = units.select("unit", "patient_id").join(states, on="patient_id", maintain_order="left_right")
    return rows.join_asof(own.drop("patient_id"), on="time", by="unit", check_sortedness=False)


def at_boundaries(boundaries: pl.DataFrame, cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Adds `covered_<class>` bool for each class to boundaries (patient_id | time, sorted)."""
    patients = cohort.patients.select("patient_id").with_row_index("unit")
    rows = boundaries.join(patients, on="patient_id", maintain_order="left")
    out = at_pieces(rows, patients, stays(cohort.events), windows(cohort, settings), settings)
    return out.drop("unit")


def at_pieces(
    boundaries: pl.DataFrame,
    units: pl.DataFrame,
    moves: pl.DataFrame,
    covered: pl.DataFrame,
    settings: Settings,
) -> pl.DataFrame:
    """Adds `covered_<class>` bool for each class to boundaries (unit | time, sorted).

    Args:
        boundaries: what to add to.
        units: unit | patient_id, in order.
        moves: as `stays` returns.
        covered: as `windows` returns.
        settings: policies in force.
    """
    out = last_before(boundaries, moves, units).with_columns(pl.col("inside").fill_null(True))
    for name in classes_used(settings):
        mine = covered.filter(pl.col("class") == name)
        always = (pl.col("start") == -FOREVER) & (pl.col("end") == FOREVER)
        if mine.select(always.all()).item():
            known = units.select(open=pl.col("patient_id").is_in(mine["patient_id"].unique().to_list()))
            open_now = pl.lit(known["open"][out["unit"]])
        else:
            out = last_before(out, _edges(mine), units)
            open_now = (pl.col("open") > 0).fill_null(False)
        out = out.with_columns((open_now & pl.col("inside")).alias(f"covered_{name}")).drop(
            "open", strict=False
        )
    return out


def covered(cohort: Cohort, settings: Settings, name: str) -> pl.DataFrame:
    """Whether one class is covered, over time: patient_id | time | covered bool, from `time` on, sorted."""
    mine, moves = windows(cohort, settings, [name]), stays(cohort.events)
    always = cohort.patients.select("patient_id", time=pl.lit(-FOREVER, dtype=pl.Int64))
    edges = _edges(mine)
    out = pl.concat([always, edges.select("patient_id", "time"), moves.select("patient_id", "time")])
    out = out.unique().sort("patient_id", "time")
    for part in (edges, moves):
        out = out.join_asof(part, on="time", by="patient_id", check_sortedness=False)
    is_open = (pl.col("open") > 0).fill_null(False) & pl.col("inside").fill_null(True)
    return out.select("patient_id", "time", covered=is_open)


def _edges(windows: pl.DataFrame) -> pl.DataFrame:
    """How many windows of one class are open: patient_id | time | open, from `time` on."""
    return (
        pl.concat(
            [
                windows.select("patient_id", time="start", change=pl.lit(1)),
                windows.select("patient_id", time="end", change=pl.lit(-1)),
            ]
        )
        .group_by("patient_id", "time")
        .agg(pl.col("change").sum())
        .sort("patient_id", "time")
        .with_columns(open=pl.col("change").cum_sum().over("patient_id"))
        .select("patient_id", "time", "open")
    )
