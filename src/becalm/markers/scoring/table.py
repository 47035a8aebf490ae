"""The table of scores of a cohort."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any

import polars as pl

from becalm.markers.scoring.edition import Score, method_of
from becalm.markers.scoring.inputs import with_inputs
from becalm.markers.scoring.installed import find_score, installed_scores
from becalm.markers.scoring.methods import evaluated
from becalm.markers.scoring.moments import asked
from becalm.markers.scoring.settings import default_score_settings
from becalm.markers.scoring.sums import summed
from becalm.markers.settings import MarkerSettings
from becalm.record import Cohort

COLUMNS = {
    "patient_id": pl.String(),
    "score": pl.String(),
    "day": pl.Float64(),
    "value_min": pl.Float64(),
    "value_max": pl.Float64(),
    "class_min": pl.String(),
    "class_max": pl.String(),
    "because": pl.String(),
    "missing": pl.String(),
    "source": pl.String(),
    "verified": pl.Boolean(),
    "moment": pl.String(),
    "unit": pl.String(),
    "log2_min": pl.Float64(),
    "log2_max": pl.Float64(),
    "edition_hash": pl.String(),
}
"""The columns of a table of scores and their types."""


def scores(
    cohort: Cohort,
    scores: Collection[str | Score | Path] | str | Score | Path | None = None,
    at: float | None = None,
    settings: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """Risk scores, triggers and cumulative doses of every patient, as ranges.

    The definitions are data (`becalm cite ID` prints each): a formula or points over the last values before
    each moment that the score names (before lymphodepletion, day -1 ...), a trigger over the whole record, or
    a sum of doses over windows of time. A missing value is a range, never a normal one: the answer holds all
    that its completions would give.

    Args:
        cohort: the record.
        scores: ids, files or scores; every installed one if not given.
        at: only the state at this day of the clock, with the data up to it.
        settings: policies to change, by name (of `scores.toml` or of the timeline).

    Returns:
        COLUMNS, by score, patient and moment. A blank `value_min` or `value_max` is no limit on that side.
        `class_min` to `class_max` is the range of the class (of a trigger `no` and `yes`), blank where the
        score has none at that moment. `because` names the values with their days, `missing` what would make
        the answer exact. `verified` is false where the definition or a class was recalled or is from a
        secondary source whose borders are open.

    Raises:
        InputError: a score or a policy is unknown, or a policy has the wrong type.
        EditionError: a file of a score does not fit.
    """
    policies = default_score_settings().with_changes(settings or {})
    named = [scores] if isinstance(scores, str | Score | Path) else scores
    found = [find_score(one) for one in (installed_scores() if named is None else named)]
    return pl.concat([pl.DataFrame(schema=COLUMNS), *(_table(cohort, one, at, policies) for one in found)])


def _table(cohort: Cohort, score: Score, at: float | None, settings: MarkerSettings) -> pl.DataFrame:
    """The table of one score."""
    if method_of(score) == "doses":
        rows = summed(cohort, score, at, settings)
    else:
        rows = evaluated(with_inputs(cohort, asked(cohort, score, at, settings), score, settings), score)
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in COLUMNS.items()]
    there = set(rows.columns)
    rows = rows.with_columns(column for column in absent if column.meta.output_name() not in there)
    return rows.with_columns(
        score=pl.lit(score.id),
        source=pl.lit(score.source),
        verified=_verified(score),
        unit=pl.lit(score.unit),
        edition_hash=pl.lit(score.short_hash),
    ).select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())


def _verified(score: Score) -> pl.Expr:
    """Whether all that the answer rests on was checked against its source."""
    rules = [rule.verified for place, rule in score.every_rule() if not place.startswith("classes")]
    own = all([score.verified, *rules, *(one.verified for one in score.equivalent)])
    doubts = [one.id for one in score.moment if not one.verified]
    parts = [pl.lit(own), ~pl.col("moment").is_in(doubts)]
    return reduce(
        and_, [*parts, pl.col("class_max").is_null() | pl.lit(all(c.verified for c in score.classes))]
    )
