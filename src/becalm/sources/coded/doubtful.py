"""Treatments that may have been given and cannot be used, as rows that the format refuses.

A refused row leaves the record of its class incomplete for its patient (`Cohort.report.doubts`), so that the
grade is a range. Left out, the treatment would read as not given.
"""

from __future__ import annotations

import polars as pl

from becalm.sources.coded.account import suggestion
from becalm.sources.coded.in_force import UNNAMED

_KINDS = {
    "drug": "drug",
    "fluid": "fluid",
    "oxygen": "oxygen",
    "ventilation": "ventilation",
    "support": "oxygen",
}
_UNUSABLE = "unusable: "

COLUMNS: dict[str, pl.DataType] = {
    "patient_id": pl.String(),
    "start_time": pl.String(),
    "kind": pl.String(),
    "name": pl.String(),
    "note": pl.String(),
    "file": pl.String(),
    "row": pl.Int64(),
}


def doubted_rows(statements: pl.DataFrame) -> pl.DataFrame:
    """Statements with a `doubt` that mean a treatment -> rows with a start that cannot be read: COLUMNS."""
    treatments = statements.filter(pl.col("target").is_in(list(_KINDS)))
    kind = pl.col("target").replace_strict(_KINDS, default=None, return_dtype=pl.String)
    name = pl.when(pl.col("target") == "support").then(pl.lit(UNNAMED)).otherwise("name")
    return treatments.select(
        "patient_id",
        start_time=pl.concat_str(pl.lit(_UNUSABLE), "doubt"),
        kind=kind,
        name=name,
        note="text",
        file="file",
        row="row",
    )


def vague_devices(statements: pl.DataFrame) -> pl.DataFrame:
    """Statements that nothing maps, of which the words speak of oxygen -> rows that name no device: COLUMNS.

    The value of a charted device that is not known, or a device or procedure whose name holds a known one.
    """
    charted = (pl.col("by").is_not_null()) & pl.col("value").is_not_null()
    words = statements.with_columns(
        said=pl.when(charted)
        .then("value")
        .when(pl.col("domain").is_in(["device", "procedure"]))
        .then("text"),
        charted=charted,
    ).filter(pl.col("said").is_not_null())
    distinct = words.select("said").unique(maintain_order=True)
    speaking = [one for one in distinct["said"].to_list() if suggestion("device", one)]
    kept = words.filter(pl.col("charted") | pl.col("said").is_in(speaking))
    return kept.select(
        "patient_id",
        start_time="start",
        kind=pl.lit("oxygen"),
        name=pl.format("not mapped: {}", "said"),
        note="text",
        file="file",
        row="row",
    )
