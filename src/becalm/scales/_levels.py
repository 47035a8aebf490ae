"""Levels to grades: the highest level known true, and the highest not known false."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.scales._facts import fact_columns
from becalm.scales.edition import Scale
from becalm.timeline import Settings
from becalm.timeline.states import SITUATION_COLUMNS

_VERIFIED = "_verified"
"""The name under which the verified levels of all axes are also collected."""
DEATHS = ("death_from_toxicity_lo", "death_from_toxicity_hi")


def side(number: int) -> tuple[str, str]:
    """The columns of what a level asks beside its condition: a duration, or a doubt."""
    return f"side_{number}_lo", f"side_{number}_hi"


def sided(scale: Scale, settings: Settings) -> tuple[int, ...]:
    """The positions of the levels that ask something beside their condition."""
    return tuple(
        number
        for number in scale.applied(settings)
        if scale.level[number].doubt or scale.level[number].lasting_hours is not None
    )


def doubts(scale: Scale, settings: Settings) -> list[pl.Expr]:
    """The columns of every doubt, open: it may be so or not."""
    open_now = [number for number in sided(scale, settings) if scale.level[number].doubt]
    never = [pl.lit(False).alias(side(number)[0]) for number in open_now]
    # Where the condition must have lasted as well, the duration says whether it may be.
    lasting = [number for number in open_now if scale.level[number].lasting_hours is not None]
    return never + [pl.lit(True).alias(side(number)[1]) for number in open_now if number not in lasting]


def truth(
    scale: Scale, rows: pl.DataFrame, settings: Settings, levels: Sequence[int], *, lasting: bool = False
) -> pl.DataFrame:
    """Whether the conditions of levels hold, without what they ask beside: must_N and may_N for each.

    `lasting`: whether what must have lasted holds, in place of the conditions.
    """
    names = {column for fact in scale.own_facts(settings) for column in (fact.lo, fact.hi)}
    facts = [pl.col(column) for column in rows.columns if column in names]
    if scale.reads_course:
        facts += fact_columns(settings)
    deaths = [
        pl.col(f"death_from_toxicity_{end}").alias(f"{name}_{end}")
        for name in ("death_from_toxicity", "death_from_crs")
        for end in ("lo", "hi")
    ]
    frame = rows.select(*deaths, *facts)
    conditions = [scale.lasting[number] if lasting else scale.compiled[number][1] for number in levels]
    return frame.select(
        *(one.must.alias(f"must_{number}") for number, one in zip(levels, conditions, strict=True)),
        *(one.may.alias(f"may_{number}") for number, one in zip(levels, conditions, strict=True)),
    )


def _reached(scale: Scale, rows: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """must_N and may_N of every level that applies, with what it asks beside its condition."""
    levels = scale.applied(settings)
    found = truth(scale, rows, settings, levels)
    beside = list(sided(scale, settings))
    if not beside:
        return found
    columns = [column for number in beside for column in side(number)]
    return pl.concat([found, rows.select(columns)], how="horizontal").with_columns(
        *(pl.col(f"must_{n}") & pl.col(side(n)[0]) for n in beside),
        *(pl.col(f"may_{n}") & pl.col(side(n)[1]) for n in beside),
    )


def _suppressed(scale: Scale, rows: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The highest grade of the levels that a policy took away, where they might hold: `suppressed`."""
    away = [
        number
        for number, level in enumerate(scale.level)
        if level.applies_unless and settings.flag(level.applies_unless)
    ]
    if not away:
        return pl.DataFrame({"suppressed": pl.Series([0], dtype=pl.Int8).new_from_index(0, rows.height)})
    found = truth(scale, rows, settings, away)
    grades = (pl.when(f"may_{number}").then(scale.level[number].grade).otherwise(0) for number in away)
    return found.select(suppressed=pl.max_horizontal(pl.lit(0), *grades).cast(pl.Int8))


