"""How many values of a concept meet a condition within a length of time: a range."""

from __future__ import annotations

import polars as pl

from becalm.markers.doses import NEVER
from becalm.markers.scoring.edition import Input, counting
from becalm.markers.scoring.exact import in_unit
from becalm.markers.scoring.values import KEY, known_readings
from becalm.markers.scoring.words import first_of
from becalm.markers.settings import MarkerSettings
from becalm.record import Cohort
from becalm.record.clock import DAY, HOUR

SHOWN = 4
"""Values that a sentence lists."""


def counts(cohort: Cohort, asked: pl.DataFrame, one: Input, settings: MarkerSettings) -> pl.DataFrame:
    """The most values that meet the condition within any such time, from the infusion up to each moment.

    Values at one instant are one value. Two values of one day without an hour are surely one, possibly two.
    Without any value nothing is known; at a given moment without a value in force there is no upper limit
    (policy trigger_gap_is_unknown).

    Returns:
        patient_id | moment | lo, hi f64|null (null: no limit) | says, in the order of `asked`.
    """
    infused = cohort.patients.select(
        "patient_id",
        opens_lo="infusion",
        opens_hi=pl.when("infusion_known").then("infusion").otherwise(pl.col("infusion") + DAY - 1),
    )
    asked = asked.join(infused, on="patient_id", how="left", maintain_order="left")
    known = known_readings(cohort, asked, one.concept, settings)
    after = in_unit(known.filter(pl.col("latest") >= pl.col("opens_lo")), one.concept, one.unit)
    condition = counting(one)
    after = after.with_columns(value_lo="lo", value_hi="hi").with_columns(
        must=condition.must, may=condition.may
    )
    speaks = ((pl.col("time") <= pl.col("at")) & (pl.col("at") < pl.col("until"))).fill_null(False)
    measured = after.group_by(KEY).agg(measured=pl.lit(True), speaks=speaks.any())
    length = round((one.within_hours or 0) * HOUR)
    places = [*KEY, "opens_hi", "earliest", "latest"]
    single = (pl.col("earliest") == pl.col("latest")).alias("single")
    at_once = after.with_columns(single).group_by(*places, "single", maintain_order=True)
    grouped = at_once.agg(pl.col("must").all(), pl.col("may").any(), rows=pl.col("may").sum())
    sure = grouped.filter("must", pl.col("earliest") >= pl.col("opens_hi")).with_columns(times=pl.lit(1))
    maybe = grouped.filter("may").with_columns(times=pl.when("single").then(1).otherwise("rows"))
    lowest = _most(
        sure,
        (pl.col("earliest") >= pl.col("from")) & (pl.col("latest") <= pl.col("from") + length),
        "earliest",
        "lo",
    )
    highest = _most(
        maybe,
        (pl.col("earliest") <= pl.col("from") + length) & (pl.col("latest") >= pl.col("from")),
        "latest",
        "hi",
    )
    said = (
        after.filter("may")
        .sort(*KEY, "earliest", "text")
        .group_by(KEY, maintain_order=True)
        .agg(text=first_of(pl.col("text").unique(maintain_order=True), SHOWN))
    )
    out = asked
    for part in (measured, lowest, highest, said):
        out = out.join(part, on=list(KEY), how="left", maintain_order="left")
    given = pl.col("at") < NEVER
    gap = given & ~pl.col("speaks").fill_null(False) & pl.lit(settings.flag("trigger_gap_is_unknown"))
    before = given & (pl.col("at") < pl.col("opens_lo"))
    unknown = (pl.col("measured").is_null() | gap) & ~before
    hi = pl.when(~unknown).then(pl.col("hi").fill_null(0).cast(pl.Float64))
    says = (
        pl.when(before)
        .then(pl.lit("before the infusion"))
        .when(pl.col("measured").is_null())
        .then(pl.lit(f"no {one.label} after the infusion"))
        .otherwise(pl.format(f"{one.label} {{}}", pl.col("text").fill_null("never reached it")))
    )
    late = pl.when(gap & ~before & pl.col("measured").is_not_null()).then(
        pl.lit(f" (no {one.label} in force at the moment asked for)")
    )
    return out.select(
        *KEY,
        lo=pl.col("lo").fill_null(0).cast(pl.Float64),
        hi=hi,
        says=pl.concat_str(says, late.fill_null("")),
    )


def _most(rows: pl.DataFrame, within: pl.Expr, start: str, name: str) -> pl.DataFrame:
    """The most `times` of rows that lie `within` a time that starts `from` one of them."""
    starts = rows.select(*KEY, pl.col(start).alias("from")).unique()
    return (
        starts.join(rows, on=list(KEY))
        .filter(within)
        .group_by(*KEY, "from")
        .agg(pl.col("times").sum())
        .group_by(KEY)
        .agg(pl.col("times").max().alias(name))
    )
