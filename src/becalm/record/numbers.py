"""Written numbers: which texts are finite decimal numbers, and why another text is not."""

from __future__ import annotations

import polars as pl

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"


def number(text: str | pl.Expr) -> pl.Expr:
    """The finite double that a text column writes, null where it writes none.

    A blank, `NaN`, `inf`, `38,5` and `n/a` write none.
    """
    column = pl.col(text) if isinstance(text, str) else text
    value = column.str.strip_prefix("+").cast(pl.Float64, strict=False)
    return pl.when(column.str.contains(_NUMBER) & value.is_finite()).then(value)


def expected_number(column: str) -> tuple[pl.Expr, pl.Expr]:
    """What was expected, and the next step, for the texts of a column that are no finite numbers."""
    text = pl.col(column)
    not_finite = text.str.to_lowercase().str.contains(r"^[+-]?(nan|inf|infinity)$") | text.str.contains(
        _NUMBER
    )
    comma = text.str.contains(r"^[+-]?[0-9]+,[0-9]+$")
    expected = (
        pl.when(not_finite)
        .then(pl.lit("a finite number"))
        .when(comma)
        .then(pl.lit("a number with a decimal point"))
        .otherwise(pl.lit("a number"))
    )
    step = (
        pl.when(comma)
        .then(pl.lit("write a decimal point, not a comma (38.5, not 38,5), and no thousands separator"))
        .when(text.str.contains(r"^[<>≤≥]"))
        .then(pl.lit("put the sign into the column comparator and the number alone here"))
        .when(text.str.contains(r"^[0-9.]+\s*(-|–|to)\s*[0-9.]+$"))
        .then(pl.lit("put the lower end into value and the upper end into value_high"))
        .otherwise(pl.lit("write the number alone, or leave the row out where nothing was measured"))
    )
    return expected, step
