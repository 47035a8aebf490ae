"""When a drug runs: intervals from rows with and without an end, and from them counts and doses.

Priority, in words: only systemic routes; a dose of 0 gave nothing. A row of rate 0 stops its drug until
its own end or, without one, until the next row of the same name. A row with an end runs to its end. An
open row with a rate runs to the next row of its own name; past 24 hours it may have ended. An open row
without a rate is one dose. A row without a start may have been running at any time. A start or an end
given as a date alone is some time of that day (`_day_doses`).
"""

from __future__ import annotations

import polars as pl

from becalm.record import vocabulary
from becalm.timeline import _day_doses
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.settings import Settings


def running(exposures: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Intervals in which each drug row runs.

    Args:
        exposures: the cohort's exposures of kind drug.
        settings: policies in force.

    Returns:
        patient_id | name | classes | indication | rate | rate_unit (as given, of the row) | given (start of
        the row, null if none) | start | end |
        certain bool | single bool (one dose) | some_time bool (one dose at some time of [start, end)).
    """
    nothing = (pl.col("dose") == 0) & pl.col("rate").is_null()
    drugs = exposures.filter(pl.col("kind") == "drug", ~nothing.fill_null(False))
    if settings.flag("systemic_routes_only"):
        systemic = list(vocabulary().systemic_routes)
        drugs = drugs.filter(pl.col("route").is_null() | pl.col("route").is_in(systemic))
    keep = ["patient_id", "name", "classes", "indication", "rate", "rate_unit"]
    stopped = (pl.col("rate") == 0).fill_null(False)
    by_day = _day_doses.by_day(settings)
    unplaced = pl.col("start").is_null()
    loose = drugs.filter(unplaced | by_day).with_columns(stopped=stopped)
    # Rows without a start may have come after any other of their name: they close open ones; a stop ends all.
    doubt = loose.group_by("patient_id", "name").agg(closing=pl.lit(True), stopping=pl.col("stopped").any())
    undated = loose.filter(unplaced, ~pl.col("stopped")).select(
        *keep,
        given="start",
        start=pl.lit(-FOREVER),
        end=pl.col("end").fill_null(FOREVER),
        certain=pl.lit(False),
        stopped=pl.lit(False),
        single=pl.lit(False),
        some_time=pl.lit(False),
    )
    placed = drugs.filter(~unplaced).sort("patient_id", "name", "start")
    dated = placed.filter(~by_day)
    starts = placed.select("patient_id", "name", "start").unique().sort("patient_id", "name", "start")
    starts = starts.with_columns(following=pl.col("start").shift(-1).over("patient_id", "name"))
    dated = (
        dated.join(starts, on=["patient_id", "name", "start"], how="left")
        .join(doubt, on=["patient_id", "name"], how="left")
        .with_columns(
            next=pl.col("following").fill_null(FOREVER),
            doubtful=pl.col("start") + settings.hours("open_end_hours"),
            stopped=stopped,
            open=pl.col("end").is_null(),
            instant=pl.col("start") + settings.hours("instant_seconds"),
        )
    )
    continuous = pl.col("open") & pl.col("rate").is_not_null() & ~pl.col("stopped")
    single = ~pl.col("stopped") & (
        (pl.col("open") & pl.col("rate").is_null()) | (pl.col("end") == pl.col("start")).fill_null(False)
    )
    closes = pl.when(pl.col("open")).then(pl.col("closing")).otherwise(pl.col("stopping")).fill_null(False)
    certain = dated.select(
        *keep,
        given="start",
        start="start",
        end=pl.when("stopped")
        .then(pl.min_horizontal(pl.col("end").fill_null(FOREVER), "next"))
        .when(single)
        .then("instant")
        .when("open")
        .then(pl.min_horizontal("next", "doubtful"))
        .otherwise("end"),
        certain=~closes | single,
        stopped="stopped",
        single=single,
        some_time=pl.lit(False),
    )
    maybe = dated.filter(continuous & (pl.col("next") > pl.col("doubtful"))).select(
        *keep,
        given="start",
        start="doubtful",
        end="next",
        certain=pl.lit(False),
        stopped=pl.lit(False),
        single=pl.lit(False),
        some_time=pl.lit(False),
    )
    whole = _day_doses.intervals(
        placed.filter(by_day).join(starts, on=["patient_id", "name", "start"]), settings
    )
    rows = pl.concat([certain, maybe, undated.select(certain.columns), whole.select(certain.columns)])
    return _without_stops(rows).sort("patient_id", "name", "start", "end")


def _without_stops(rows: pl.DataFrame) -> pl.DataFrame:
    """Intervals cut where a row of rate 0 of the same name stops them, resumed where its end allows it."""
    stops = (
        rows.filter("stopped")
        .select("patient_id", "name", halt="start", resume="end")
        .sort("patient_id", "name", "halt")
    )
    running = rows.filter(~pl.col("stopped")).drop("stopped")
    columns = running.columns
    while True:
        hit = running.with_row_index("row").join(stops, on=["patient_id", "name"])
        hit = hit.filter((pl.col("halt") < pl.col("end")) & (pl.col("resume") > pl.col("start")))
        hit = hit.unique("row", keep="first", maintain_order=True)
        if hit.is_empty():
            return running
        whole = running.with_row_index("row").join(hit, on="row", how="anti").select(columns)
        before = hit.with_columns(end=pl.min_horizontal("end", "halt")).filter(
            pl.col("start") < pl.col("end")
        )
        after = hit.with_columns(start=pl.max_horizontal("start", "resume")).filter(
            pl.col("start") < pl.col("end")
        )
        running = pl.concat([whole, before.select(columns), after.select(columns)])


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


def pressors(intervals: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The intervals of vasopressors that are a sign of the syndrome: not those of another indication."""
    other = list(settings.names("vasopressor_other_indications"))
    return intervals.filter(
        pl.col("classes").list.contains("vasopressor"),
        pl.col("indication").is_null() | ~pl.col("indication").is_in(other),
    )


def vasopressors(intervals: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """How many vasopressors run at once.

    Returns:
        patient_id | time | counted_lo | counted_hi (without vasopressin) | other_lo | other_hi (vasopressin
        and terlipressin), the totals from `time` on.
    """
    by_name = steps(
        pressors(intervals, settings).with_columns(
            counted=pl.col("classes").list.contains("vasopressor_counted")
        ),
        ["patient_id", "name", "counted"],
        {"sure": pl.col("certain").cast(pl.Int64), "possible": pl.lit(1, dtype=pl.Int64)},
    )
    state = by_name.with_columns(
        lo=(pl.col("sure") > 0).cast(pl.Int64),
        hi=(pl.col("possible") > 0).cast(pl.Int64),
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
        patient_id | name | given | start | end | certain | single | some_time: a single dose acts at its
        start only, one of some time at one instant of [start, end).
    """
    classes = list(settings.names("waiver_classes"))
    mine = intervals.filter(pl.col("classes").list.eval(pl.element().is_in(classes)).list.any())
    return mine.select("patient_id", "name", "given", "start", "end", "certain", "single", "some_time")
