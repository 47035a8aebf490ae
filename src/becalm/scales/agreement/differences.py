"""The patients whose grade differs between two systems, and the very rule that made it differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from becalm.record.clock import to_day
from becalm.scales.agreement.courses import System
from becalm.scales.agreement.highest import HIGHEST_MOMENT

DIFFERENCES = (
    "patient_id",
    "scale",
    "grade_min",
    "grade_max",
    "other",
    "other_grade_min",
    "other_grade_max",
    "highest_differs",
    "day",
    "grade",
    "axis",
    "rule_grade",
    "says",
    "when",
    "cites",
    "source",
    "verified",
    "there_min",
    "there_max",
    "there_day",
    "there_says",
)


def differences(found: pl.DataFrame, there: pl.DataFrame, every: Sequence[System]) -> pl.DataFrame:
    """The patients whose grade certainly differs, with the rule of the higher system: DIFFERENCES.

    Where the highest grades differ, the moment is the first at which the higher system reached its own; else
    it is the first at which the grades are certainly apart, by most.
    """
    ends = ("grade_min", "grade_max")
    one = found.select("patient_id", "scale", *ends)
    two = one.rename({"scale": "other", **{end: f"other_{end}" for end in ends}})
    rows = there.join(one, on=["patient_id", "scale"]).join(two, on=["patient_id", "other"])
    rows = rows.with_columns(
        highest_differs=(pl.col("grade_min") > pl.col("other_grade_max")).fill_null(False),
        day=to_day(pl.col("start")),
        there_day=to_day(pl.col("there_start")),
        grade="here",
    ).filter(pl.col("highest_differs") == (pl.col("moment") == HIGHEST_MOMENT))
    rows = rows.join(_rules(every), on=["scale", "rule"], how="left", nulls_equal=True).join(
        _rules(every).select(other="scale", there_rule="rule", there_says="says"),
        on=["other", "there_rule"],
        how="left",
        nulls_equal=True,
    )
    order = {one.id: place for place, one in enumerate(every)}
    places = [pl.col(c).replace_strict(order, return_dtype=pl.Int64) for c in ("scale", "other")]
    return rows.select(DIFFERENCES).sort("patient_id", *places)


def _rules(every: Sequence[System]) -> pl.DataFrame:
    """Every level of the systems: scale | rule (its position) | axis | rule_grade | says | when | ..."""
    schema = {
        "scale": pl.String,
        "rule": pl.Int16,
        "axis": pl.String,
        "rule_grade": pl.Int8,
        "says": pl.String,
        "when": pl.String,
        "cites": pl.String,
        "source": pl.String,
        "verified": pl.Boolean,
    }
    rows: list[tuple[Any, ...]] = []
    for one in every:
        if one.scale is None:
            rows.append((one.id, None, "", None, "a grade recorded in the chart", "", one.concept, "", None))
            continue
        for place, level in enumerate(one.scale.level):
            rule = (level.axis, level.grade, level.says, level.when, level.cites)
            rows.append((one.id, place, *rule, one.scale.source, level.verified))
        rows.append((one.id, None, "", None, "no rule is reached", "", "", "", None))
    return pl.DataFrame(rows, schema=schema, orient="row")
