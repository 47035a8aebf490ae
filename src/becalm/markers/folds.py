"""The fold change: peak over baseline, as a range, exact to the decimals that the laboratory wrote."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from becalm.markers.settings import MarkerSettings

NO_BASELINE = "no baseline"
NO_PEAK = "no peak"
ZERO = "baseline of 0"
ASSAYS = "two assays"


def folds(rows: pl.DataFrame, settings: MarkerSettings) -> pl.DataFrame:
    """Adds the range of the fold, or why there is none.

    Args:
        rows: the columns of `becalm.markers.baseline.baselines` and `becalm.markers.peak.peaks`.
        settings: policies in force.

    Returns:
        rows with fold_lo, fold_hi (null: no limit, or no fold) and fold_refused (null where there is one).
    """
    assays = pl.concat_list("baseline_assays", "peak_assays")
    folded = assays.list.eval(pl.element().str.strip_chars().str.to_lowercase()).list.unique()
    two = (folded.list.len() > 1).fill_null(False)
    if not settings.flag("blank_assay_matches"):
        two = two | pl.col("baseline_unstated").fill_null(False) | pl.col("peak_unstated").fill_null(False)
    if not settings.flag("one_assay_only"):
        two = pl.lit(False)
    refused = (
        pl.when(pl.col("baseline_text").is_null())
        .then(pl.lit(NO_BASELINE))
        .when(~pl.col("peaked").fill_null(False))
        .then(pl.lit(NO_PEAK))
        .when((pl.col("baseline_hi") == 0).fill_null(False))
        .then(pl.lit(ZERO))
        .when(two)
        .then(pl.lit(ASSAYS))
    )
    rows = rows.with_columns(fold_refused=refused)
    allowed = pl.col("fold_refused").is_null()
    return rows.with_columns(
        fold_lo=pl.when(allowed).then(_quotient(rows, "peak_lo", "baseline_hi")),
        fold_hi=pl.when(allowed).then(_quotient(rows, "peak_hi", "baseline_lo")),
    )


def _quotient(rows: pl.DataFrame, above: str, below: str) -> pl.Series:
    """The quotient of two columns: of decimals as written, so that 5.49 over 3 is 1.83, not above."""
    pairs = rows.select(above, below).unique().filter(pl.col(below) > 0, pl.col(above).is_not_null())
    exact = [float(Fraction(repr(a)) / Fraction(repr(b))) for a, b in pairs.iter_rows()]
    table = pairs.with_columns(pl.Series("quotient", exact, dtype=pl.Float64))
    return rows.join(table, on=[above, below], how="left", maintain_order="left")["quotient"]
