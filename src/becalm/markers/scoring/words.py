"""Words that several parts of a score use."""

from __future__ import annotations

import polars as pl


def first_of(texts: pl.Expr, shown: int) -> pl.Expr:
    """The first texts of a group, separated by commas, and how many more there are."""
    more = pl.when(texts.len() > shown).then(pl.format(" and {} more", texts.len() - shown))
    return pl.concat_str(texts.head(shown).str.join(", "), more.fill_null(""))
