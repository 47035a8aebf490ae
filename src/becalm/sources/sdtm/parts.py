"""Rows of a domain told apart: those that make a statement, and those that do not, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import (
    OUTCOME,
    PERSON,
    REFUSED,
    SET_ASIDE,
    STATEMENT,
    Chunk,
    conformed,
)

NO_SUBJECT = "USUBJID is blank: it is not known of whom this is. The identifier of a subject is expected."
BAD_START = (
    "Its date is partial or no ISO 8601 date. A whole date (2014-02-03), or one with a time, is expected: "
    "complete it at the source, or leave it blank if the day is not known."
)
BAD_END = (
    "Its end is partial or no ISO 8601 date. A whole date (2014-02-03), or one with a time, is expected: "
    "complete it at the source."
)

DOUBT = "doubt"
"""What becomes of a row that may have been given but cannot be used: a statement that says why (`doubt`)."""
BACKWARDS = "It ends before it starts. An end at or after the start is expected."

Fate = tuple[pl.Expr, str, str]
"""Rows that meet a condition, what becomes of them (`set aside`, `refused` or DOUBT), and why."""


def chunk(file: str, frame: pl.DataFrame, fates: Sequence[Fate] = ()) -> Chunk:
    """A chunk from rows that have columns of STATEMENT, `row`, `USUBJID` and perhaps `given`.

    The first of `fates` whose condition a row meets decides that it makes no statement, or one with a doubt;
    the other rows make one each. Rows set aside for one reason and with one `given` are counted together.
    """
    frame = with_columns(frame, "given", "record")
    every = [(pl.col("USUBJID").is_null(), REFUSED, NO_SUBJECT), *fates]
    rows = frame.with_columns(
        outcome=pl.coalesce(pl.when(where.fill_null(False)).then(pl.lit(what)) for where, what, _ in every),
        reason=pl.coalesce(pl.when(where.fill_null(False)).then(pl.lit(why)) for where, _, why in every),
        patient_id=pl.col("USUBJID"),
        file=pl.lit(file),
    )
    doubtful = (pl.col("outcome") == DOUBT).fill_null(False)
    rows = rows.with_columns(doubt=pl.when(doubtful).then("reason"))
    made = pl.col("outcome").is_null() | doubtful
    return Chunk(
        statements=conformed(rows.filter(made), STATEMENT),
        persons=pl.DataFrame(schema=dict(PERSON)),
        outcomes=_outcomes(rows.filter(~made)),
        read={file: frame.height},
    )


def _outcomes(rows: pl.DataFrame) -> pl.DataFrame:
    rows = rows.select("file", "row", "record", "outcome", "reason", "given")
    refused = rows.filter(pl.col("outcome") == REFUSED).with_columns(count=pl.lit(1, dtype=pl.Int64))
    aside = (
        rows.filter(pl.col("outcome") == SET_ASIDE)
        .group_by("file", "outcome", "reason", "given", maintain_order=True)
        .agg(pl.col("row", "record").first(), pl.len().cast(pl.Int64).alias("count"))
    )
    return pl.concat([conformed(refused, OUTCOME), conformed(aside, OUTCOME)])


def with_columns(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The frame with these columns; one that it lacks is all null."""
    lacking = [name for name in names if name not in frame.columns]
    return frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in lacking)


def noted(*parts: tuple[str, str]) -> pl.Expr:
    """A note from columns, each with the word before it: `visit WEEK 2; time point PREDOSE`."""
    said = [pl.format("{} {}", pl.lit(word), pl.col(name)) if word else pl.col(name) for word, name in parts]
    text = pl.concat_str(said, separator="; ", ignore_nulls=True)
    return pl.when(text != "").then(text).alias("note")


def words(lookup: Lookup, option: str) -> list[str]:
    """The words of an option of the mapping, upper case; none where it has no such option."""
    said: Any = lookup.options.get(option, ())
    return [str(word).upper() for word in said] if isinstance(said, Iterable) else []


def has_word(text: pl.Expr, among: Sequence[str]) -> pl.Expr:
    """Whether a text holds one of these words as a whole word, in any case."""
    if not among:
        return pl.lit(False)
    return text.str.contains(rf"(?i)\b(?:{'|'.join(map(re.escape, among))})\b")
