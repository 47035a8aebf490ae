"""Statements with their meaning beside them, looked up once for each distinct code and name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.mapping import Meaning

NOT_MAPPED = "not mapped"
"""The target of a statement whose codes and name mean nothing to the mapping."""

_REFINED = ("value", "unit", "axis", "cause", "site", "severity", "route", "indication")

MEANING: dict[str, pl.DataType] = {
    "target": pl.String(),
    "name": pl.String(),
    "how": pl.String(),
    "by": pl.String(),
    "verified": pl.Boolean(),
    "reason": pl.String(),
    "start_only": pl.Boolean(),
    **{f"mapped_{name}": pl.String() for name in _REFINED},
}
"""The columns that matching adds.

`target`: one of `becalm.sources.coded.mapping.TARGETS`, or NOT_MAPPED. `how`: `mapping`, `code` or `name`;
`by`: the code or name that decided. `start_only`: the end is not that of the support.
`reason`: why a statement is ignored. `mapped_*`: what the mapping gives for a column, where it does.
"""


def matched(statements: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """STATEMENT -> STATEMENT and MEANING, one row each, in the same order.

    An order (a prescription) keeps the meaning of its code, so that the account can name it.
    """
    keyed = statements.with_columns(key=_key())
    distinct = keyed.unique("key", maintain_order=True).select("key", "domain", "codes", "text")
    rows = [
        _meaning(lookup, domain, codes or [], text)
        for domain, codes, text in distinct.select("domain", "codes", "text").iter_rows()
    ]
    meanings = pl.DataFrame(rows, schema=MEANING, orient="row").with_columns(key=distinct["key"])
    return keyed.join(meanings, on="key", how="left", maintain_order="left").drop("key")


def _key() -> pl.Expr:
    codes = pl.col("codes").list.join("\x1e").fill_null("")
    return pl.concat_str(pl.col("domain"), codes, pl.col("text").fill_null(""), separator="\x1f")


def _meaning(lookup: Lookup, domain: str, codes: list[str], text: str | None) -> tuple[Any, ...]:
    found = lookup.find(domain, codes, text)
    if found is None:
        return (NOT_MAPPED, None, None, None, None, None, False, *(None for _ in _REFINED))
    one: Meaning = found.meaning
    refined = (getattr(one, name) for name in _REFINED)
    return (one.target, one.name, found.how, found.by, one.verified, one.ignore, one.start_only, *refined)


def translated(
    frame: pl.DataFrame, columns: tuple[str, ...], into: str, one: Callable[..., str | None]
) -> pl.DataFrame:
    """The frame with the column `into`: `one(*cells)` for each distinct combination of `columns`."""
    distinct = frame.select(columns).unique(maintain_order=True)
    answers = [one(*cells) for cells in distinct.iter_rows()]
    keyed = distinct.with_columns(pl.Series("__answer", answers, dtype=pl.String))
    joined = frame.join(keyed, on=list(columns), how="left", maintain_order="left", nulls_equal=True)
    kept = joined.drop(into) if into in frame.columns else joined
    return kept.rename({"__answer": into})
