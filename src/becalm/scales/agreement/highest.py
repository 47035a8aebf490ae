"""The highest grade of each patient in each system, and the moments at which systems certainly differ."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

import polars as pl

from becalm.scales.agreement.courses import RECORDED

HIGHEST = pl.Schema(
    {
        "patient_id": pl.String,
        "scale": pl.String,
        "grade_min": pl.Int8,
        "grade_max": pl.Int8,
        "start": pl.Int64,
        "rule": pl.Int16,
        "moments": pl.UInt32,
        "ended": pl.Boolean,
    }
)
"""One row for each patient and system: the highest grade that is certain and the highest that may be (null:
not graded), when the certain one was first reached (null: at some time) and by which rule, and how many rows
of the course there are, and whether the record ended with a death of another cause."""

BESIDE = pl.Schema(
    {
        "patient_id": pl.String,
        "scale": pl.String,
        "other": pl.String,
        "moment": pl.String,
        "start": pl.Int64,
        "here": pl.Int8,
        "rule": pl.Int16,
        "there_min": pl.Int8,
        "there_max": pl.Int8,
        "there_start": pl.Int64,
        "there_rule": pl.Int16,
    }
)
"""What one system certainly gives at a moment (`here`, by `rule`) and what another says there (null: none),
since when, and by which rule its grade may be reached. moment is `highest`, where the one first reached its
highest certain grade (start null: at some time), or `apart`, where it first was certainly higher by most."""
HIGHEST_MOMENT, APART = "highest", "apart"


def highest(patients: pl.Series, courses: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The highest grades.

    Args:
        patients: the ids of all patients.
        courses: system to course.

    Returns:
        HIGHEST, by patient and then in the order of the systems; every patient has a row for every system.
    """
    everyone = pl.DataFrame({"patient_id": patients.cast(pl.String)})
    rows = [
        everyone.join(_of_one(course), on="patient_id", how="left", maintain_order="left").with_columns(
            scale=pl.lit(name), moments=pl.col("moments").fill_null(0), ended=pl.col("ended").fill_null(False)
        )
        for name, course in courses.items()
    ]
    order = {name: place for place, name in enumerate(courses)}
    place = pl.col("scale").replace_strict(order, return_dtype=pl.Int64)
    return pl.concat(rows).sort("patient_id", place, maintain_order=True).select(*HIGHEST).cast(HIGHEST)


def _of_one(course: pl.DataFrame) -> pl.DataFrame:
    """The highest grade of each patient in one system."""
    first = (pl.col("grade_min") == pl.col("grade_min").max()).fill_null(False).arg_max()
    there = pl.col("grade_min").is_not_null()
    return (
        course.sort("patient_id", "start", nulls_last=True)
        .group_by("patient_id", maintain_order=True)
        .agg(
            start=pl.when(there.any()).then(pl.col("start").get(first)),
            rule=pl.col("rule_min").get(first),
            grade_max=pl.col("grade_max").max(),
            moments=there.sum(),
            ended=~there.all(),
            grade_min=pl.col("grade_min").max(),
        )
    )


def beside(found: pl.DataFrame, courses: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What each system says where another reached its highest grade, and where they certainly differ: BESIDE.

    A recorded grade stands at its own time and not for the time after: no `apart` is looked for beside it.
    """
    parts = [pl.DataFrame(schema=BESIDE)]
    for name, other in permutations(courses, 2):
        moments = found.filter(pl.col("scale") == name, pl.col("grade_min").is_not_null())
        at = moments.select("patient_id", "start", "rule", here="grade_min", moment=pl.lit(HIGHEST_MOMENT))
        if RECORDED not in (name, other):
            at = pl.concat([at, _apart(courses[name], courses[other]).select(at.columns)])
        there = _said(at, courses[other])
        parts.append(there.with_columns(scale=pl.lit(name), other=pl.lit(other)).select(*BESIDE).cast(BESIDE))
    return pl.concat(parts)


def _said(moments: pl.DataFrame, course: pl.DataFrame) -> pl.DataFrame:
    """The rows of `moments` (patient_id, start) with what a course says then: there_min, there_max ..."""
    timed = course.filter(pl.col("start").is_not_null()).select(
        "patient_id",
        there_start="start",
        there_min="grade_min",
        there_max="grade_max",
        there_rule=pl.coalesce("rule_max", "rule_min"),
    )
    said = (
        moments.filter(pl.col("start").is_not_null())
        .sort("start", "patient_id")
        .join_asof(
            timed.sort("there_start"),
            left_on="start",
            right_on="there_start",
            by="patient_id",
            coalesce=False,
            check_sortedness=False,
        )
    )
    at_some_time = moments.filter(pl.col("start").is_null())
    return pl.concat([said, at_some_time], how="diagonal").sort("patient_id", "start", "moment")


def _apart(course: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """The first moment of each patient at which a course certainly is above another, by most."""
    starts = pl.concat([course.select("patient_id", "start"), other.select("patient_id", "start")]).unique()
    mine = _said(starts.with_columns(moment=pl.lit(APART)), course.with_columns(rule_max="rule_min"))
    both = _said(mine.rename({"there_min": "here", "there_rule": "rule"}).drop("^there_.*$"), other)
    above = both.with_columns(by=pl.col("here") - pl.col("there_max")).filter(pl.col("by") > 0)
    return above.sort("patient_id", -pl.col("by"), "start").unique(
        "patient_id", keep="first", maintain_order=True
    )
