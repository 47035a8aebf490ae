"""SUPP--: qualifiers of rows of a domain, joined to them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.sources.coded.fates import with_columns
from becalm.sources.coded.statements import REFUSED, SET_ASIDE, Chunk
from becalm.sources.sdtm.parts import chunk

NEEDED = ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
JOINED = "A qualifier: read with the row that it belongs to."
ORPHAN = "No row has this USUBJID, IDVAR and IDVARVAL. A row that the qualifier belongs to is expected."


def qualified(rows: pl.DataFrame, qualifiers: pl.DataFrame) -> pl.DataFrame:
    """Rows with their qualifiers as text in `qualifiers`.

    A qualifier named as a column of the domain also fills that column where it is blank.

    Args:
        rows: a batch of a domain.
        qualifiers: rows of its SUPP-- (NEEDED).
    """
    frame = rows
    told: list[str] = []
    for number, (variable, named) in enumerate(_by_variable(qualifiers)):
        if variable is not None and variable not in frame.columns:
            continue
        said = pl.format("{} {}", "QNAM", "QVAL")
        keys = ["USUBJID"] if variable is None else ["USUBJID", "IDVARVAL"]
        text = named.group_by(keys, maintain_order=True).agg(said.str.join("; ").alias(f"told{number}"))
        frame = _joined(frame, text, variable)
        told.append(f"told{number}")
        for name in named["QNAM"].unique(maintain_order=True).drop_nulls():
            values = (
                named.filter(pl.col("QNAM") == name)
                .group_by(keys)
                .agg(pl.col("QVAL").first().alias("__value"))
            )
            frame = _joined(with_columns(frame, name), values, variable)
            frame = frame.with_columns(pl.coalesce(name, "__value").alias(name)).drop("__value")
    every = pl.concat_str(told, separator="; ", ignore_nulls=True) if told else pl.lit("")
    return frame.with_columns(qualifiers=pl.when(every != "").then(every)).drop(told)


def _joined(frame: pl.DataFrame, values: pl.DataFrame, variable: str | None) -> pl.DataFrame:
    left = ["USUBJID"] if variable is None else ["USUBJID", variable]
    right = ["USUBJID"] if variable is None else ["USUBJID", "IDVARVAL"]
    return frame.join(values, left_on=left, right_on=right, how="left", maintain_order="left")


def _by_variable(qualifiers: pl.DataFrame) -> list[tuple[str | None, pl.DataFrame]]:
    frame = with_columns(qualifiers, *NEEDED).with_columns(
        IDVAR=pl.col("IDVAR").str.to_uppercase(), IDVARVAL=pl.col("IDVARVAL").str.strip_suffix(".0")
    )
    return [(key[0], part) for key, part in frame.group_by("IDVAR", maintain_order=True)]


def accounted(file: str, qualifiers: pl.DataFrame, keys: Sequence[pl.DataFrame]) -> Chunk:
    """The rows of a SUPP-- as outcomes: read with their rows, or refused where there is no such row.

    Args:
        file: the file's name.
        qualifiers: its rows.
        keys: of each batch of the domain the columns that `identifying` names.
    """
    frame = with_columns(qualifiers, *NEEDED)
    belongs = pl.lit(False)
    if keys:
        rows = pl.concat(keys, how="diagonal")
        for variable, part in _by_variable(frame):
            if variable is not None and variable not in rows.columns:
                continue
            left = ["USUBJID"] if variable is None else ["USUBJID", variable]
            right = ["USUBJID"] if variable is None else ["USUBJID", "IDVARVAL"]
            hit = part.join(rows.select(left).unique(), left_on=right, right_on=left, how="semi")
            belongs = belongs | pl.col("row").is_in(hit["row"].to_list())
    frame = frame.with_columns(given=pl.col("QNAM"))
    return chunk(file, frame, ((belongs, SET_ASIDE, JOINED), (~belongs, REFUSED, ORPHAN)))


def identifying(rows: pl.DataFrame, qualifiers: pl.DataFrame) -> pl.DataFrame:
    """The columns of a batch by which qualifiers name their rows."""
    names = [name for name, _ in _by_variable(qualifiers) if name is not None and name in rows.columns]
    return rows.select("USUBJID", *names).unique()
