"""Observations that need no reading: typed, placed, in the canonical unit and plausible.

They are taken as they are, all at once; every other row goes the long way, as text. A row means the same on
either way.
"""

from __future__ import annotations

import polars as pl

from becalm.record.clock import DAY, DAY_LIMIT
from becalm.record.numbers import number
from becalm.record.ranges import LIMITS, impossible_limit
from becalm.record.schema import OBSERVATIONS, TYPED, conform, empty
from becalm.record.tables import fold_column, resolve_names
from becalm.record.vocabulary import Vocabulary

_FIRST, _LAST = -30_610_224_000_000_000, 253_402_300_799_999_999
"""The years 1000 to 9999, in microseconds after 1970: what can be written with four digits."""
_RULES = {
    "concept": pl.String,
    "unit": pl.String,
    "known": pl.String,
    "canonical": pl.String,
    "minimum": pl.Float64,
    "maximum": pl.Float64,
    "integer": pl.Boolean,
}


def plain_observations(
    raw: pl.DataFrame, anchors: pl.DataFrame, vocab: Vocabulary
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The observations of a Cohort that need no reading, and the raw rows that do."""
    if any(raw.schema[name] != dtype for name, dtype in TYPED.items()):
        return empty(OBSERVATIONS), raw
    zones = anchors.filter(pl.col("kind").is_in(["date", "naive"])).select("patient_id", "midnight")
    rows = raw.join(
        _rules(raw, vocab), on=["concept", "unit"], how="left", nulls_equal=True, maintain_order="left"
    )
    rows = rows.join(zones, on="patient_id", how="left", maintain_order="left")
    local, value = pl.col("time").cast(pl.Int64), pl.col("value")
    rows = rows.with_columns(instant=local - pl.col("midnight"))
    fits = (
        local.is_between(_FIRST, _LAST)
        & (pl.col("instant").abs() <= DAY_LIMIT * DAY)
        & value.is_between("minimum", "maximum")
        & value.is_finite()
        & (~pl.col("integer") | (value == value.floor()))
    ).fill_null(False)
    for name in LIMITS:
        if rows[name].null_count() < rows.height:
            fits &= pl.col(name).is_null() | (number(name).is_not_null() & ~impossible_limit(name))
    bare = [name for name in ("day", "value_high", "comparator") if rows[name].null_count() < rows.height]
    plain = rows.select(pl.all_horizontal(fits, *(pl.col(name).is_null() for name in bare))).to_series()
    if not plain.all():
        rows, rest = rows.filter(plain), raw.filter(~plain)
    else:
        rest = raw.clear()
    frame = fold_column(rows, "site").with_columns(
        time=pl.col("instant"),
        whole_day=pl.lit(False),
        concept=pl.col("known"),
        lo="value",
        hi="value",
        value_given=pl.col("value").cast(pl.String),
        lower_limit=number("lower_limit"),
        upper_limit=number("upper_limit"),
        unit_given=pl.col("unit"),
        unit=pl.col("canonical"),
        refused=pl.lit(False),
    )
    return conform(frame, OBSERVATIONS), rest


def _rules(raw: pl.DataFrame, vocab: Vocabulary) -> pl.DataFrame:
    """The limits of each known concept and unit as written, where that is the canonical unit."""
    pairs = raw.select("concept", "unit").unique()
    names = resolve_names(pairs["concept"], "concept", vocab)
    known = dict(names.select("text", "name").iter_rows())
    found = []
    for text, unit in pairs.iter_rows():
        concept = vocab.concepts.get(known.get(text) or "")
        if concept is None or concept.levels:
            continue
        rule = concept.units[0] if not unit and concept.dimensionless else concept.unit_rule(unit or "")
        if rule is not None and rule.identity:
            limits = concept.plausible_min, concept.plausible_max, concept.integer
            found.append((text, unit, concept.name, concept.unit, *limits))
    return pl.DataFrame(found, schema=_RULES, orient="row")
