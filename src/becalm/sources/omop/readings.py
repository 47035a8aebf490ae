"""Values of measurements and observations: numbers, comparators, coded values, units."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from becalm.sources.omop.times import blank_is_null

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_COMPARED = rf"^\s*(<=|>=|<|>|≤|≥|=)?\s*({_NUMBER})\s*$"
_GROUPED = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"
_BOUND = rf"^\s*(<=|>=|<|>|≤|≥)\s*({_GROUPED}|{_NUMBER})(?:\s+(\S.*)|([^\d\s.,].*))?$"
_SIGNED = r"^\s*[<>≤≥]"

_TEXTS = ("value_as_number", "value_source_value", "value_as_string", "unit_source_value")

UNKNOWN_OPERATOR = (
    "Its operator concept is not known, so the value may be a limit in either direction. An operator of the "
    "OMOP vocabulary (<, <=, =, >=, >) is expected. Correct the ETL, or name the concept in the mapping."
)
UNCLEAR_BOUND = (
    "Its source value is a bound that does not go with value_as_number or its unit, and no operator says "
    "which is meant. A bound such as <5 with the number 5, or the operator concept, is expected. Correct the "
    "ETL."
)
NO_VALUE = "no value: no number, no coded value and no text with a number is recorded"


def with_readings(rows: pl.DataFrame, comparators: Mapping[int, str]) -> pl.DataFrame:
    """Add `value`, `value_codes`, `comparator`, `unit`, `bad_operator`, `bad_bound` to rows of readings.

    The number decides; where the source's own text is the same number, it is kept as written (1.10 stays
    1.10), with its comparator where no operator says more than "=". Then the coded value by its name, then a
    text. A text of a measurement must be a number, perhaps with a comparator; an observation may hold any
    text. Reference ranges are no values.

    A bound in the source's own text ("<2", ">5,000 pg/mL") is never lost: where no operator says one and the
    number is another that the bound allows (0 for "<2"), the text's bound and number are taken; where the
    two contradict each other, or the text's unit is not the row's, the row is refused (`bad_bound`).
    """
    rows = rows.with_columns(blank_is_null(name).alias(name) for name in _TEXTS if _held(rows, name))
    number, named = pl.col("value_as_number"), pl.col("value_name")
    parts = [name for name in ("value_as_number", "value_name", "value_as_string") if _held(rows, name)]
    value = pl.coalesce(parts) if len(parts) > 1 else pl.col(parts[0] if parts else "value_as_number")
    compared, bad, own_unit = pl.lit(None, dtype=pl.String), pl.lit(False), pl.lit(None, dtype=pl.String)
    row_unit = (
        pl.coalesce("unit_code", "unit_source_value")
        if _held(rows, "unit_source_value")
        else pl.col("unit_code")
    )
    if _held(rows, "value_source_value"):
        text = pl.col("value_source_value")
        written = text.str.extract(_COMPARED, 2)
        same = number.cast(pl.Float64, strict=False) == written.cast(pl.Float64, strict=False)
        taken = same.fill_null(False) | (number.is_null() & named.is_null() & written.is_not_null())
        value = pl.when(taken).then(written).otherwise(value)
        compared = pl.when(taken).then(text.str.extract(_COMPARED, 1))
        if rows.select(text.str.contains(_SIGNED).any()).item():
            rows, bound, bad = _bounds(rows, row_unit, comparators)
            value = pl.when(bound).then("bound_number").otherwise(value)
            compared = pl.when(bound).then("bound_sign").otherwise(compared)
            own_unit = pl.when(bound).then("bound_unit")
    rows = rows.with_columns(
        value=value,
        unit=pl.coalesce(row_unit, own_unit),
        value_codes=_value_codes(rows, number.is_null() & named.is_not_null()),
        written_comparator=compared,
        bad_bound=bad,
    )
    return _compared(rows, comparators)


def _bounds(
    rows: pl.DataFrame, row_unit: pl.Expr, comparators: Mapping[int, str]
) -> tuple[pl.DataFrame, pl.Expr, pl.Expr]:
    """The rows with the bound of their text; of which rows it is the value; and which are refused for it."""
    text, number = pl.col("value_source_value"), pl.col("value_as_number").cast(pl.Float64, strict=False)
    rows = rows.with_columns(
        bound_sign=text.str.extract(_BOUND, 1),
        bound_number=text.str.extract(_BOUND, 2).str.replace_all(",", ""),
        bound_unit=pl.coalesce(text.str.extract(_BOUND, 3), text.str.extract(_BOUND, 4)).str.strip_chars(),
        told=_operator(rows, comparators),
        row_unit=row_unit,
    )
    limit, signed = pl.col("bound_number").cast(pl.Float64, strict=False), text.str.contains(_SIGNED)
    below = pl.col("bound_sign").is_in(["<", "<=", "≤"])
    allowed = pl.when(below).then(number <= limit).otherwise(number >= limit)
    plain = (pl.col("bound_unit").str.to_lowercase(), pl.col("row_unit").str.to_lowercase())
    one_unit = pl.any_horizontal(plain[0].is_null(), plain[1].is_null(), plain[0] == plain[1])
    same = (number == limit).fill_null(False)
    other = number.is_not_null() & ~same & ~pl.col("told")
    fits = (limit.is_not_null() & allowed & one_unit).fill_null(False)
    alone = number.is_null() & pl.col("value_name").is_null() & limit.is_not_null() & one_unit
    return (
        rows,
        (same | (other & fits) | alone).fill_null(False),
        (other & signed & ~fits).fill_null(False),
    )


def _operator(rows: pl.DataFrame, comparators: Mapping[int, str]) -> pl.Expr:
    """Whether the operator concept says more than an equals sign; an unknown one is refused later."""
    if "operator_concept_id" not in rows.columns:
        return pl.lit(False)
    equals = [0, *(concept for concept, sign in comparators.items() if sign == "=")]
    return ~pl.col("operator_concept_id").fill_null(0).is_in(equals)


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
    return pl.when(pl.col(comparator) != "=").then(pl.col(comparator).replace(["≤", "≥"], ["<=", ">="]))
