"""Which classes of treatments and events a record covers, and when.

A class is covered where `coverage` declares it, or, with no declaration of the class, where the source has
at least one row of it. Discharge ends coverage, admission restarts it. In doubt about the order within a
day (a discharge or admission dated by a whole day, or both at one instant) a class counts as not covered.
"""

from __future__ import annotations

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.settings import Settings

SUPPORT_CLASSES = ("vasopressor", "oxygen")


def classes_used(settings: Settings) -> tuple[str, ...]:
    """The classes whose coverage can change a grade."""
    return (*SUPPORT_CLASSES, *settings.names("waiver_classes"), "attribution", "death")


def windows(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Intervals in which a class is covered, before discharges are taken into account.

    Returns:
        patient_id | class | start | end.
    """
    ids = cohort.patients.select("patient_id")
    declared = set(cohort.coverage["class"].to_list())
    out = []
    for name in classes_used(settings):
        if name not in declared:
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


def at_boundaries(boundaries: pl.DataFrame, cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Adds `covered_<class>` bool for each class to boundaries (patient_id | time, sorted)."""
    out = boundaries.join_asof(
        stays(cohort.events), on="time", by="patient_id", check_sortedness=False
    ).with_columns(pl.col("inside").fill_null(True))
    covered = windows(cohort, settings)
    for name in classes_used(settings):
        mine = covered.filter(pl.col("class") == name)
        edges = (
            pl.concat(
                [
                    mine.select("patient_id", time="start", change=pl.lit(1)),
                    mine.select("patient_id", time="end", change=pl.lit(-1)),
                ]
            )
            .group_by("patient_id", "time")
            .agg(pl.col("change").sum())
            .sort("patient_id", "time")
            .with_columns(open=pl.col("change").cum_sum().over("patient_id"))
            .select("patient_id", "time", "open")
        )
        out = (
            out.join_asof(edges, on="time", by="patient_id", check_sortedness=False)
            .with_columns(((pl.col("open") > 0).fill_null(False) & pl.col("inside")).alias(f"covered_{name}"))
            .drop("open")
        )
    return out
