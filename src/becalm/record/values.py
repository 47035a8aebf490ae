"""Reading the value of an observation: a number or a named level, its comparator, its upper end."""

from __future__ import annotations

import polars as pl

from becalm.record.names import fold
from becalm.record.numbers import expected_number, number
from becalm.record.report import refuse
from becalm.record.tables import resolve_names
from becalm.record.vocabulary import Concept, Vocabulary


def read_values(rows: pl.DataFrame, vocab: Vocabulary) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The rows whose value can be read, and the refusals of the others.

    `value` and `value_high` become texts of finite numbers (a named level becomes its index, from 0); added
    are `value_shown` and `high_shown` (as given) and `sign` (`<`, `<=`, `>`, `>=` or null).
    """
    rows = rows.with_columns(
        value_shown=pl.col("value"), high_shown=pl.col("value_high"), sign_given=pl.col("comparator")
    )
    refusals: list[pl.DataFrame] = []
    for column in ("value", "value_high"):
        rows, unknown_levels = _levels(rows, column, vocab)
        expected, step = expected_number(column)
        given = pl.lit(True) if column == "value" else pl.col(column).is_not_null()
        bad = given & number(column).is_null()
        refusals += [*unknown_levels, refuse(rows, bad, column, pl.col(column), expected, step)]
        rows = rows.filter(~bad)
    signs = resolve_names(rows["sign_given"], "comparator", vocab).select(sign_given="text", sign="name")
    rows = rows.join(signs, on="sign_given", how="left", maintain_order="left")
    unknown = pl.col("sign_given").is_not_null() & pl.col("sign").is_null()
    rows = rows.with_columns(unknown=unknown, sign=pl.when(pl.col("sign") != "=").then("sign"))
    both = pl.col("sign").is_not_null() & pl.col("value_high").is_not_null()
    backwards = (number("value_high") < number("value")).fill_null(False)
    refusals += [
        refuse(
            rows,
            pl.col("unknown"),
            "comparator",
            pl.col("sign_given"),
            "one of <, <=, >, >=",
            "correct the comparator, or leave it blank for an exact value",
        ),
        refuse(
            rows,
            both,
            "comparator",
            pl.col("sign_given"),
            "a comparator or a value_high, not both",
            "leave one of the two blank",
        ),
        refuse(
            rows,
            backwards,
            "value_high",
            pl.format("{} to {}", "value", "value_high"),
            "a value_high that is not below value",
            "exchange the two or correct one of them",
        ),
    ]
    return rows.filter(~(pl.col("unknown") | both | backwards)), refusals


def _levels(rows: pl.DataFrame, column: str, vocab: Vocabulary) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Named levels as the text of their index; rows of an unknown level are refused and left out."""
    refusals: list[pl.DataFrame] = []
    for concept in (one for one in vocab.concepts.values() if one.levels):
        here = pl.col("concept") == concept.name
        index = _level_texts(rows.filter(here)[column], concept)
        if not index:
            continue
        level = pl.col(column).replace_strict(index, default=None, return_dtype=pl.String)
        unknown = here & pl.col(column).is_not_null() & level.is_null()
        names = "one of " + ", ".join(concept.levels)
        step = f"write the level of {concept.name} by its name"
        refusals.append(refuse(rows, unknown, column, pl.col(column), names, step))
        rows = rows.filter(~unknown).with_columns(pl.when(here).then(level).otherwise(column).alias(column))
    return rows, refusals


def _level_texts(texts: pl.Series, concept: Concept) -> dict[str, str | None]:
    found = {text: concept.level_index.get(fold(text)) for text in texts.drop_nulls().unique().to_list()}
    return {text: None if index is None else str(index) for text, index in found.items()}