def grade_ranges(scale: Scale, rows: pl.DataFrame, by: list[str], settings: Settings) -> pl.DataFrame:
    """The grade range over all situations of an answer.

    Args:
        scale: the grading system.
        rows: situations, with the columns `by`, PIECE_COLUMNS (what the record shows beside each),
            death_from_toxicity_lo/hi, the facts of families that the levels name and the columns of `side`.
        by: the columns that name an answer, such as interval.
        settings: policies in force.

    Returns:
        by | grade_min i8 | grade_max i8 | rule_min i16, rule_max i16 (the first level that gives each; null
        for 0) | AXIS_min and AXIS_max for each axis of the scale | verified bool (the verified levels alone
        give the same range) | X_lo and X_hi for each column X of `Situation` (where the scale reads the
        course of CRS): its lowest and highest value over the situations.
    """
    reached = _reached(scale, rows, settings)
    axes: dict[str, tuple[list[pl.Expr], list[pl.Expr]]] = {level.axis: ([], []) for level in scale.level}
    axes[_VERIFIED] = ([], [])
    for number in scale.applied(settings):
        level = scale.level[number]
        for axis in (level.axis, _VERIFIED) if level.verified else (level.axis,):
            axes[axis][0].append(pl.when(f"must_{number}").then(level.grade).otherwise(0))
            axes[axis][1].append(pl.when(f"may_{number}").then(level.grade).otherwise(0))
    grades = reached.with_columns(
        pl.max_horizontal([pl.lit(0), *found]).cast(pl.Int8).alias(f"{axis}_{end}")
        for axis, ends in axes.items()
        for end, found in zip(("min", "max"), ends, strict=True)
    )
    del axes[_VERIFIED]
    ends = {end: [f"{axis}_{end}" for axis in axes] for end in ("min", "max")}
    grades = grades.with_columns(
        pl.max_horizontal(names).alias(f"grade_{end}") for end, names in ends.items()
    )
    first = [
        pl.coalesce(
            *(
                pl.when(
                    pl.col(f"{kind}_{number}") & (pl.col(f"grade_{end}") == scale.level[number].grade)
                ).then(pl.lit(number, dtype=pl.Int16))
                for number in scale.applied(settings)
            ),
            pl.lit(None, dtype=pl.Int16),
        ).alias(f"rule_{end}")
        for kind, end in (("must", "min"), ("may", "max"))
    ]
    kept = [*ends["min"], *ends["max"], *(f"{_VERIFIED}_{end}" for end in ends), "grade_min", "grade_max"]
    situations = list(SITUATION_COLUMNS) if scale.reads_course else []
    joined = pl.concat(
        [
            rows.select(*by, *situations),
            grades.with_columns(first).select(*kept, "rule_min", "rule_max"),
            _suppressed(scale, rows, settings),
        ],
        how="horizontal",
    )
    lowest, highest = pl.col("grade_min"), pl.col("grade_max")
    found = joined.group_by(by, maintain_order=True).agg(
        lowest.min(),
        highest.max(),
        pl.col("rule_min").filter(lowest == lowest.min()).first(),
        pl.col("rule_max").filter(highest == highest.max()).first(),
        pl.col(f"{_VERIFIED}_min").min(),
        pl.col(f"{_VERIFIED}_max").max(),
        *(pl.col(c).min() for c in ends["min"]),
        *(pl.col(c).max() for c in ends["max"]),
        *(pl.col(c).min().alias(f"{c}_lo") for c in situations),
        *(pl.col(c).max().alias(f"{c}_hi") for c in situations),
    )
    same = (pl.col(f"{_VERIFIED}_min") == lowest) & (pl.col(f"{_VERIFIED}_max") == highest)
    found = found.with_columns(
        suppressed=joined.group_by(by, maintain_order=True).agg(pl.col("suppressed").max())["suppressed"]
    )
    # A doubt that a policy took away by rules which nobody read leaves their mark.
    same = same & (pl.col("suppressed") <= highest)
    if not any(level.verified for level in scale.level):
        same = pl.lit(False)  # that no rule holds is told by rules that nobody read
    return found.with_columns(verified=same).drop(f"{_VERIFIED}_min", f"{_VERIFIED}_max", "suppressed")
