"""Oxygen and ventilation as one track.

Priority, in words: a new row closes an open one. Where closed rows overlap the later start wins, then the
older again. An open row is certain for 24 hours, then: this support or none. A device's name beats its
flow. A plain cannula without a flow is low or high flow. Support for another reason than hypoxia is none.
A start or an end given as a date alone is some time of that day.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from becalm.record.clock import DAY
from becalm.timeline._knowledge import FOREVER
from becalm.timeline._supports import AIR, MEASURES, measured, quiet
from becalm.timeline.settings import Settings

RANGES = tuple(f"{name}_{end}" for name in MEASURES for end in ("lo", "hi"))


def track(exposures: pl.DataFrame, patients: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The support in force, piecewise constant.

    Returns:
        patient_id | time | support_lo | support_hi (index into LEVELS; support without need is 0) | fio2_lo |
        fio2_hi (percent; air without support) | ventilation_lo | ventilation_hi (index into VENTILATION) |
        nothing bool (it may be that no row is in force) | recorded bool (a row may be in force) |
        support (names of what is in force, for people) | support_start.
    """
    rows = exposures.filter(pl.col("kind").is_in(["oxygen", "ventilation"])).join(
        patients.select("patient_id", "home_cpap"), on="patient_id", how="left"
    )
    rows = measured(rows, settings).with_columns(
        air=pl.col("name") == AIR, dated=pl.col("start").is_not_null()
    )
    floating = rows.filter(~pl.col("dated")).select(
        "patient_id",
        *RANGES,
        since=pl.lit(-FOREVER),
        until=pl.col("end").fill_null(FOREVER),
        gone=pl.lit(True),
    )
    dated, days = _by_day(rows.filter("dated").with_columns(earliest="start"), settings)
    floating = pl.concat([floating, days.select(floating.columns)])
    starts = dated.select("patient_id", "start").unique().sort("patient_id", "start")
    starts = starts.with_columns(following=pl.col("start").shift(-1).over("patient_id"))
    dated = dated.join(starts, on=["patient_id", "start"], how="left").with_columns(
        until=pl.coalesce("end", "following", pl.lit(FOREVER)),
        doubtful=pl.when(pl.col("end").is_null() & ~pl.col("air"))
        .then(pl.max_horizontal("start", pl.col("earliest") + settings.hours("open_end_hours")))
        .otherwise(FOREVER),
    )
    changes = pl.concat(
        [
            *(dated.select("patient_id", time=c) for c in ("start", "until", "doubtful")),
            *(floating.select("patient_id", time=c) for c in ("since", "until")),
        ]
    )
    changes = (
        changes.filter(pl.col("time") < FOREVER, pl.col("time") > -FOREVER)
        .unique()
        .sort("patient_id", "time")
    )
    here = (
        changes.join(dated, on="patient_id")
        .filter((pl.col("start") <= pl.col("time")) & (pl.col("time") < pl.col("until")))
        .filter(pl.col("start") == pl.col("start").max().over("patient_id", "time"))
        .with_columns(stale=pl.col("time") >= pl.col("doubtful"))
    )
    flow = (
        pl.when(pl.col("flow_l_min").is_not_null())
        .then(pl.concat_str(pl.lit(" "), pl.col("flow_l_min").round(2).cast(pl.String), pl.lit(" L/min")))
        .otherwise(pl.lit(""))
    )
    said = pl.concat_str(pl.col("name").str.replace_all("_", " "), flow)
    state = here.group_by("patient_id", "time").agg(
        *(
            pl.min_horizontal(pl.col(f"{name}_lo").min(), pl.when(pl.col("stale").any()).then(least)).alias(
                f"{name}_lo"
            )
            for name, least in quiet().items()
        ),
        *(pl.col(f"{name}_hi").max() for name in MEASURES),
        nothing=pl.col("stale").any(),
        recorded=pl.lit(True),
        needed=pl.col("needed").any(),
        estimated=pl.col("estimated").any(),
        stale=pl.col("stale").any(),
        open=pl.col("end").is_null().any(),
        support=said.unique(maintain_order=True).sort().str.join(" or "),
        support_start=pl.col("start").first(),
    )
    out = changes.join(state, on=["patient_id", "time"], how="left").with_columns(
        *_filled(),
        pl.col("nothing").fill_null(True),
        pl.col("recorded", "needed", "estimated", "stale", "open").fill_null(False),
    )
    return _with_floating(out, floating)


