"""The inputs of a score as ranged facts, one row for each patient and moment."""

from __future__ import annotations

import polars as pl

from becalm.markers.scoring.counts import counts
from becalm.markers.scoring.edition import Input, Score
from becalm.markers.scoring.values import KEY, last_values
from becalm.markers.settings import MarkerSettings
from becalm.record import Cohort


def with_inputs(cohort: Cohort, asked: pl.DataFrame, score: Score, settings: MarkerSettings) -> pl.DataFrame:
    """`asked` with NAME_lo, NAME_hi (f64, in the unit stated; null: no limit) and NAME_says of each input."""
    out = asked
    for name, one in score.inputs.items():
        if one.column:
            found = _column(cohort, asked, one)
        else:
            found = (counts if one.counted else last_values)(cohort, asked, one, settings)
        renamed = found.select(
            pl.col("lo").alias(f"{name}_lo"),
            pl.col("hi").alias(f"{name}_hi"),
            pl.col("says").alias(f"{name}_says"),
        )
        out = pl.concat([out, renamed], how="horizontal")
    return out


def _column(cohort: Cohort, asked: pl.DataFrame, one: Input) -> pl.DataFrame:
    """A column of the patients."""
    values = cohort.patients.select("patient_id", value=pl.col(one.column).cast(pl.Float64))
    rows = asked.join(values, on="patient_id", how="left", maintain_order="left")
    number = pl.col("value").cast(pl.String).str.strip_suffix(".0")
    return rows.select(
        *KEY,
        lo="value",
        hi="value",
        says=pl.when(pl.col("value").is_null())
        .then(pl.lit(f"{one.label} not recorded"))
        .otherwise(pl.format(f"{one.label} {{}} {one.unit}", number)),
    )
