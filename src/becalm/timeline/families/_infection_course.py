"""The course of infections: while one may be open, what was seen or given since it began.

A course lasts as long as an infection, or organisms in the blood, may be there. What is seen or given in it
counts from then to its end: a grade of an infection is what it has needed so far.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.record.clock import DAY
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.families.common import on_day
from becalm.timeline.settings import Settings

SEEN = {
    "patient_id": pl.String,
    "begin": pl.Int64,
    "sure": pl.Int64,
    "end": pl.Int64,
    "lo": pl.Int32,
    "hi": pl.Int32,
    "new": pl.Boolean,
    "says": pl.String,
}
"""Something seen or given, from `begin` (certainly from `sure`) to `end`: the level that it is worth for
certain and perhaps; new: for certain only where it began in the course."""


def courses(present: pl.DataFrame, name: str) -> pl.DataFrame:
    """Courses from a finding (patient_id | time | NAME_lo | NAME_hi, levels from 0, none, up).

    Returns:
        patient_id | course_start | course_sure (from then on it is certain, null if never) | course_end.
    """
    lo, hi = (pl.col(f"{name}_{side}").fill_null(0) > 0 for side in ("lo", "hi"))
    begins = hi & ~hi.shift(1).over("patient_id").fill_null(False)
    rows = present.sort("patient_id", "time").with_columns(
        course=begins.cum_sum().over("patient_id"),
        until=pl.col("time").shift(-1).over("patient_id").fill_null(FOREVER),
    )
    return (
        rows.filter(hi)
        .group_by("patient_id", "course", maintain_order=True)
        .agg(
            course_start=pl.col("time").min(),
            course_sure=pl.col("time").filter(lo).min(),
            course_end=pl.col("until").max(),
        )
        .drop("course")
    )


def given(rows: pl.DataFrame, level: tuple[pl.Expr, pl.Expr], settings: Settings) -> pl.DataFrame:
    """Exposures as SEEN.

    Args:
        rows: exposures.
        level: what each is worth at least and at most.
        settings: for the indications that make it treatment, and how long a row without an end speaks.
    """
    indication = pl.col("indication")
    treats = indication.is_in(list(settings.names("infection_treatment_indications"))).fill_null(False)
    none = indication.is_in(list(settings.names("infection_no_treatment_indications"))).fill_null(False)
    new = indication.is_null() & settings.flag("infection_new_drug_treats") & (pl.col("kind") == "drug")
    open_end = pl.col("start") + settings.hours("infection_dose_hours")
    route = pl.when(pl.col("route").is_not_null()).then(pl.format(" {}", "route"))
    since = pl.when(pl.col("start").is_not_null()).then(pl.format(" from {}", on_day(pl.col("start"))))
    name = pl.col("name").str.replace_all("_", " ")
    what = pl.concat_str(name, route.otherwise(pl.lit("")), since.otherwise(pl.lit("")))
    return seen(
        rows.filter(~none),
        end=pl.coalesce("end", open_end, pl.lit(FOREVER)),
        lo=pl.when(treats | new).then(level[0]).otherwise(0),
        hi=level[1],
        new=new,
        says=what,
    )


def seen(
    rows: pl.DataFrame, *, end: pl.Expr, lo: pl.Expr, hi: pl.Expr, says: pl.Expr, new: pl.Expr | bool = False
) -> pl.DataFrame:
    """Rows with `patient_id`, `start` (null: at any time) and perhaps `start_whole_day` as SEEN."""
    vague = pl.col("start_whole_day") if "start_whole_day" in rows.columns else pl.lit(False)
    start = pl.col("start")
    columns = {
        "patient_id": pl.col("patient_id"),
        "begin": start.fill_null(-FOREVER),
        "sure": pl.when(start.is_null())
        .then(FOREVER)
        .otherwise(start + pl.when(vague).then(DAY).otherwise(0)),
        "end": end,
        "lo": lo,
        "hi": hi,
        "new": pl.lit(new) if isinstance(new, bool) else new,
        "says": says,
    }
    return rows.select(expr.cast(SEEN[name]).alias(name) for name, expr in columns.items())


def so_far(parts: Sequence[pl.DataFrame], within: pl.DataFrame, name: str) -> pl.DataFrame:
    """The most that was seen in a course so far, as steps.

    Args:
        parts: SEEN.
        within: as `courses` returns.
        name: of the columns.

    Returns:
        patient_id | time | NAME_lo | NAME_hi (Int32, 0 outside courses) | NAME_says.
    """
    rows = within.join(pl.concat(parts), on="patient_id").filter(
        pl.col("end") > pl.col("course_start"), pl.col("begin") < pl.col("course_end")
    )
    since = pl.max_horizontal("begin", "course_start")
    first = pl.max_horizontal("sure", "course_sure")
    # What began before the infection is known to be there is treatment of it only where that is said.
    early = pl.col("new") & (pl.col("begin") < pl.col("course_sure")).fill_null(True)
    sure = (
        (pl.col("end") > pl.col("course_sure")) & (first < pl.col("course_end")) & ~early & (pl.col("lo") > 0)
    )
    key = ["patient_id", "course_start"]
    changes = pl.concat(
        [
            rows.select(*key, "says", time=since, lo=0, hi="hi"),
            rows.filter(sure.fill_null(False)).select(*key, "says", time=first, lo="lo", hi="lo"),
            within.select(*key, says=pl.lit(None, dtype=pl.String), time="course_start", lo=0, hi=0),
        ],
        how="vertical_relaxed",
    ).sort(*key, "time")
    # Of what is worth no more than what was seen before nothing changes.
    highest = changes.with_columns(pl.col("lo", "hi").cum_max().over(key)).with_columns(
        more=pl.struct("lo", "hi").ne_missing(pl.struct("lo", "hi").shift(1).over(key))
    )
    told = highest.group_by(*key, "time", maintain_order=True).agg(
        pl.col("lo", "hi").max(),
        pl.col("more").any(),
        pl.col("says").filter("more").drop_nulls().unique(maintain_order=True),
    )
    inside = told.filter("more").select(
        "patient_id",
        "time",
        pl.col("lo").alias(f"{name}_lo"),
        pl.col("hi").alias(f"{name}_hi"),
        pl.when(pl.col("says").list.len() > 0)
        .then(pl.col("says").list.join(", "))
        .forward_fill()
        .over(key)
        .alias(f"{name}_says"),
    )
    after = within.filter(pl.col("course_end") < FOREVER).select(
        "patient_id",
        time="course_end",
        **{f"{name}_lo": pl.lit(0), f"{name}_hi": pl.lit(0), f"{name}_says": pl.lit(None, dtype=pl.String)},
    )
    return (
        pl.concat([inside, after], how="vertical_relaxed")
        .unique(["patient_id", "time"], keep="first", maintain_order=True)
        .sort("patient_id", "time")
    )
