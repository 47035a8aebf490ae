"""chartevents: vital signs, oxygen devices, flows and fractions as nurses chart them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import SET_ASIDE, UNKNOWN, Chunk
from becalm.sources.mimic.parts import chunk, codes, means_nothing
from becalm.sources.mimic.tables import batches, moment

ITEM = "MIMIC item"
NEEDED = ("subject_id", "itemid", "charttime", "value", "valuenum", "valueuom")
WANTED = ("warning",)


def charting(path: Path, labels: pl.DataFrame, lookup: Lookup, *, keep_unmapped: bool) -> Iterator[Chunk]:
    """The rows of chartevents as measurements, only of items that the mapping knows by their number.

    Args:
        path: the table.
        labels: d_items: itemid, label.
        lookup: decides which rows are worth a statement.
        keep_unmapped: make statements also of rows that the mapping does not know.
    """
    for batch in batches(path, NEEDED, WANTED):
        named = batch.join(labels, on="itemid", how="left", maintain_order="left")
        frame = named.with_columns(codes((ITEM, "itemid")), text=pl.col("label"))
        unknown = means_nothing(frame, lookup, "measurement", by_name=False)
        yield chunk(
            "chartevents", _charted(frame.with_columns(unmapped=unknown & (not keep_unmapped))), FATES
        )


FATES = (
    (pl.col("unmapped"), SET_ASIDE, UNKNOWN),
    (pl.col("value").is_null(), SET_ASIDE, "No value: nothing was charted."),
)


def _charted(frame: pl.DataFrame) -> pl.DataFrame:
    shown = pl.col("value").str.strip_chars().replace("", None)
    number = pl.col("valuenum").str.strip_chars().replace("", None)
    same = (shown.cast(pl.Float64, strict=False) == number.cast(pl.Float64, strict=False)).fill_null(False)
    return frame.with_columns(
        domain=pl.lit("measurement"),
        start=moment("charttime"),
        value=pl.when(same | number.is_null()).then(shown).otherwise(number),
        unit=pl.col("valueuom").str.strip_chars().replace(["", "None"], [None, None]),
        note=pl.when(pl.col("warning") == "1").then(pl.lit("the chart warned of this value")),
        given=pl.when("unmapped").then(pl.coalesce("text", "itemid")),
    )
