"""Whether the cytokines have declined from their highest since the infusion."""

from __future__ import annotations

import polars as pl

from becalm.record import HOUR, Cohort, vocabulary
from becalm.record.clock import to_day
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.settings import Settings

FACT = "cytokines_declined"


def states(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """`cytokines_declined` over time (`Family.states`): it may change at every value of a cytokine."""
    each = _each(cohort, settings)
    rows = each.select("patient_id", "time").unique().sort("patient_id", "time")
    names = each["concept"].unique().sort().to_list()
    for name in names:
        mine = each.filter(pl.col("concept") == name).sort("patient_id", "time")
        rows = rows.join_asof(
            mine.select("patient_id", "time", pl.struct("lo", "hi", "says").alias(name)),
            on="time",
            by="patient_id",
            check_sortedness=False,
        )
    ends = [
        pl.all_horizontal(
            pl.lit(True), *(pl.col(name).struct.field(end).fill_null(True) for name in names)
        ).alias(f"{FACT}_{end}")
        for end in ("lo", "hi")
    ]
    said = [
        pl.when(~pl.col(name).struct.field("lo")).then(pl.col(name).struct.field("says")) for name in names
    ]
    text = pl.concat_str(*said, separator=", ", ignore_nulls=True) if said else pl.lit("")
    found = rows.select(
        "patient_id",
        "time",
        *ends,
        pl.when(text != "").then(pl.concat_str(pl.lit("not declined: "), text))
        .otherwise(pl.lit("cytokines declined")).alias(f"{FACT}_says"),
    )  # fmt: skip
    begin = cohort.patients.select(
        "patient_id",
        pl.lit(False).alias(f"{FACT}_lo"),
        pl.lit(True).alias(f"{FACT}_hi"),
        pl.lit("no cytokine measured since the infusion").alias(f"{FACT}_says"),
        time=pl.lit(-FOREVER, dtype=pl.Int64),
    )
    return pl.concat([begin.select(found.columns), found]).sort("patient_id", "time")


def _each(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """After each value since the infusion, whether its cytokine has declined.

    Returns:
        patient_id | concept | time | lo bool (for certain) | hi bool (perhaps) | says.
    """
    concepts = list(settings.names("declining_cytokines"))
    rows = cohort.observations.filter(pl.col("concept").is_in(concepts), pl.col("time").is_not_null())
    rows = rows.join(cohort.patients.select("patient_id", "infusion"), on="patient_id")
    key = ["patient_id", "concept"]
    values = (
        rows.group_by(*key, "time")
        .agg(
            pl.col("lo").min(),
            pl.col("hi").max(),
            pl.col("infusion").first(),
            pl.col("value_given").first(),
            pl.col("unit_given").first(),
        )
        .sort(*key, "time")
    )
    before = values.filter(pl.col("time") < pl.col("infusion")).group_by(key, maintain_order=True)
    baseline = before.agg(base_lo=pl.col("lo").last(), base_hi=pl.col("hi").last())
    since = values.filter(pl.col("time") >= pl.col("infusion"))
    since = since.join(baseline, on=key, how="left").sort(*key, "time")
    fallen = {
        "lo": pl.col("hi") < pl.col("lo").cum_max().over(key),
        "hi": pl.col("lo") < pl.col("hi").cum_max().over(key),
    }
    low = {"lo": pl.col("hi") <= pl.col("base_lo"), "hi": pl.col("lo") <= pl.col("base_hi")}
    day = to_day(pl.col("time")).round(3)
    found = since.select(
        *key,
        "time",
        *((fallen[end] | low[end].fill_null(False)).alias(end) for end in ("lo", "hi")),
        says=pl.format("{} {} on day {}", "concept", "value_given", day),
    )
    # Past its validity a value that had not declined may have.
    spoken = {
        name: round(concept.validity_hours * HOUR * settings.number("validity_factor"))
        for name, concept in vocabulary().concepts.items()
    }
    until = pl.col("time") + pl.col("concept").replace_strict(spoken, return_dtype=pl.Int64)
    following = pl.col("time").shift(-1).over(key)
    later = found.with_columns(until=until, following=following).filter(
        ~pl.col("lo"), (pl.col("following") > pl.col("until")).fill_null(True)
    )
    later = later.select(
        *key,
        pl.lit(False).alias("lo"),
        pl.lit(True).alias("hi"),
        pl.format("{} and not since", "says").alias("says"),
        time="until",
    )
    return pl.concat([found, later.select(found.columns)]).sort(*key, "time")