def _filled() -> Iterator[pl.Expr]:
    """The measures, with those of no support where there is no row."""
    for name, least in quiet().items():
        for end in ("lo", "hi"):
            column = pl.col(f"{name}_{end}").fill_null(least)
            yield column if name == "fio2" else column.cast(pl.Int64)


def _by_day(rows: pl.DataFrame, settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with a start or an end that is a date alone, made certain where they are.

    Returns:
        The rows from when they have begun for certain until they may have ended; and, for the days in which
        they may have begun or ended: patient_id | lo | hi | since | until | gone (it may have ended there).
    """
    if not settings.flag("whole_day_order_unknown"):
        return rows, rows.clear().select(
            "patient_id", *RANGES, since="start", until="start", gone=pl.lit(True)
        )
    first, last = (pl.col(f"{side}_whole_day").fill_null(False) for side in ("start", "end"))
    over = pl.col("end") + pl.when(last).then(DAY).otherwise(0)
    begun = pl.min_horizontal(pl.col("start") + pl.when(first).then(DAY).otherwise(0), over)
    beginning = rows.filter(first).select(
        "patient_id",
        *RANGES,
        since="start",
        until=begun,
        gone=last & (pl.col("end") < begun).fill_null(False),
    )
    ending = rows.filter(last).select(
        "patient_id", *RANGES, since=pl.max_horizontal("end", begun), until=over, gone=pl.lit(True)
    )
    # A row that may have ended on its first day is never certain, and still closes an open one before it.
    certain = rows.with_columns(start=begun)
    # A row of a known hour on a day on which another began at no known hour may be the later of the two; or,
    # left open, it may have been closed by the other.
    again = (
        rows.filter(~first)
        .join(rows.filter(first).select("patient_id", day="start").unique(), on="patient_id")
        .filter(pl.col("start").is_between(pl.col("day"), pl.col("day") + DAY, closed="left"))
        .filter((pl.col("end") > pl.col("day") + DAY).fill_null(True))
        .with_columns(
            start=pl.col("day") + DAY,
            earliest=pl.when(pl.col("end").is_null()).then(-FOREVER).otherwise("earliest"),
        )
    )
    both = pl.concat([certain, again.select(certain.columns)])
    return both, pl.concat([beginning, ending.filter(pl.col("since") < pl.col("until"))])


def _with_floating(state: pl.DataFrame, floating: pl.DataFrame) -> pl.DataFrame:
    """Rows without a known start may be in force at any time of their window [since, until).

    One may have come after the row in force and stand in its place, or have closed an open one and ended.
    """
    always = (
        floating.filter(pl.col("since") == -FOREVER)
        .select("patient_id")
        .unique()
        .with_columns(time=pl.lit(-FOREVER))
    )
    columns = ["patient_id", "time", *(c for c in state.columns if c not in ("patient_id", "time"))]
    whole = pl.concat([always, state.select(columns)], how="diagonal").with_columns(
        *_filled(),
        pl.col("nothing").fill_null(True),
        pl.col("recorded", "needed", "estimated", "stale", "open").fill_null(False),
    )
    here = (
        whole.select("patient_id", "time")
        .join(floating, on="patient_id")
        .filter(pl.col("since") <= pl.col("time"))
        .with_columns(speaks=pl.col("time") < pl.col("until"))
        .group_by("patient_id", "time")
        .agg(
            *(pl.col(f"{name}_lo").filter("speaks").min().alias(f"loose_{name}_lo") for name in MEASURES),
            *(pl.col(f"{name}_hi").filter("speaks").max().alias(f"loose_{name}_hi") for name in MEASURES),
            loose=(pl.col("gone") & (pl.col("speaks") | (pl.col("since") == -FOREVER))).any(),
        )
    )
    closed = pl.col("loose").fill_null(False) & pl.col("open")
    return (
        whole.join(here, on=["patient_id", "time"], how="left")
        .with_columns(
            *(
                pl.min_horizontal(f"{name}_lo", f"loose_{name}_lo", pl.when(closed).then(least)).alias(
                    f"{name}_lo"
                )
                for name, least in quiet().items()
            ),
            *(pl.max_horizontal(f"{name}_hi", f"loose_{name}_hi").alias(f"{name}_hi") for name in MEASURES),
            nothing=pl.col("nothing") | closed,
        )
        .drop("loose", "open", *(f"loose_{name}" for name in RANGES))
        .sort("patient_id", "time")
    )
