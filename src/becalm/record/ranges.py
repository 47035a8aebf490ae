"""A read value as a range in its concept's canonical unit, within its concept's plausible limits."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import polars as pl

from becalm.record.numbers import expected_number, number
from becalm.record.report import refuse
from becalm.record.vocabulary import Concept, Vocabulary

LIMITS = ("lower_limit", "upper_limit")
"""The reference limits that a laboratory gives beside a value, in the unit of the value."""
_UNTIL = "until it is corrected the value counts as unknown within the plausible limits"

_RULES = {
    "concept": pl.String,
    "unit_key": pl.String,
    "canonical": pl.String,
    "accepted": pl.String,
    "identity": pl.Boolean,
    "minimum": pl.Float64,
    "maximum": pl.Float64,
    "integer": pl.Boolean,
}


def as_ranges(rows: pl.DataFrame, vocab: Vocabulary) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Adds `canonical` (unit), `lo`, `hi` and `refused`; refuses unknown units and implausible values.

    Reference limits are brought to the canonical unit; one that is no number is refused and becomes null.
    A comparator opens the range to the plausible limit: `< 38` is from the limit to the double next below
    38. A refused value is the whole range of the plausible limits.
    """
    rows = rows.with_columns(unit_key=pl.col("unit").fill_null(""))
    rows = rows.join(_unit_rules(rows, vocab), on=["concept", "unit_key"], how="left", maintain_order="left")
    rows = _canonical(_canonical(rows, "value", "low", vocab), "value_high", "high", vocab)
    rows = rows.with_columns(pl.col("high").fill_null(pl.col("low")))
    rows = rows.with_columns(no_unit=pl.col("accepted").is_null(), outside=_outside())
    refused = pl.col("no_unit") | pl.col("outside")
    low, sign = rows["low"].to_numpy(), pl.col("sign")
    rows = rows.with_columns(
        pl.Series("below", np.nextafter(low, -math.inf), dtype=pl.Float64),
        pl.Series("above", np.nextafter(low, math.inf), dtype=pl.Float64),
    )
    lo = pl.when(refused | sign.is_in(["<", "<="])).then("minimum").when(sign == ">").then("above")
    hi = pl.when(refused | sign.is_in([">", ">="])).then("maximum").when(sign == "<").then("below")
    rows = rows.with_columns(lo=lo.otherwise("low"), hi=hi.otherwise("high"), refused=refused)
    rows, wrong_limits = _limits_read(rows, vocab)
    return rows, [_unit_refusals(rows, vocab), _value_refusals(rows.filter("outside"), vocab), *wrong_limits]


def impossible_limit(name: str) -> pl.Expr:
    """Whether a reference limit, as text, cannot be: below 0, an upper limit of 0 or below the lower one."""
    lower, upper = number("lower_limit"), number("upper_limit")
    wrong = (lower < 0) if name == "lower_limit" else (upper <= 0) | (upper < lower).fill_null(False)
    return wrong.fill_null(False)


