"""Attribution: a sign that a clinician puts down to another cause does not count (design section 3)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.record import Cohort
from becalm.timeline.families._findings import last_of
from becalm.timeline.settings import Settings


def causes(cohort: Cohort, axis: str, own: Sequence[str], settings: Settings) -> pl.DataFrame:
    """What the signs of an axis are attributed to, until the next attribution of it or `resolved`.

    Args:
        cohort: the record.
        axis: of the vocabulary.
        own: the causes that are the toxicity itself.
        settings: for `attribution_used`.

    Returns:
        patient_id | time | AXIS_cause_lo | AXIS_cause_hi | AXIS_cause_says, as `last_of`: 0 own, 1 another
        cause, 0 to 1 unknown. A patient without an attribution has no row; the signs are attributable.
    """
    rows = cohort.events.filter(pl.col("event") == "attribution", pl.col("axis") == axis)
    if not settings.flag("attribution_used"):
        rows = rows.clear()
    lifted = (pl.col("value") == "resolved").fill_null(False)
    mine = lifted | pl.col("cause").is_in(list(own)).fill_null(False)
    # CRS is no other cause of the therapy's toxicities for certain, and not the toxicity itself.
    unsure = pl.col("cause").fill_null("unknown").is_in(["unknown", "crs"])
    other = pl.lit(f"{axis} attributed to ")
    named = pl.when(pl.col("cause").fill_null("unknown") == "unknown").then(pl.lit("a cause not known"))
    events = rows.select(
        "patient_id",
        "time",
        "whole_day",
        track=pl.lit(axis),
        lo=pl.when(mine | unsure).then(0).otherwise(1),
        hi=pl.when(mine).then(0).otherwise(1),
        text=pl.when(lifted)
        .then(pl.lit(f"attribution of {axis} withdrawn"))
        .otherwise(pl.concat_str(other, named.otherwise(pl.col("cause")))),
    )
    return last_of(events, f"{axis}_cause", settings)


def without_other_causes(fact: str, axis: str, normal: float, *, low_is_bad: bool = False) -> list[pl.Expr]:
    """The columns of a fact (FACT_lo, FACT_hi, FACT_says) as far as it is not attributed to another cause.

    Args:
        fact: its name; the frame also has the columns of `causes`.
        axis: the axis on which it is attributed.
        normal: its value where another cause explains it.
        low_is_bad: low values are the sign, as of the ICE score.
    """
    other, perhaps = pl.col(f"{axis}_cause_lo") > 0, pl.col(f"{axis}_cause_hi") > 0
    near, far = ("hi", "lo") if low_is_bad else ("lo", "hi")
    # Where the cause is unknown the fact reaches from normal to what is shown.
    columns = {near: pl.when(perhaps.fill_null(False)), far: pl.when(other.fill_null(False))}
    # An attribution is worth a word where there is, or may be, something to attribute.
    nothing = (pl.col(f"{fact}_lo") == normal) & (pl.col(f"{fact}_hi") == normal)
    why = pl.when(perhaps.fill_null(False) & ~nothing.fill_null(False)).then(f"{axis}_cause_says")
    said = pl.concat_str([f"{fact}_says", why], separator="; ", ignore_nulls=True)
    return [
        *(
            condition.then(pl.lit(normal)).otherwise(f"{fact}_{end}").alias(f"{fact}_{end}")
            for end, condition in columns.items()
        ),
        pl.when(said != "").then(said).alias(f"{fact}_says"),
    ]
