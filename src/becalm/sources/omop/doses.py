"""Drug records: given or only ordered, their route, and what may be said of a dose."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from becalm.sources.omop.times import blank_is_null

UNKNOWN_TYPE = (
    "Its drug type does not say whether the drug was given or only ordered. An administration or a "
    "prescription is expected. Say what it is with option drug_types (for example 32817=drug), or for all "
    "with option unknown_drug_type."
)


_TEXTS = (
    "quantity",
    "dose_unit_source_value",
    "days_supply",
    "refills",
    "sig",
    "route_name",
    "route_source_value",
)


def with_doses(rows: pl.DataFrame, types: Mapping[int, str], unknown: str) -> pl.DataFrame:
    """Add `domain`, `route`, `dose`, `dose_unit`, `note` and `unknown_type` to rows of drug_exposure.

    A quantity is tablets or vials as often as it is a dose, so it is a dose only of a drug that was given,
    and only where the source names the dose's unit; else it stands in the note.
    """
    given = rows.with_columns(blank_is_null(name).alias(name) for name in _TEXTS)
    kind = (
        pl.col("drug_type_concept_id")
        .fill_null(0)
        .replace_strict(dict(types), default=None, return_dtype=pl.String)
    )
    fallback = None if unknown == "set_aside" else unknown
    given = given.with_columns(
        unknown_type=kind.is_null() & pl.lit(fallback is None), domain=kind.fill_null(fallback or "drug")
    )
    positive = pl.col("quantity").cast(pl.Float64, strict=False) > 0
    dosed = (
        (pl.col("domain") == "drug") & pl.col("dose_unit_source_value").is_not_null() & positive
    ).fill_null(False)
    return given.with_columns(
        route=pl.coalesce("route_name", "route_source_value"),
        dose=pl.when(dosed).then("quantity"),
        dose_unit=pl.when(dosed).then("dose_unit_source_value"),
        note=notes(
            {
                "quantity": pl.when(~dosed & positive.fill_null(False)).then("quantity"),
                "dose unit": pl.when(~dosed).then("dose_unit_source_value"),
                "days supply": _positive("days_supply"),
                "refills": _positive("refills"),
                "sig": pl.col("sig"),
            }
        ),
    )


def notes(parts: Mapping[str, pl.Expr]) -> pl.Expr:
    """`quantity 30; refills 2`: the parts that are there, null without any."""
    said = [pl.concat_str(pl.lit(f"{name} "), part.str.strip_chars()) for name, part in parts.items()]
    text = pl.concat_str(said, separator="; ", ignore_nulls=True)
    return pl.when(text != "").then(text)


def _positive(name: str) -> pl.Expr:
    return pl.when(pl.col(name).cast(pl.Float64, strict=False) > 0).then(pl.col(name))
