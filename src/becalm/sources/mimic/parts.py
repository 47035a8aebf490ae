"""Rows of a table told apart: those that make a statement, and those that do not, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.sources.coded.lookup import Lookup
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

NO_PATIENT = "subject_id is blank: it is not known of whom this is. The number of a patient is expected."

DOUBT = "doubt"
"""What becomes of a row that may have been given but cannot be used: a statement that says why (`doubt`)."""
BACKWARDS = "It ends before it starts. An end at or after the start is expected."

Fate = tuple[pl.Expr, str, str]
"""Rows that meet a condition, what becomes of them (`set aside`, `refused` or DOUBT), and why."""


def chunk(file: str, frame: pl.DataFrame, fates: Sequence[Fate] = ()) -> Chunk:
    """A chunk from rows that have columns of STATEMENT, `row`, `subject_id` and perhaps `given`.

    The first of `fates` whose condition a row meets decides that it makes no statement, or one with a doubt;
    the other rows make one each. Rows set aside for one reason and with one `given` are counted together.
    """
    blank = pl.col("subject_id").is_null() | (pl.col("subject_id").str.strip_chars() == "")
    if "given" not in frame.columns:
        frame = frame.with_columns(given=pl.lit(None, dtype=pl.String))
    every = [(blank, REFUSED, NO_PATIENT), *fates]
    rows = frame.with_columns(
        outcome=pl.coalesce(pl.when(where.fill_null(False)).then(pl.lit(what)) for where, what, _ in every),
        reason=pl.coalesce(pl.when(where.fill_null(False)).then(pl.lit(why)) for where, _, why in every),
        patient_id=pl.col("subject_id"),
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
    unit = pl.col("unit") if "unit" in rows.columns else pl.lit(None, dtype=pl.String)
    keys = rows.select("domain", "text", code=pl.col("codes").list.first(), unit=unit)
    counted = keys.group_by("domain", "code", "text", "unit", maintain_order=True).agg(count=pl.len())
    return conformed(counted, UNMAPPED)


def _outcomes(rows: pl.DataFrame) -> pl.DataFrame:
    if "record" not in rows.columns:
        rows = rows.with_columns(record=pl.lit(None, dtype=pl.String))
    rows = rows.select("file", "row", "record", "outcome", "reason", "given")
    refused = rows.filter(pl.col("outcome") == REFUSED).with_columns(count=pl.lit(1, dtype=pl.Int64))
    aside = (
        rows.filter(pl.col("outcome") == SET_ASIDE)
        .group_by("file", "outcome", "reason", "given", maintain_order=True)
        .agg(pl.col("row", "record").first(), pl.len().cast(pl.Int64).alias("count"))
    )
    return pl.concat([conformed(refused, OUTCOME), conformed(aside, OUTCOME)])


def codes(*parts: tuple[str | pl.Expr, str]) -> pl.Expr:
    """A list of `SYSTEM|code`, each from the name of a system and a column."""
    one = [
        pl.format("{}|{}", pl.lit(system) if isinstance(system, str) else system, pl.col(column))
        for system, column in parts
    ]
    return pl.concat_list(one).list.drop_nulls().alias("codes")


def means_nothing(frame: pl.DataFrame, lookup: Lookup, domain: str, *, by_name: bool) -> pl.Series:
    """For each row with `codes` and `text`: whether the mapping gives it no meaning.

    `by_name`: whether its name may decide where no code does.
    """
    key = pl.concat_str(pl.col("codes").list.join("\x1e"), pl.col("text").fill_null(""), separator="\x1f")
    keyed = frame.select(key.fill_null("").alias("key"), "codes", "text")
    distinct = keyed.unique("key", maintain_order=True)
    known = {
        one: lookup.find(domain, given or [], text if by_name else None) is not None
        for one, given, text in distinct.iter_rows()
    }
    return ~keyed["key"].replace_strict(known, return_dtype=pl.Boolean)
