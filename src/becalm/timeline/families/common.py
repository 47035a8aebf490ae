"""What families share: values in force, and steps from intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from becalm.record import Cohort, vocabulary
from becalm.record.clock import DAY, HOUR, to_day
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.settings import Settings

IN_FORCE: Mapping[str, type[pl.DataType]] = {
    "patient_id": pl.String,
    "start": pl.Int64,
    "end": pl.Int64,
    "lo": pl.Float64,
    "hi": pl.Float64,
    "says": pl.String,
}


def on_day(instant: pl.Expr) -> pl.Expr:
    """An instant of the clock as text: `day 6.5`."""
    text = to_day(instant).round(3).cast(pl.String)
    return pl.concat_str(pl.lit("day "), text.str.strip_suffix(".0"))


def in_force(cohort: Cohort, concept: str, settings: Settings, label: str | None = None) -> pl.DataFrame:
    """Values of a concept in force: each speaks until the next, at the longest for its validity.

    A value of a whole day speaks from the begin to the end of the day and yields to a timed one of that day.
    Several values at one time are one range; a value without a time widens every range of its patient.

    Args:
        cohort: the record.
        concept: a name of the vocabulary.
        settings: for `validity_factor`.
        label: how texts name the value; the concept's name if not given.

    Returns:
        IN_FORCE: intervals [start, end) with the range of the value in its canonical unit and a text such as
        `ICE 7 on day 5.2`; sorted, without overlaps.
    """
    factor = settings.number("validity_factor")
    validity = round(vocabulary().concepts[concept].validity_hours * HOUR * factor)
    return speaking(values(cohort, concept, label), validity)


def values(cohort: Cohort, concept: str, label: str | None = None, also: Sequence[str] = ()) -> pl.DataFrame:
    """The values of a concept: patient_id | time | whole_day | lo | hi | says | the columns `also`.

    Args:
        cohort: the record.
        concept: a name of the vocabulary.
        label: how texts name the value; the concept's name if not given.
        also: further columns of the observations.
    """
    unit = pl.when(pl.col("unit_given").is_in(["{score}", "1", "{level}"]) | pl.col("unit_given").is_null())
    said = pl.concat_str(
        pl.lit(f"{label or concept} "),
        pl.col("comparator").fill_null(""),
        pl.col("value_given").str.replace_all("_", " "),
        unit.then(pl.lit("")).otherwise(pl.concat_str(pl.lit(" "), "unit_given")),
    )
    mine = cohort.observations.filter(pl.col("concept") == concept)
    return mine.select("patient_id", "time", "whole_day", "lo", "hi", *also, says=said)


def speaking(rows: pl.DataFrame, validity: int) -> pl.DataFrame:
    """Values as intervals in which each speaks, as `in_force` does it.

    Args:
        rows: patient_id | time (null: at some time) | whole_day | lo | hi | says.
        validity: how long a value speaks at the longest, in microseconds.

    Returns:
        IN_FORCE.
    """
    loose = rows.filter(pl.col("time").is_null())
    dated = rows.filter(pl.col("time").is_not_null())
    timed_there = ~pl.col("whole_day").all().over("patient_id", "time")
    dated = (
        dated.filter(~(pl.col("whole_day") & timed_there))
        .group_by("patient_id", "time")
        .agg(
            pl.col("lo").min(),
            pl.col("hi").max(),
            pl.col("whole_day").all(),
            pl.col("says").unique(maintain_order=True).str.join(" or "),
        )
        .sort("patient_id", "time")
        .with_columns(following=pl.col("time").shift(-1).over("patient_id"))
    )
    alone = pl.col("time") + pl.when("whole_day").then(DAY).otherwise(validity)
    out = dated.select(
        "patient_id",
        "lo",
        "hi",
        start="time",
        end=pl.min_horizontal(alone, "following"),
        says=pl.concat_str(
            "says",
            pl.lit(" on "),
            on_day(pl.col("time")),
            pl.when("whole_day").then(pl.lit(" (no hour given)")).otherwise(pl.lit("")),
        ),
    )
    if not loose.is_empty():
        hull = loose.group_by("patient_id").agg(
            loose_lo=pl.col("lo").min(),
            loose_hi=pl.col("hi").max(),
            loose_says=pl.col("says").unique(maintain_order=True).str.join(" or "),
        )
        out = out.join(hull, on="patient_id", how="left").with_columns(
            lo=pl.min_horizontal("lo", "loose_lo"),
            hi=pl.max_horizontal("hi", "loose_hi"),
            says=pl.concat_str(
                "says", pl.format(" or {} without a time", pl.col("loose_says")).fill_null(pl.lit(""))
            ),
        )
    return out.select(*IN_FORCE).sort("patient_id", "start")


def steps(intervals: pl.DataFrame, name: str, else_lo: object = None, else_hi: object = None) -> pl.DataFrame:
    """One fact as steps, from intervals that do not overlap within a patient.

    Args:
        intervals: patient_id | start | end | lo | hi | says.
        name: of the fact.
        else_lo: its lower bound outside the intervals, from the end of the first on; null is unknown.
        else_hi: its upper bound there.

    Returns:
        patient_id | time | NAME_lo | NAME_hi | NAME_says.
    """
    kind = intervals.schema["lo"]
    begins = intervals.select("patient_id", "lo", "hi", "says", time="start")
    ends = (
        intervals.filter(pl.col("end").is_not_null(), pl.col("end") < FOREVER)
        .select("patient_id", time="end")
        .join(begins, on=["patient_id", "time"], how="anti")
        .with_columns(
            lo=pl.lit(else_lo, dtype=kind), hi=pl.lit(else_hi, dtype=kind), says=pl.lit(None, dtype=pl.String)
        )
    )
    names = {"lo": f"{name}_lo", "hi": f"{name}_hi", "says": f"{name}_says"}
    both = pl.concat([begins, ends.select(begins.columns)]).rename(names)
    return both.select("patient_id", "time", *names.values()).unique(
        ["patient_id", "time"], keep="first", maintain_order=True
    ).sort("patient_id", "time")  # fmt: skip


def together(parts: Sequence[pl.DataFrame], defaults: Mapping[str, object] | None = None) -> pl.DataFrame:
    """Several steps (patient_id | time | columns) as one, at every time at which any of them changes.

    Args:
        parts: each sorted by patient and time, with columns of its own.
        defaults: for some columns the value before the first row of their part; the others are null there.

    Returns:
        patient_id | time | the columns of all parts.
    """
    out = pl.concat([part.select("patient_id", "time") for part in parts]).unique().sort("patient_id", "time")
    for part in parts:
        out = out.join_asof(part, on="time", by="patient_id", check_sortedness=False)
    for name, value in (defaults or {}).items():
        out = out.with_columns(pl.col(name).fill_null(pl.lit(value)))
    return out
