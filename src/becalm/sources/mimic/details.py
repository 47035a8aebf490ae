"""emar_detail: the route and the amount of what emar says was given."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from becalm.sources.coded.statements import SET_ASIDE, Chunk
from becalm.sources.mimic.parts import chunk
from becalm.sources.mimic.tables import batches

NEEDED = ("subject_id", "emar_id", "dose_given", "dose_given_unit", "route")
NUMBER = r"^[0-9]+(\.[0-9]+)?$"
DETAIL = {"emar_id": pl.String, "route": pl.String, "dose": pl.String, "dose_unit": pl.String}


def no_details() -> pl.DataFrame:
    """No details: a frame of DETAIL without rows."""
    return pl.DataFrame(schema=DETAIL)


def details(path: Path, wanted: pl.DataFrame) -> tuple[pl.DataFrame, list[Chunk]]:
    """The details of some administrations, and the account of the table.

    An administration may have several rows, one for each product. The route is taken where they name one
    alone, the dose where one row alone gives a number: several are not added up, as their units and products
    may differ. Memory grows with the administrations that are wanted, not with the table.

    Args:
        path: the table.
        wanted: `emar_id` of the administrations that make a statement.

    Returns:
        a frame of DETAIL, one row an administration; and chunks that count every row as set aside.
    """
    kept, told = [], []
    for batch in batches(path, NEEDED):
        hit = batch["emar_id"].is_in(wanted["emar_id"].implode())
        used = batch.filter(hit).select("emar_id", *NEEDED[2:])
        kept.append(used.with_columns(pl.col(name).str.strip_chars() for name in NEEDED[2:]))
        fates = (
            (pl.col("hit"), SET_ASIDE, "Details of an administration: read with its row of emar."),
            (~pl.col("hit"), SET_ASIDE, "Details of a row of emar that makes no dose."),
        )
        told.append(chunk("emar_detail", batch.select("row", "subject_id").with_columns(hit=hit), fates))
    if not kept:
        return no_details(), told
    number = pl.col("dose_given").str.contains(NUMBER).fill_null(False)
    routes = pl.col("route").filter(pl.col("route") != "").unique()
    one_dose = number.sum() == 1
    found = (
        pl.concat(kept)
        .group_by("emar_id", maintain_order=True)
        .agg(
            route=pl.when(routes.len() == 1).then(routes.first()),
            dose=pl.when(one_dose).then(pl.col("dose_given").filter(number).first()),
            dose_unit=pl.when(one_dose).then(pl.col("dose_given_unit").filter(number).first()),
        )
    )
    return found.select(pl.col(name).cast(dtype) for name, dtype in DETAIL.items()), told
