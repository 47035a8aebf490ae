"""Drafting a mapping for a whole source, with flat memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from becalm.sources.coded.draft import draft, inventory, merged_inventory
from becalm.sources.coded.matching import NOT_MAPPED
from becalm.sources.kinds import CODED, lookup_for


def draft_mapping(
    kind: str, source: str, mapping: Path | None, options: Mapping[str, str]
) -> tuple[str, dict[str, int]]:
    """The text of a draft mapping for a source, and how many statements are `mapped`, `named`, `unmapped`.

    Raises:
        InputError: the source cannot be read.
        EditionError: the mapping given does not fit.
    """
    lookup = lookup_for(kind, mapping)
    codes = inventory([], lookup)
    for chunk in CODED[kind].reader()(source, lookup, options):
        codes = merged_inventory(pl.concat([codes, inventory([chunk], lookup)]))
    how, unmapped = pl.col("how"), pl.col("target") == NOT_MAPPED
    counts = {
        "mapped": int(codes.filter(how.is_in(["mapping", "code"]))["count"].sum()),
        "named": int(codes.filter(how == "name")["count"].sum()),
        "unmapped": int(codes.filter(unmapped)["count"].sum()),
    }
    return draft(codes, lookup, kind), counts
