"""Levels to grades: the highest level known true, and the highest not known false."""

from __future__ import annotations

import polars as pl

from becalm.scales._facts import fact_columns
from becalm.scales.edition import Scale, predicates
from becalm.timeline import Settings
from becalm.timeline.states import SITUATION_COLUMNS

_VERIFIED = "_verified"
"""The name under which the verified levels of all axes are also collected."""


def grade_ranges(scale: Scale, rows: pl.DataFrame, by: list[str], settings: Settings) -> pl.DataFrame:
    """The grade range over all situations of an answer.

    Args:
        scale: the grading system.
        rows: situations, with the columns `by`, PIECE_COLUMNS (what the record shows beside each) and
            death_from_crs_lo/hi.
        by: the columns that name an answer, such as interval.
        settings: policies in force.

    Returns:
        by | grade_min i8 | grade_max i8 | AXIS_min and AXIS_max for each axis of the scale | verified bool
        (the verified levels alone give the same range) | X_lo and X_hi for each column X of `Situation`: its
        lowest and highest value over the situations.
    """
    facts = rows.select("death_from_crs_lo", "death_from_crs_hi", *fact_columns(settings))
    reached: dict[str, tuple[list[pl.Expr], list[pl.Expr]]] = {}
    for level, predicate in predicates(scale):
        must = pl.when(predicate.must).then(level.grade).otherwise(0)
        may = pl.when(predicate.may).then(level.grade).otherwise(0)
        for axis in (level.axis, _VERIFIED) if level.verified else (level.axis,):
            lowest, highest = reached.setdefault(axis, ([pl.lit(0)], [pl.lit(0)]))
            lowest.append(must)
            highest.append(may)
    axes = facts.select(
        expr.cast(pl.Int8)
        for axis, (lowest, highest) in reached.items()
        for expr in (
            pl.max_horizontal(lowest).alias(f"{axis}_min"),
            pl.max_horizontal(highest).alias(f"{axis}_max"),
        )
    )
    reached.setdefault(_VERIFIED, ([], []))
    sure = reached.pop(_VERIFIED)
    ends = {end: [f"{axis}_{end}" for axis in reached] for end in ("min", "max")}
    if not sure[0]:
        axes = axes.with_columns(
            pl.lit(0, dtype=pl.Int8).alias(f"{_VERIFIED}_{end}") for end in ("min", "max")
        )
    joined = pl.concat([rows.select(*by, *SITUATION_COLUMNS), axes], how="horizontal").with_columns(
        grade_min=pl.max_horizontal(ends["min"]), grade_max=pl.max_horizontal(ends["max"])
    )
    grouped = joined.group_by(by, maintain_order=True).agg(
        pl.col("grade_min").min(),
        pl.col("grade_max").max(),
        pl.col(f"{_VERIFIED}_min").min(),
        pl.col(f"{_VERIFIED}_max").max(),
        *(pl.col(c).min() for c in ends["min"]),
        *(pl.col(c).max() for c in ends["max"]),
        *(pl.col(c).min().alias(f"{c}_lo") for c in SITUATION_COLUMNS),
        *(pl.col(c).max().alias(f"{c}_hi") for c in SITUATION_COLUMNS),
    )
    same = (pl.col(f"{_VERIFIED}_min") == pl.col("grade_min")) & (
        pl.col(f"{_VERIFIED}_max") == pl.col("grade_max")
    )
    return grouped.with_columns(verified=same).drop(f"{_VERIFIED}_min", f"{_VERIFIED}_max")
