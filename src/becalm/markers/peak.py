"""The peak: the highest value in its window; a range where values are ranges or their order is open."""

from __future__ import annotations

import polars as pl

from becalm.markers.baseline import KEY
from becalm.markers.doses import NEVER
from becalm.markers.settings import MarkerSettings


def peaks(known: pl.DataFrame, settings: MarkerSettings) -> pl.DataFrame:
    """The range of the peak.

    Args:
        known: readings known at a moment: KEY | the columns of `becalm.markers.window.windows` | earliest |
            latest | until | lo | hi | assay | text | time.
        settings: policies in force.

    Returns:
        KEY | peak_lo f64|null | peak_hi f64|null (null: no limit) | peak_time i64|null (the first time of
        the peak, where it is decided) | peak_time_lo, peak_time_hi (of the readings that may be the peak) |
        peak_assays list | peak_unstated bool | peak_text | peaked bool (a value may lie in the window) |
        stale bool (the present is not known while the window is open) | last_text (the last reading).
    """
    in_days = pl.col("earliest") <= pl.col("limit")
    known = known.with_columns(
        possible=in_days & (pl.col("latest") >= pl.col("opens_lo")) & (pl.col("earliest") < pl.col("closes")),
        sure=in_days & (pl.col("earliest") >= pl.col("opens_hi")) & (pl.col("latest") < pl.col("closes_lo")),
    )
    is_open = (
        (pl.col("at") < NEVER)
        & (pl.col("at") >= pl.col("opens_lo"))
        & (pl.col("at") < pl.col("closes"))
        & (pl.col("at") <= pl.col("limit"))
        & pl.lit(settings.flag("present_gap_is_unknown"))
    )
    speaks = (pl.col("time") <= pl.col("at")) & (pl.col("at") < pl.col("until"))
    found = known.with_columns(
        peak_lo=pl.col("lo").filter("sure").max().over(KEY),
        stale=is_open & ~speaks.fill_null(False).any().over(KEY),
    )
    # A reading that stays below what another surely reaches is not the peak.
    carries = pl.col("possible") & (pl.col("hi") >= pl.col("peak_lo")).fill_null(True)
    found = found.with_columns(carries=carries)
    hi, time = pl.col("hi").filter("carries"), pl.col("time").filter("carries")
    decided = (hi.n_unique() == 1) & (hi.first() == pl.col("peak_lo").first()) & (time.null_count() == 0)
    texts = pl.col("text").filter("carries")
    return found.group_by(KEY, maintain_order=True).agg(
        pl.col("peak_lo").first(),
        pl.col("stale").first(),
        peak_hi=pl.when(hi.null_count() == 0).then(hi.max()),
        peak_time=pl.when((time.len() == 1) | decided.fill_null(False)).then(time.min()),
        peak_time_lo=time.min(),
        peak_time_hi=time.max(),
        peak_assays=pl.col("assay").filter("carries").drop_nulls().unique().sort(),
        peak_unstated=pl.col("assay").filter("carries").null_count() > 0,
        peak_text=pl.when(decided.fill_null(False))
        .then(texts.first())
        .otherwise(texts.unique(maintain_order=True).str.join(" or ")),
        peaked=pl.col("possible").any(),
        last_text=pl.col("text").filter(pl.col("time").is_not_null()).last(),
    )
