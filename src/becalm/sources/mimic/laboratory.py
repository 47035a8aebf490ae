"""labevents: results of the laboratory, with what stands in their comments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.statements import REFUSED, SET_ASIDE, UNKNOWN, Chunk
from becalm.sources.mimic.parts import chunk, codes, means_nothing
from becalm.sources.mimic.tables import batches, moment

ITEM = "MIMIC lab item"
NEEDED = ("subject_id", "itemid", "charttime", "value", "valuenum", "valueuom")
WANTED = ("labevent_id", "comments")

_SIGNS = {
    "<=": "<=",
    ">=": ">=",
    "<": "<",
    ">": ">",
    "LESS THAN OR EQUAL TO": "<=",
    "GREATER THAN OR EQUAL TO": ">=",
    "LESS THAN": "<",
    "GREATER THAN": ">",
}
_BOUND = (
    rf"(?i)^\s*({'|'.join(_SIGNS)})\s*([0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)\s*\*?\s*"
    r"([a-z%][a-z0-9%/^*]*)?\s*\*?\s*(?:\.(?:\s|$)|$)"
)
_RANGE = r"^\s*([0-9]+(?:\.[0-9]+)?)\s*-\s*([0-9]+(?:\.[0-9]+)?)\s*$"
_REMOVED = "___"
"""What stands where the text was removed when the data were made anonymous."""


def laboratory(path: Path, labels: pl.DataFrame, lookup: Lookup, *, keep_unmapped: bool) -> Iterator[Chunk]:
    """The rows of labevents as measurements.

    A bound in the comment ("<0.2.", "GREATER THAN 400.", "<5*.") or in the value stays a bound, also where
    the same number stands in `valuenum`. A result in a fluid other than blood has the fluid in `site` and in
    its name, so that its name alone never makes it a value of the blood.

    Args:
        path: the table.
        labels: d_labitems: itemid, label, fluid.
        lookup: decides which rows are worth a statement.
        keep_unmapped: make statements also of rows that the mapping does not know.
    """
    for batch in batches(path, NEEDED, WANTED):
        yield _results(
            batch.join(labels, on="itemid", how="left", maintain_order="left"), lookup, keep_unmapped
        )


def _results(batch: pl.DataFrame, lookup: Lookup, keep_unmapped: bool) -> Chunk:
    blood = (pl.col("fluid").str.to_lowercase() == "blood").fill_null(True)
    frame = batch.with_columns(
        codes((ITEM, "itemid")),
        domain=pl.lit("measurement"),
        text=pl.when(blood).then("label").otherwise(pl.format("{} ({})", "label", "fluid")),
        site=pl.when(~blood).then("fluid"),
        start=moment("charttime"),
        unit=pl.col("valueuom").str.strip_chars().replace("", None),
        record=pl.col("labevent_id"),
    )
    unknown = means_nothing(frame, lookup, "measurement", by_name=False)
    frame = _valued(frame.with_columns(unmapped=unknown & (not keep_unmapped)))
    frame = frame.with_columns(
        given=pl.when("unmapped")
        .then(pl.coalesce("text", "itemid"))
        .otherwise(pl.coalesce("said", "value").str.slice(0, 60))
    )
    fates = (
        (pl.col("unmapped"), SET_ASIDE, UNKNOWN),
        (
            pl.col("against"),
            REFUSED,
            "The number in valuenum and the bound in the comment or value differ. One result is expected.",
        ),
        (pl.col("value").is_null(), SET_ASIDE, "No value: the laboratory gave none."),
    )
    chosen = frame.drop("value").rename({"result": "value"})
    return chunk("labevents", chosen, fates)


def _valued(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with `result`, `value_high`, `comparator`, `unit`, `note` and `against` (they contradict)."""
    shown = _told("value")
    frame = frame.with_columns(shown=shown, said=_told("comments"))
    bounds = {
        f"{side}_{part}": pl.col(side).str.extract(_BOUND, group)
        for side in ("shown", "said")
        for group, part in enumerate(("sign", "number", "unit"), start=1)
    }
    frame = frame.with_columns(**bounds).with_columns(
        number=pl.col("valuenum").str.strip_chars().replace("", None)
    )
    in_value = pl.col("shown_sign").is_not_null()
    in_comment = (
        ~in_value & pl.col("said_sign").is_not_null() & (pl.col("shown").is_null() | _same("shown", "number"))
    )
    sign = pl.when(in_value).then("shown_sign").when(in_comment).then("said_sign")
    bound = pl.when(in_value).then("shown_number").when(in_comment).then("said_number").otherwise(None)
    unit = pl.when(in_value).then("shown_unit").when(in_comment).then("said_unit").otherwise(None)
    frame = frame.with_columns(
        comparator=sign.otherwise(None)
        .str.to_uppercase()
        .replace_strict(_SIGNS, default=None, return_dtype=pl.String),
        bound=bound.str.replace_all(",", ""),
        bound_unit=unit,
    )
    low, high = (pl.col("shown").str.extract(_RANGE, side) for side in (1, 2))
    bounded = pl.col("comparator").is_not_null()
    ranged = low.is_not_null() & pl.col("number").is_null() & ~bounded
    written = pl.when(_same("shown", "number")).then("shown").otherwise("number")
    other_unit = bounded & (pl.col("bound_unit").str.to_lowercase() != pl.col("unit").str.to_lowercase())
    return frame.with_columns(
        result=pl.when(bounded)
        .then("bound")
        .when(ranged)
        .then(low)
        .when(pl.col("number").is_not_null())
        .then(written)
        .otherwise("shown"),
        value_high=pl.when(ranged).then(high),
        unit=pl.when(other_unit.fill_null(pl.col("unit").is_null() & pl.col("bound_unit").is_not_null()))
        .then("bound_unit")
        .otherwise("unit"),
        note=pl.when(pl.col("said").is_not_null()).then("said"),
        against=(bounded & ~_same("bound", "number")).fill_null(False) & pl.col("number").is_not_null(),
    )


def _told(column: str) -> pl.Expr:
    """A text, or null where it is blank or was removed."""
    text = pl.col(column).str.strip_chars()
    return pl.when((text != "") & (text != _REMOVED)).then(text)


def _same(left: str, right: str) -> pl.Expr:
    numbers = (pl.col(name).cast(pl.Float64, strict=False) for name in (left, right))
    first, second = numbers
    return (first == second).fill_null(False)
