"""From the inputs to the value of a score: a formula, a sum of points, or a trigger, each as a range."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from operator import mul

import polars as pl

from becalm.markers.scoring.edition import VALUE, Score, compiled, factors, method_of
from becalm.markers.scoring.exact import decimal

OUTCOMES = ("no", "yes")
"""The classes of a trigger."""
DIVISOR = "a value other than 0 to divide by"
_EMPTY = pl.lit(None, dtype=pl.String)


def evaluated(rows: pl.DataFrame, score: Score) -> pl.DataFrame:
    """Adds the value of a formula, of points or of a trigger.

    Args:
        rows: patient_id | moment | day | lacks | NAME_lo, NAME_hi, NAME_says of each input.
        score: not one of doses.

    Returns:
        patient_id | moment | day | value_min, value_max f64|null (null: no limit) | log2_min, log2_max |
        class_min, class_max | because | missing, one row for each row.
    """
    found = {"formula": _formula, "points": _points, "trigger": _trigger}[method_of(score)](rows, score)
    says = [pl.col(f"{name}_says") for name in score.inputs]
    value = found.with_columns(because=pl.concat_str(says, separator="; "), missing=_missing(score))
    as_fact = {f"{VALUE}_lo": pl.col("value_min"), f"{VALUE}_hi": pl.col("value_max")}
    classed = value.with_columns(**as_fact).with_columns(**_classes(score))
    return classed.with_columns(
        *(_log2(classed[f"value_{side}"], score).alias(f"log2_{side}") for side in ("min", "max"))
    ).select(
        "patient_id",
        "moment",
        "day",
        "value_min",
        "value_max",
        "log2_min",
        "log2_max",
        "class_min",
        "class_max",
        "because",
        "missing",
    )


def _missing(score: Score) -> pl.Expr:
    """The inputs that would make an open value exact, first of all when it is measured."""
    labels = [
        pl.when((pl.col(f"{name}_lo") != pl.col(f"{name}_hi")).fill_null(True)).then(pl.lit(one.label))
        for name, one in score.inputs.items()
    ]
    every = pl.concat_str([pl.col("lacks"), *labels], separator="; ", ignore_nulls=True)
    closed = (pl.col("value_min") == pl.col("value_max")).fill_null(False)
    return pl.when(~closed).then(pl.when(every != "").then(every).otherwise(pl.lit(DIVISOR)))


def _formula(rows: pl.DataFrame, score: Score) -> pl.DataFrame:
    """The product and quotient of the inputs: of the decimals as written, rounded once."""
    above, below = factors(score)
    columns = [f"{name}_{side}" for name in score.inputs for side in ("lo", "hi")]
    distinct = rows.select(columns).unique()
    answers = []
    for row in distinct.iter_rows(named=True):
        lows = _product([row[f"{name}_lo"] or 0.0 for name in above])
        most = _product([row[f"{name}_hi"] for name in below])
        highs = _product([row[f"{name}_hi"] for name in above])
        least = _product([row[f"{name}_lo"] for name in below])
        answers.append((*row.values(), *_quotients(lows, highs, least, most)))
    schema = pl.Schema({**distinct.schema, "value_min": pl.Float64(), "value_max": pl.Float64()})
    table = pl.DataFrame(answers, schema=schema, orient="row")
    return rows.join(table, on=columns, how="left", nulls_equal=True, maintain_order="left")


def _product(values: list[float | None]) -> Fraction | None:
    """The product; None where a factor has no limit."""
    if any(value is None for value in values):
        return None
    return reduce(mul, (decimal(value) for value in values if value is not None), Fraction(1))


def _quotients(
    lows: Fraction | None, highs: Fraction | None, least: Fraction | None, most: Fraction | None
) -> tuple[float | None, float | None]:
    """The lowest and highest quotient; None for no limit, twice where nothing can be divided."""
    if most == 0:
        return None, None
    lowest = 0.0 if lows is None or most is None else _double(lows / most)
    return lowest, None if highs is None or not least else _double(highs / least)


def _double(value: Fraction) -> float | None:
    """The nearest double; None if there is none so large."""
    try:
        return float(value)
    except OverflowError:
        return None


def _points(rows: pl.DataFrame, score: Score) -> pl.DataFrame:
    """The sum of the points of the items."""
    rules = compiled(score)
    ends: dict[str, list[pl.Expr]] = {"value_min": [], "value_max": []}
    for number, item in enumerate(score.item, start=1):
        for name, side in (("value_min", "must"), ("value_max", "may")):
            levels = [
                pl.when(getattr(rules[f"item[{number}].level[{place}]"], side)).then(level.points)
                for place, level in enumerate(item.level, start=1)
            ]
            ends[name].append(pl.max_horizontal(levels).fill_null(0.0))
    return rows.with_columns(
        pl.sum_horizontal(points).cast(pl.Float64).alias(name) for name, points in ends.items()
    )


def _trigger(rows: pl.DataFrame, score: Score) -> pl.DataFrame:
    """1 for yes, 0 for no."""
    rule = compiled(score)["trigger"]
    return rows.with_columns(value_min=rule.must.cast(pl.Float64), value_max=rule.may.cast(pl.Float64))


def _classes(score: Score) -> dict[str, pl.Expr]:
    """The lowest and the highest possible class, where the score has classes at that moment."""
    if method_of(score) == "trigger":
        no, yes = (pl.lit(outcome) for outcome in OUTCOMES)
        return {
            f"class_{side}": pl.when(pl.col(f"value_{side}") == 1).then(yes).otherwise(no)
            for side in ("min", "max")
        }
    out: dict[str, pl.Expr] = {"class_min": _EMPTY, "class_max": _EMPTY}
    rules = compiled(score)
    for number, one in enumerate(score.classes, start=1):
        applies = pl.col("moment").is_in(one.moments) if one.moments else pl.lit(True)
        rule = rules[f"classes[{number}]"]
        for name, reached in (("class_min", rule.must), ("class_max", rule.may)):
            out[name] = pl.when(applies & reached).then(pl.lit(one.name)).otherwise(out[name])
    return out


def _log2(values: pl.Series, score: Score) -> pl.Series:
    """The base-2 logarithm, where the score is given so; null for 0."""
    found = [math.log2(v) if score.log2 and v is not None and v > 0 else None for v in values.to_list()]
    return pl.Series(found, dtype=pl.Float64)
