"""Values of measurements and observations: numbers, comparators, coded values, units."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from becalm.sources.omop.times import blank_is_null

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_COMPARED = rf"^\s*(<=|>=|<|>|=)?\s*({_NUMBER})\s*$"

_TEXTS = ("value_as_number", "value_source_value", "value_as_string", "unit_source_value")

UNKNOWN_OPERATOR = (
    "Its operator concept is not known, so the value may be a limit in either direction. An operator of the "
    "OMOP vocabulary (<, <=, =, >=, >) is expected. Correct the ETL, or name the concept in the mapping."
)
NO_VALUE = "no value: no number, no coded value and no text with a number is recorded"


def with_readings(rows: pl.DataFrame, comparators: Mapping[int, str]) -> pl.DataFrame:
    """Add `value`, `value_codes`, `comparator`, `unit`, `bad_operator` to rows of measurement or observation.

    The number decides; where the source's own text is the same number, it is kept as written (1.10 stays
    1.10), with its comparator where no operator says more than "=". Then the coded value by its name, then a
    text. A text of a measurement must be a number, perhaps with a comparator; an observation may hold any
    text. Reference ranges are no values.
    """
    rows = rows.with_columns(blank_is_null(name).alias(name) for name in _TEXTS if _held(rows, name))
    number, named = pl.col("value_as_number"), pl.col("value_name")
    parts = [name for name in ("value_as_number", "value_name", "value_as_string") if _held(rows, name)]
    value = pl.coalesce(parts) if len(parts) > 1 else pl.col(parts[0] if parts else "value_as_number")
    compared = pl.lit(None, dtype=pl.String)
    if _held(rows, "value_source_value"):
        text = pl.col("value_source_value")
        written = text.str.extract(_COMPARED, 2)
        same = number.cast(pl.Float64, strict=False) == written.cast(pl.Float64, strict=False)
        taken = same.fill_null(False) | (number.is_null() & named.is_null() & written.is_not_null())
        value = pl.when(taken).then(written).otherwise(value)
        compared = pl.when(taken).then(text.str.extract(_COMPARED, 1))
    rows = rows.with_columns(
        value=value,
        unit=pl.coalesce("unit_code", "unit_source_value")
        if _held(rows, "unit_source_value")
        else "unit_code",
        value_codes=_value_codes(rows, number.is_null() & named.is_not_null()),
        written_comparator=compared,
    )
    return _compared(rows, comparators)


def _held(rows: pl.DataFrame, name: str) -> bool:
    """Whether a column is there and holds anything."""
    return name in rows.columns and rows[name].null_count() < rows.height


def _value_codes(rows: pl.DataFrame, coded: pl.Expr) -> pl.Expr:
    if not _held(rows, "value_name"):
        return pl.lit(None, dtype=pl.List(pl.String))
    own = pl.concat_str(pl.col("value_vocabulary_id"), pl.lit("|"), pl.col("value_code"))
    concept = pl.concat_str(pl.lit("OMOP|"), pl.col("value_concept_id").cast(pl.String))
    return pl.when(coded).then(pl.concat_list(own, concept).list.drop_nulls())


def _compared(rows: pl.DataFrame, comparators: Mapping[int, str]) -> pl.DataFrame:
    """`comparator` of the operator concept; an equals sign says nothing. Observations have no operator."""
    rows = rows.with_columns(comparator=_no_equals("written_comparator"), bad_operator=pl.lit(False))
    if "operator_concept_id" not in rows.columns:
        return rows
    operator = pl.col("operator_concept_id").fill_null(0)
    found = set(rows["operator_concept_id"].drop_nulls().unique().to_list()) - {0}
    for concept in sorted(found & comparators.keys()):
        if comparators[concept] != "=":
            told = pl.lit(comparators[concept])
            rows = rows.with_columns(
                comparator=pl.when(operator == concept).then(told).otherwise("comparator")
            )
    unknown = sorted(found - comparators.keys())
    return rows.with_columns(bad_operator=operator.is_in(unknown)) if unknown else rows


def _no_equals(comparator: str) -> pl.Expr:
    return pl.when(pl.col(comparator) != "=").then(pl.col(comparator))
