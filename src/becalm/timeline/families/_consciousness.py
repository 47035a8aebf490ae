"""Cognition scores and the level of consciousness: values in force, and what sedation leaves of them.

A score that was taken shows how far the patient answers, and so bounds a level of consciousness that nobody
recorded. What was taken under a sedative cannot be put down to the toxicity for certain, and what was taken
before the infusion cannot be put down to it at all.
"""

from __future__ import annotations

import polars as pl

from becalm.record import Cohort, vocabulary
from becalm.record.clock import DAY
from becalm.timeline import _drugs
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.families.common import in_force, steps
from becalm.timeline.settings import Settings

SCORES = ("ice", "capd", "consciousness")
LABELS = {"ice": "ICE", "capd": "CAPD", "consciousness": "consciousness"}
LOW_IS_BAD = frozenset({"ice"})


def normal(concept: str) -> float:
    """The value of a score without any sign."""
    known = vocabulary().concepts[concept]
    return known.plausible_max if concept in LOW_IS_BAD else known.plausible_min


def scores(cohort: Cohort, settings: Settings) -> list[pl.DataFrame]:
    """The scores in force as steps, as recorded and as far as infusion and sedation let them be attributed.

    Returns:
        For each score two frames, patient_id | time | X_lo | X_hi | X_says for X = NAME and NAME_recorded;
        and patient_id | time | consciousness_undated, the worst level without a time.
    """
    sedated = sedation(cohort, settings)
    out = []
    for name in SCORES:
        values = in_force(cohort, name, settings, LABELS[name])
        own = _since_infusion(_with_days(values, cohort, name), name, settings)
        out += [steps(_blurred(own, name, sedated), name), steps(values, f"{name}_recorded")]
    undated = cohort.observations.filter(pl.col("concept") == "consciousness", pl.col("time").is_null())
    worst = undated.group_by("patient_id").agg(consciousness_undated=pl.col("hi").max())
    return [*out, worst.sort("patient_id").with_columns(time=pl.lit(-FOREVER))]


def sedation(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """When a sedative may act: patient_id | start | end | drug (the first), without overlaps.

    From the start of each systemic sedative to `sedation_after_hours` after its end.
    """
    drugs = _drugs.running(cohort.exposures, settings).filter(pl.col("classes").list.contains("sedative"))
    if not settings.flag("sedation_blurs"):
        drugs = drugs.clear()
    after = settings.hours("sedation_after_hours")
    rows = drugs.select(
        "patient_id",
        "name",
        "start",
        end=pl.when(pl.col("end") < FOREVER).then(pl.col("end") + after).otherwise("end"),
    ).sort("patient_id", "start", "end")
    before = pl.col("end").cum_max().shift(1).over("patient_id")
    return (
        rows.with_columns(stretch=(pl.col("start") > before).fill_null(True).cum_sum())
        .group_by("patient_id", "stretch", maintain_order=True)
        .agg(
            pl.col("start").min(),
            pl.col("end").max(),
            drug=pl.col("name").first(),
        )
        .drop("stretch")
    )


def _with_days(values: pl.DataFrame, cohort: Cohort, concept: str) -> pl.DataFrame:
    """Values in force with `whole_day` (no hour was given) and `infusion`."""
    whole = cohort.observations.filter(pl.col("concept") == concept, pl.col("time").is_not_null())
    whole = whole.group_by("patient_id", start="time").agg(pl.col("whole_day").all())
    infused = cohort.patients.select("patient_id", "infusion")
    return values.join(whole, on=["patient_id", "start"], how="left").join(infused, on="patient_id")


def _since_infusion(values: pl.DataFrame, name: str, settings: Settings) -> pl.DataFrame:
    """Values in force; one taken before the infusion is normal, or reaches to normal if perhaps before it."""
    if settings.flag("signs_before_infusion_count"):
        return values
    start, infusion = pl.col("start"), pl.col("infusion")
    perhaps = start < infusion
    surely = perhaps & (~pl.col("whole_day") | (start + DAY <= infusion))
    near, far = ("hi", "lo") if name in LOW_IS_BAD else ("lo", "hi")
    word = pl.when(surely).then(pl.lit(", before the infusion")).when(perhaps)
    return values.with_columns(
        pl.when(perhaps).then(normal(name)).otherwise(near).alias(near),
        pl.when(surely).then(normal(name)).otherwise(far).alias(far),
        says=pl.concat_str("says", word.then(pl.lit(", perhaps before the infusion")).otherwise(pl.lit(""))),
    )


def _blurred(values: pl.DataFrame, name: str, sedated: pl.DataFrame) -> pl.DataFrame:
    """Values in force; one that may have been taken under a sedative reaches from normal to what it is.

    A value with an hour was, or was not; one of a whole day may have been, from the first sedation of that
    day on.
    """
    first = (
        values.sort("start")
        .with_columns(asked=pl.col("start") + 1)
        .join_asof(
            sedated.select("patient_id", "drug", since="start", until="end").sort("until"),
            left_on="asked",
            right_on="until",
            by="patient_id",
            strategy="forward",
            check_sortedness=False,
        )
        .with_columns(taken=pl.col("start") + pl.when("whole_day").then(DAY - 1).otherwise(0))
        .with_columns(
            since=pl.when(pl.col("since") <= pl.col("taken")).then(pl.max_horizontal("since", "start"))
        )
        .with_columns(since=pl.when(pl.col("since") < pl.col("end")).then("since"))
    )
    clear = first.with_columns(end=pl.coalesce("since", "end")).filter(pl.col("start") < pl.col("end"))
    near = "hi" if name in LOW_IS_BAD else "lo"
    blurred = first.filter(pl.col("since").is_not_null()).with_columns(
        pl.lit(normal(name)).alias(near),
        start="since",
        says=pl.concat_str("says", pl.lit(", which "), "drug", pl.lit(" may explain")),
    )
    return pl.concat([clear, blurred]).sort("patient_id", "start")


def bounded(settings: Settings) -> list[pl.Expr]:
    """The columns of consciousness: where none is in force, no worse than the scores in force allow."""
    if not settings.flag("score_bounds_consciousness"):
        return []
    levels = vocabulary().concepts["consciousness"].levels
    ice, capd = pl.col("ice_recorded_lo"), pl.col("capd_recorded_hi")
    by_ice = pl.coalesce(
        pl.when(ice >= settings.number(f"ice_when_{level}")).then(place)
        for place, level in enumerate(levels[:-1])
    )
    by_capd = pl.coalesce(
        pl.when(capd <= settings.number(f"capd_when_{level}")).then(levels.index(level))
        for level in ("alert", "awakens_to_voice", "awakens_to_tactile")
    )
    bound = pl.min_horizontal(by_ice, by_capd).cast(pl.Float64)
    worst = pl.max_horizontal(bound, "consciousness_undated")
    unseen = pl.col("consciousness_recorded_lo").is_null() & bound.is_not_null()
    by_child = (by_capd < by_ice).fill_null(by_ice.is_null())
    told = pl.when(by_child).then("capd_recorded_says").otherwise("ice_recorded_says")
    return [
        pl.when(unseen).then(0.0).otherwise("consciousness_lo").alias("consciousness_lo"),
        pl.when(unseen).then(worst).otherwise("consciousness_hi").alias("consciousness_hi"),
        pl.when(unseen)
        .then(pl.concat_str(pl.lit("consciousness not recorded, taken from "), told))
        .otherwise("consciousness_says")
        .alias("consciousness_says"),
    ]
