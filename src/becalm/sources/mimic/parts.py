"""What the tables of MIMIC-IV share: rows as a chunk, codes of items, and which rows mean something."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.sources.coded.fates import Fate, told_apart
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import Chunk

NO_PATIENT = "subject_id is blank: it is not known of whom this is. The number of a patient is expected."


def chunk(file: str, frame: pl.DataFrame, fates: Sequence[Fate] = ()) -> Chunk:
    """A chunk from rows with `subject_id` (`becalm.sources.coded.fates.told_apart`)."""
    return told_apart(file, frame, "subject_id", NO_PATIENT, fates)


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
