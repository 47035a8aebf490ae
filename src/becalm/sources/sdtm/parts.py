"""What the domains of SDTM share: rows as a chunk, notes, and words of the mapping's options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from becalm.sources.coded.fates import Fate, told_apart
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import Chunk

NO_SUBJECT = "USUBJID is blank: it is not known of whom this is. The identifier of a subject is expected."
BAD_START = (
    "Its date is partial or no ISO 8601 date. A whole date (2014-02-03), or one with a time, is expected: "
    "complete it at the source, or leave it blank if the day is not known."
)
BAD_END = (
    "Its end is partial or no ISO 8601 date. A whole date (2014-02-03), or one with a time, is expected: "
    "complete it at the source."
)


def chunk(file: str, frame: pl.DataFrame, fates: Sequence[Fate] = ()) -> Chunk:
    """A chunk from rows with `USUBJID` (`becalm.sources.coded.fates.told_apart`)."""
    return told_apart(file, frame, "USUBJID", NO_SUBJECT, fates)


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
