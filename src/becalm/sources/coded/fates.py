"""Rows of a table told apart: those that make a statement, and those that do not, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.sources.coded.statements import (
    OUTCOME,
    PERSON,
    REFUSED,
    SET_ASIDE,
    STATEMENT,
    UNKNOWN,
    UNMAPPED,
    Chunk,
    conformed,
)

DOUBT = "doubt"
"""What becomes of a row that may have been given but cannot be used: a statement that says why (`doubt`)."""
BACKWARDS = "It ends before it starts. An end at or after the start is expected."

Fate = tuple[pl.Expr, str, str]
"""Rows that meet a condition, what becomes of them (`set aside`, `refused` or DOUBT), and why."""


def told_apart(file: str, frame: pl.DataFrame, patient: str, nobody: str, fates: Sequence[Fate]) -> Chunk:
    """A chunk from rows that have columns of STATEMENT, `row` and perhaps `given`.

    The first of `fates` whose condition a row meets decides that it makes no statement, or one with a doubt;
    the other rows make one each. Rows set aside for one reason and with one `given` are counted together.

    Args:
        file: the file of every row.
        frame: the rows.
        patient: the column with the patient's id.
        nobody: why a row whose patient is blank is refused.
        fates: conditions in order.
    """
    frame = with_columns(frame, "given", "record", "unit")
    blank = pl.col(patient).is_null() | (pl.col(patient).str.strip_chars() == "")
    every = [(blank, REFUSED, nobody), *fates]
    rows = frame.with_columns(
        outcome=pl.coalesce(pl.when(where.fill_null(False)).then(pl.lit(what)) for where, what, _ in every),
        reason=pl.coalesce(pl.when(where.fill_null(False)).then(pl.lit(why)) for where, _, why in every),
        patient_id=pl.col(patient),
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
        unmapped=_unmapped(rows.filter(pl.col("reason") == UNKNOWN)),
    )


def _unmapped(rows: pl.DataFrame) -> pl.DataFrame:
    """The codes and names of rows that nothing maps, counted."""
    if rows.is_empty():
        return conformed([], UNMAPPED)
    keys = rows.select("domain", "text", "unit", code=pl.col("codes").list.first())
    counted = keys.group_by("domain", "code", "text", "unit", maintain_order=True).agg(count=pl.len())
    return conformed(counted, UNMAPPED)


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
