"""Checks of single optional cells: a bad cell is refused and becomes null, its row stays."""

from __future__ import annotations

import polars as pl

from becalm.record.numbers import expected_number, number
from becalm.record.report import refuse
from becalm.record.tables import resolve_names
from becalm.record.vocabulary import Vocabulary


def number_cell(
    rows: pl.DataFrame, column: str, vocab: Vocabulary, rule: str | None = None
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The column as doubles within plausible limits; what is no such number becomes null and is refused.

    The limits are those of `[number.<rule>]` in the vocabulary, of the column's own name where no rule is
    given.
    """
    limit = vocab.numbers[rule or column]
    value = number(column)
    expected, step = expected_number(column)
    unreadable = pl.col(column).is_not_null() & value.is_null()
    outside = ~value.is_between(limit.minimum, limit.maximum)
    if limit.integer:
        outside = outside | (value != value.floor())
    meaning = f"{limit.says}, between {limit.minimum:g} and {limit.maximum:g} {limit.unit}".strip()
    refusals = [
        refuse(rows, unreadable, column, pl.col(column), expected, step),
        refuse(rows, outside, column, pl.col(column), meaning, limit.hint),
    ]
    return rows.with_columns(pl.when(~outside).then(value).alias(column)), refusals


def term_cell(
    rows: pl.DataFrame, column: str, group: str, vocab: Vocabulary
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The column as canonical names of a closed list; an unknown name becomes null and is refused."""
    rows, refused = with_term(rows, column, group, vocab)
    return rows.drop(f"{column}_given", f"{column}_meant"), [refused]


def with_term(
    rows: pl.DataFrame, column: str, group: str, vocab: Vocabulary
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Replaces the column by its canonical names and refuses the unknown ones, which become null.

    Adds `<column>_given` (the text) and `<column>_meant` (the nearest known name of an unknown one).
    """
    given, meant = f"{column}_given", f"{column}_meant"
    names = resolve_names(rows[column], group, vocab).rename({"text": given, "name": column, "meant": meant})
    rows = rows.rename({column: given}).join(names, on=given, how="left", maintain_order="left")
    unknown = pl.col(given).is_not_null() & pl.col(column).is_null()
    return rows, refuse(rows, unknown, column, pl.col(given), one_of(group, vocab), did_you_mean(meant))


def require(rows: pl.DataFrame, column: str, expected: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that fill a required cell, and the refusals of those that leave it blank."""
    blank = pl.col(column).is_null()
    return rows.filter(~blank), refuse(rows, blank, column, pl.lit(""), expected, f"fill in the {column}")


def one_of(group: str, vocab: Vocabulary) -> str:
    """The closed list of a group as a part of a sentence."""
    return "one of " + ", ".join(vocab.names(group))


def did_you_mean(meant: str) -> pl.Expr:
    """The next step for an unknown name: the nearest known name, where there is one."""
    return (
        pl.when(pl.col(meant).is_not_null())
        .then(pl.format("did you mean {}? Correct the name", meant))
        .otherwise(pl.lit("correct the name"))
    )