def _limits_read(rows: pl.DataFrame, vocab: Vocabulary) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The reference limits in the canonical unit; what cannot be a limit is refused and becomes null."""
    refusals = []
    possible = pl.lit("an upper limit above 0 and above the lower limit, and no limit below 0")
    correct = pl.lit("correct the limits, or leave them blank where the laboratory gives none")
    unreadable = {name: pl.col(name).is_not_null() & number(name).is_null() for name in LIMITS}
    wrong = {name: impossible_limit(name) for name in LIMITS}
    for name in LIMITS:
        expected, step = expected_number(name)
        refusals.append(refuse(rows, unreadable[name], name, pl.col(name), expected, step))
        refusals.append(refuse(rows, wrong[name], name, pl.col(name), possible, correct))
    rows = rows.with_columns(
        pl.when(~(unreadable[name] | wrong[name])).then(name).alias(name) for name in LIMITS
    )
    for name in LIMITS:
        rows = _canonical(rows.rename({name: "limit_given"}), "limit_given", name, vocab).drop("limit_given")
        rows = rows.with_columns(pl.when(pl.col("accepted").is_not_null()).then(name).alias(name))
    return rows, refusals


def _outside() -> pl.Expr:
    """True where the value cannot be as written: beyond the limits, not whole, an empty range (`< 0`)."""
    low, high = pl.col("low"), pl.col("high")
    beyond = (low < pl.col("minimum")) | (high > pl.col("maximum")) | low.is_infinite() | high.is_infinite()
    broken = pl.col("integer") & ((low != low.floor()) | (high != high.floor()))
    nothing_below = (pl.col("sign") == "<") & (low <= pl.col("minimum"))
    nothing_above = (pl.col("sign") == ">") & (low >= pl.col("maximum"))
    empty = (nothing_below | nothing_above).fill_null(False)
    return pl.col("accepted").is_not_null() & (beyond | broken | empty)


def _unit_rules(rows: pl.DataFrame, vocab: Vocabulary) -> pl.DataFrame:
    """For each distinct concept and unit text: the limits, and the accepted unit it spells or null."""
    found = []
    for name, text in rows.select("concept", "unit_key").unique().sort("concept", "unit_key").iter_rows():
        concept = vocab.concepts[name]
        rule = concept.units[0] if not text and concept.dimensionless else concept.unit_rule(text)
        accepted = (rule.code, rule.identity) if rule else (None, None)
        limits = (concept.plausible_min, concept.plausible_max, concept.integer)
        found.append((name, text, concept.unit, *accepted, *limits))
    return pl.DataFrame(found, schema=_RULES, orient="row")


def _canonical(rows: pl.DataFrame, column: str, target: str, vocab: Vocabulary) -> pl.DataFrame:
    """Adds `target`, the column's number in the canonical unit: exact, over the distinct texts."""
    keys = ["concept", "accepted", column]
    foreign = ~pl.col("identity") & pl.col(column).is_not_null()
    texts = rows.filter(foreign).select(keys).unique()
    exact = [_convert(vocab.concepts[name], code, text) for name, code, text in texts.iter_rows()]
    table = texts.with_columns(pl.Series("exact", exact, dtype=pl.Float64))
    rows = rows.join(table, on=keys, how="left", maintain_order="left")
    return rows.with_columns(pl.coalesce("exact", number(column)).alias(target)).drop("exact")


def _convert(concept: Concept, code: str, text: str) -> float:
    return concept.unit_index[code].canonical(text)


def _unit_refusals(rows: pl.DataFrame, vocab: Vocabulary) -> pl.DataFrame:
    units = {name: ", ".join(u.code for u in concept.units) for name, concept in vocab.concepts.items()}
    accepted = pl.col("concept").replace_strict(units, return_dtype=pl.String)
    expected = pl.format("one of {} for {}", accepted, "concept")
    step = (
        pl.when(pl.col("unit").is_null())
        .then(pl.lit("fill in the unit"))
        .otherwise(pl.lit("correct the unit"))
    )
    return refuse(
        rows, pl.col("no_unit"), "unit", pl.col("unit"), expected, pl.format("{}; {}", step, pl.lit(_UNTIL))
    )


def _value_refusals(outside: pl.DataFrame, vocab: Vocabulary) -> pl.DataFrame:
    limits = {concept.name: _limits(concept) for concept in vocab.concepts.values()}
    expected = pl.col("concept").replace_strict(limits, return_dtype=pl.String)
    high = (
        pl.when(pl.col("value_high").is_not_null())
        .then(pl.format(" to {}", "high_shown"))
        .otherwise(pl.lit(""))
    )
    sign = pl.col("sign").fill_null("")
    given = pl.format("{}{}{} {}", sign, "value_shown", high, "unit_key").str.strip_chars()
    cells = outside.select("concept", "accepted", "low", "high").iter_rows()
    steps = [_likely_cause(vocab.concepts[name], code, low, high) for name, code, low, high in cells]
    outside = outside.with_columns(pl.Series("step", steps, dtype=pl.String))
    return refuse(outside, pl.lit(True), "value", given, expected, pl.col("step"))


def _limits(concept: Concept) -> str:
    number = "a whole number" if concept.integer else concept.name
    return f"{number} between {concept.plausible_min:.10g} and {concept.plausible_max:.10g} {concept.unit}"


def _likely_cause(concept: Concept, code: str, low: float, high: float) -> str:
    """The next step for an implausible value: the unit in which the same number would be plausible."""
    given = concept.unit_index[code]
    if not concept.integer and math.isfinite(low) and math.isfinite(high):
        written = [Fraction(end) / given.factor - given.offset for end in (low, high)]
        for rule in concept.units:
            ends = [float((end + rule.offset) * rule.factor) for end in written]
            if ends != [low, high] and all(
                concept.plausible_min <= end <= concept.plausible_max for end in ends
            ):
                likely = f"the number looks as if its unit were {rule.described}"
                return f"{likely}: correct the unit or the value; {_UNTIL}"
    return f"correct the value; {_UNTIL}"
