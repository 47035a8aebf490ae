"""The baseline: the last value up to the infusion, else the value of day 0; a range where the order is open.

A reading that has no exact time, or an infusion of which only the date is known, makes several orders
possible. A reading is a candidate if it is the baseline in one of them.
"""

from __future__ import annotations

import polars as pl

from becalm.markers.settings import MarkerSettings
from becalm.record.clock import DAY

KEY = ("patient_id", "marker", "at")


def baselines(known: pl.DataFrame, settings: MarkerSettings) -> pl.DataFrame:
    """The range of the baseline.

    Args:
        known: readings known at a moment: KEY | opens_lo | opens_hi | earliest | latest | lo | hi | assay |
            text | time (`becalm.markers.readings`, `becalm.markers.window`).
        settings: policies in force.

    Returns:
        KEY | baseline_lo f64 | baseline_hi f64|null (no limit) | baseline_time i64|null (where it is one
        reading) | baseline_assays list | baseline_unstated bool (an assay is blank) | baseline_text. Only
        where there surely is a baseline.
    """
    begin = -round(settings.number("baseline_days_before") * DAY)
    near = known.filter(pl.col("latest") >= begin, pl.col("earliest") < DAY).with_row_index("reading")
    after = pl.lit(settings.flag("baseline_else_day_0"))
    near = near.with_columns(
        # The infusion as early as this reading can lie before it; the reading as late as it then can.
        infused=pl.max_horizontal("opens_lo", "earliest"),
        # The reading as early as possible after the earliest infusion.
        follows=pl.max_horizontal("earliest", pl.col("opens_lo") + 1),
    ).with_columns(place=pl.min_horizontal("latest", "infused"))
    before_possible = (pl.col("infused") <= pl.col("opens_hi")) & (pl.col("place") >= begin)
    after_possible = after & (pl.col("follows") <= pl.col("latest")) & (pl.col("follows") < DAY)
    others = near.select("reading", *KEY, other_earliest="earliest", other_latest="latest")
    start, end, opens = pl.col("other_earliest"), pl.col("other_latest"), pl.col("opens_lo")
    rivals = (
        near.join(others, on=list(KEY), how="inner", suffix="_other")
        .filter(pl.col("reading") != pl.col("reading_other"))
        .group_by("reading")
        .agg(
            later=((start > pl.col("place")) & (end <= pl.col("infused"))).any(),
            sooner=(
                ((start >= begin) & (end <= opens)) | ((start > opens) & (end < pl.col("follows")))
            ).any(),
        )
    )
    surely = (pl.col("earliest") >= begin) & pl.when(after).then(pl.col("latest") < DAY).otherwise(
        pl.col("latest") <= pl.col("opens_lo")
    )
    near = near.join(rivals, on="reading", how="left", maintain_order="left").with_columns(
        candidate=(before_possible & ~pl.col("later").fill_null(False))
        | (after_possible & ~pl.col("sooner").fill_null(False)),
        surely=surely,
    )
    single = pl.col("time").filter("candidate")
    return (
        near.group_by(KEY, maintain_order=True)
        .agg(
            pl.col("surely").any(),
            baseline_lo=pl.col("lo").filter("candidate").min(),
            baseline_hi=_highest(pl.col("hi").filter("candidate")),
            baseline_time=pl.when(single.n_unique() == 1).then(single.first()),
            baseline_assays=pl.col("assay").filter("candidate").drop_nulls().unique().sort(),
            baseline_unstated=pl.col("assay").filter("candidate").null_count() > 0,
            baseline_text=pl.col("text").filter("candidate").unique(maintain_order=True).str.join(" or "),
        )
        .filter("surely")
        .drop("surely")
    )


def _highest(values: pl.Expr) -> pl.Expr:
    """The highest value; null (no limit) where one has no limit."""
    return pl.when(values.null_count() == 0).then(values.max())
