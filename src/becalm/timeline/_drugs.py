"""When a drug runs: intervals from rows with and without an end, and from them counts and doses.

Priority, in words: only systemic routes. A row of rate 0 stops its drug until its own end or, without one,
until the next row of the same name. A row with an end runs to its end. An open row with a rate runs to the
next row of its own name; past 24 hours it may have ended. An open row without a rate is one dose. A row
without a start may have been running at any time.
"""

from __future__ import annotations

import polars as pl

from becalm.record import vocabulary
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.settings import Settings


def running(exposures: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Intervals in which each drug row runs.

    Args:
        exposures: the cohort's exposures of kind drug.
        settings: policies in force.

    Returns:
        patient_id | name | classes | indication | start | end | certain bool | stopped bool (an interval of
        rate 0, in which no row of that name runs) | single bool (one dose).
    """
    drugs = exposures.filter(pl.col("kind") == "drug")
    if settings.flag("systemic_routes_only"):
        systemic = list(vocabulary().systemic_routes)
        drugs = drugs.filter(pl.col("route").is_null() | pl.col("route").is_in(systemic))
    keep = ["patient_id", "name", "classes", "indication"]
    undated = drugs.filter(pl.col("start").is_null()).select(
        *keep, start=pl.lit(-FOREVER), end=pl.lit(FOREVER), certain=False, stopped=False, single=False
    )
    dated = drugs.filter(pl.col("start").is_not_null()).sort("patient_id", "name", "start")
    starts = dated.select("patient_id", "name", "start").unique().sort("patient_id", "name", "start")
    starts = starts.with_columns(following=pl.col("start").shift(-1).over("patient_id", "name"))
    dated = dated.join(starts, on=["patient_id", "name", "start"], how="left").with_columns(
        next=pl.col("following").fill_null(FOREVER),
        doubtful=pl.col("start") + settings.hours("open_end_hours"),
        stopped=(pl.col("rate") == 0).fill_null(False),
        open=pl.col("end").is_null(),
    )
    continuous = pl.col("open") & pl.col("rate").is_not_null()
    single = pl.col("open") & pl.col("rate").is_null()
    certain = dated.select(
        *keep,
        "start",
        end=pl.when("stopped")
        .then(pl.min_horizontal(pl.col("end").fill_null(FOREVER), "next"))
        .when(single)
        .then(pl.col("start") + settings.hours("instant_seconds"))
        .when("open")
        .then(pl.min_horizontal("next", "doubtful"))
        .otherwise("end"),
        certain=pl.lit(True),
        stopped="stopped",
        single=single,
    )
    # A row whose end equals its start is one dose.
    certain = certain.with_columns(
        single=pl.col("single") | (~pl.col("stopped") & (pl.col("end") == pl.col("start"))),
        end=pl.max_horizontal(
            "end",
            pl.when(~pl.col("stopped")).then(pl.col("start") + settings.hours("instant_seconds")),
        ),
    )
    maybe = dated.filter(continuous & ~pl.col("stopped") & (pl.col("next") > pl.col("doubtful"))).select(
        *keep,
        start="doubtful",
        end="next",
        certain=pl.lit(False),
        stopped=pl.lit(False),
        single=pl.lit(False),
    )
    return pl.concat([certain, maybe, undated]).sort("patient_id", "name", "start", "end")


def steps(intervals: pl.DataFrame, by: list[str], values: dict[str, pl.Expr]) -> pl.DataFrame:
    """Running sums over intervals: the piecewise-constant total of each value.

    Args:
        intervals: `by` columns | start | end | whatever `values` use.
        by: the columns that name a series.
        values: output column to an expression that is summed while an interval lasts.

    Returns:
        by | time | one column a value, at every time where a total may change.
    """
    on = intervals.select(*by, time="start", **values)
    off = intervals.select(*by, time="end", **{name: -expr for name, expr in values.items()})
    return (
        pl.concat([on, off])
        .group_by(*by, "time")
        .agg(pl.col(name).sum() for name in values)
        .sort(*by, "time")
        .with_columns(pl.col(name).cum_sum().over(by) for name in values)
    )


def vasopressors(intervals: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """How many vasopressors run at once.

    Returns:
        patient_id | time | counted_lo | counted_hi (without vasopressin) | other_lo | other_hi (vasopressin
        and terlipressin), the totals from `time` on.
    """
    mine = intervals.filter(
        pl.col("classes").list.contains("vasopressor"),
        pl.col("indication").is_null()
        | ~pl.col("indication").is_in(list(settings.names("vasopressor_other_indications"))),
    )
    sure = (pl.col("certain") & ~pl.col("stopped")).cast(pl.Int64)
    by_name = steps(
        mine.with_columns(counted=pl.col("classes").list.contains("vasopressor_counted")),
        ["patient_id", "name", "counted"],
        {
            "sure": sure,
            "possible": (~pl.col("stopped")).cast(pl.Int64),
            "stop": pl.col("stopped").cast(pl.Int64),
        },
    )
    state = by_name.with_columns(
        lo=((pl.col("sure") > 0) & (pl.col("stop") == 0)).cast(pl.Int64),
        hi=((pl.col("possible") > 0) & (pl.col("stop") == 0)).cast(pl.Int64),
    )
    names = ["patient_id", "name", "counted"]
    change = state.select(
        *names, "time", *[pl.col(c) - pl.col(c).shift(1, fill_value=0).over(names) for c in ("lo", "hi")]
    )
    counted = pl.col("counted").cast(pl.Int64)
    total = change.group_by("patient_id", "time").agg(
        counted_lo=(pl.col("lo") * counted).sum(),
        counted_hi=(pl.col("hi") * counted).sum(),
        other_lo=(pl.col("lo") * (1 - counted)).sum(),
        other_hi=(pl.col("hi") * (1 - counted)).sum(),
    )
    columns = ("counted_lo", "counted_hi", "other_lo", "other_hi")
    return total.sort("patient_id", "time").with_columns(
        pl.col(c).cum_sum().over("patient_id") for c in columns
    )


def waiving_doses(intervals: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Doses of the classes that lift the need for fever, as intervals.

    Returns:
        patient_id | name | start | end | certain | single: a single dose acts at its start only.
    """
    classes = list(settings.names("waiver_classes"))
    mine = intervals.filter(
        pl.col("classes").list.eval(pl.element().is_in(classes)).list.any(), ~pl.col("stopped")
    )
    return mine.select("patient_id", "name", "start", "end", "certain", "single")
