"""Systemic doses of a drug or a drug class, and from when on a record may hide some."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from becalm.record import DAY, Cohort, vocabulary
from becalm.timeline import Settings, coverage

NEVER = 2**62
"""An instant later than any in a record."""


def doses(
    cohort: Cohort, settings: Settings, *, classes: Collection[str] = (), name: str | None = None
) -> pl.DataFrame:
    """Every recorded systemic dose of the drug `name`, or of any drug of `classes`.

    A row of rate 0 or dose 0 gave nothing. The row's start is the time of the dose; a start that is a date
    alone is some time of that day.

    Returns:
        patient_id | start i64|null (null: at some time in the record) | latest i64|null (the last instant at
        which it may have been given: `start` where the hour is known) | name, sorted by patient and start.
    """
    rows = cohort.exposures.filter(
        pl.col("kind") == "drug",
        ((pl.col("rate") == 0) | (pl.col("dose") == 0)).fill_null(False).not_(),
    )
    if settings.flag("systemic_routes_only"):
        systemic = list(vocabulary().systemic_routes)
        rows = rows.filter(pl.col("route").is_null() | pl.col("route").is_in(systemic))
    if name is not None:
        rows = rows.filter(pl.col("name") == name)
    else:
        wanted = pl.lit(list(classes), dtype=pl.List(pl.String))
        rows = rows.filter(pl.col("classes").list.set_intersection(wanted).list.len() > 0)
    by_day = pl.col("start_whole_day").fill_null(False) & settings.flag("whole_day_order_unknown")
    latest = pl.col("start") + pl.when(by_day).then(DAY - 1).otherwise(0)
    return rows.select("patient_id", "start", latest=latest, name="name").sort(
        "patient_id", "start", "latest", "name"
    )


def coverage_classes(drug_classes: Collection[str]) -> tuple[str, ...]:
    """The coverage classes to which the drugs of some drug classes belong (anti_il6: anti_cytokine)."""
    known = vocabulary()
    found = {
        one for drug in known.drugs.values() if set(drug.classes) & set(drug_classes) for one in drug.classes
    }
    return tuple(sorted(found & set(known.terms["coverage_class"])))


def hidden_from(cohort: Cohort, settings: Settings, classes: Collection[str]) -> pl.DataFrame:
    """The first instant from the infusion on at which one of some classes of treatments is not covered.

    Before the infusion only recorded doses count. A patient without a row in the result is covered
    throughout.

    Args:
        cohort: the record.
        settings: policies of the timeline.
        classes: coverage classes of drugs (design section 4).

    Returns:
        patient_id | hidden_from i64.
    """
    settings = settings.with_changes({"waiver_classes": list(classes)})
    begin = cohort.patients.select("patient_id", begin="infusion")
    windows = coverage.windows(cohort, settings)
    times = [
        begin.select("patient_id", time="begin"),
        coverage.stays(cohort.events).select("patient_id", "time"),
        *(windows.select("patient_id", time=side) for side in ("start", "end")),
    ]
    asked = (
        pl.concat(times)
        .join(begin, on="patient_id")
        .filter(pl.col("time") >= pl.col("begin"), pl.col("time") < NEVER)
        .unique()
        .sort("patient_id", "time")
    )
    return (
        coverage.at_boundaries(asked, cohort, settings)
        .filter(~pl.all_horizontal(pl.lit(True), *(f"covered_{name}" for name in classes)))
        .group_by("patient_id")
        .agg(hidden_from=pl.col("time").min())
        .sort("patient_id")
    )
