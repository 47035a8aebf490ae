"""Reference limits: those that the laboratory gave with a value, else the default ones as a range."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import polars as pl

from becalm.record import Cohort
from becalm.timeline.settings import Settings

Side = Literal["lower", "upper"]


@cache
def default_limits() -> Mapping[str, Mapping[str, Any]]:
    """The default limits of each concept, from `reference_limits.toml`."""
    text = files("becalm.timeline").joinpath("reference_limits.toml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Any]] = tomllib.loads(text)["limit"]
    return found


def with_children(rows: pl.DataFrame, cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Rows with `child` bool: known to be below `adult_from_age`, so that no limit of adults stands in."""
    child = pl.col("age_years").floor() < settings.number("adult_from_age")
    ages = cohort.patients.select("patient_id", child=child.fill_null(False))
    return rows.join(ages, on="patient_id", how="left", maintain_order="left")


def limit_range(concept: str, side: Side, settings: Settings) -> tuple[pl.Expr, pl.Expr]:
    """Lowest and highest limit of a value, over observations `with_children`: its own, else the default.

    Null is unknown.

    Args:
        concept: a name of the vocabulary.
        side: the lower or the upper limit.
        settings: for `default_reference_limits`.
    """
    own = pl.col(f"{side}_limit")
    known = default_limits().get(concept, {}).get(side)
    if known is None or not settings.flag("default_reference_limits"):
        return own, own
    adult = ~pl.col("child")
    lowest, highest = (pl.when(adult).then(float(end)) for end in known)
    return pl.coalesce(own, lowest), pl.coalesce(own, highest)
