"""Values of measurements and observations: numbers, comparators, coded values, units."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from becalm.sources.omop.times import blank_is_null

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_COMPARED = rf"^\s*(<=|>=|<|>|=)?\s*({_NUMBER})\s*$"

UNKNOWN_OPERATOR = (
    "Its operator concept is not known, so the value may be a limit in either direction. An operator of the "
    "OMOP vocabulary (<, <=, =, >=, >) is expected. Correct the ETL, or name the concept in the mapping."
)
NO_VALUE = "no value: no number, no coded value and no text with a number is recorded"


def with_readings(rows: pl.DataFrame, comparators: Mapping[int, str]) -> pl.DataFrame:
    """Add `value`, `value_codes`, `comparator`, `unit`, `bad_operator` to rows of measurement or observation.

    The number decides; where the source's own text is the same number, it is kept as written (1.10 stays
    1.10). Then the coded value by its name, then a text. A text of a measurement must be a number, perhaps
    with a comparator; an observation may hold any text. Reference ranges are no values.
    """
    rows = rows.with_columns(
        blank_is_null(name).alias(name)
        for name in (
            "value_as_number",
            "value_source_value",
            "value_as_string",
            "unit_source_value",
            "unit_code",
        )
        if name in rows.columns
    )
    number, written = pl.col("value_as_number"), pl.col("value_source_value")
    same = pl.lit(False)
    if rows.select((number.is_not_null() & (written != number)).any()).item():
        same = (
            number.cast(pl.Float64, strict=False) == written.str.strip_chars().cast(pl.Float64, strict=False)
        ).fill_null(False)
    said = pl.coalesce(pl.when(same).then(written.str.strip_chars()), number)
    parts = [said, pl.col("value_name")]
    compared = pl.lit(None, dtype=pl.String)
    if rows["value_as_number"].null_count() and rows["value_source_value"].null_count() < rows.height:
        bare = number.is_null() & pl.col("value_name").is_null()
        parts.append(pl.when(bare).then(written.str.extract(_COMPARED, 2)))
        compared = pl.when(bare).then(written.str.extract(_COMPARED, 1))
    if "value_as_string" in rows.columns:
        parts.append(pl.col("value_as_string"))
    coded = number.is_null() & pl.col("value_name").is_not_null()
    rows = rows.with_columns(
        value=pl.coalesce(parts),
        unit=pl.coalesce("unit_code", "unit_source_value"),
        value_codes=_value_codes(rows, coded),
        written_comparator=compared,
    )
    return _compared(rows, comparators)


def _value_codes(rows: pl.DataFrame, coded: pl.Expr) -> pl.Expr:
    if rows["value_name"].null_count() == rows.height:
        return pl.lit(None, dtype=pl.List(pl.String))
    own = pl.concat_str(pl.col("value_vocabulary_id"), pl.lit("|"), pl.col("value_code"))
    concept = pl.concat_str(pl.lit("OMOP|"), pl.col("value_concept_id").cast(pl.String))
    return pl.when(coded).then(pl.concat_list(own, concept).list.drop_nulls())


def _compared(rows: pl.DataFrame, comparators: Mapping[int, str]) -> pl.DataFrame:
    """`comparator` of the operator concept; an equals sign is none. Observations have no operator."""
    if "operator_concept_id" not in rows.columns:
        return rows.with_columns(comparator="written_comparator", bad_operator=pl.lit(False))
    operator = pl.col("operator_concept_id").fill_null(0)
    if not rows.select((operator != 0).any()).item():
        return rows.with_columns(comparator=_no_equals("written_comparator"), bad_operator=pl.lit(False))
    named = operator.replace_strict(dict(comparators), default=None, return_dtype=pl.String)
    return rows.with_columns(
        comparator=_no_equals(pl.coalesce(named, "written_comparator")),
        bad_operator=(operator != 0) & named.is_null(),
    )


def _no_equals(comparator: pl.Expr | str) -> pl.Expr:
    given = pl.col(comparator) if isinstance(comparator, str) else comparator
    return pl.when(given != "=").then(given)
