"""What a guideline's rule may ask, as ranges, at given moments: grades, folds, doses and findings."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from becalm import markers
from becalm.guidelines import _findings, _treatments
from becalm.markers import MarkerSettings
from becalm.record import Cohort
from becalm.record.clock import DAY, HOUR

FOLDS = {"il6_fold": "il6", "crp_fold": "crp"}
"""The facts that are folds, and their markers."""


def facts_at(
    cohort: Cohort,
    asked: pl.DataFrame,
    grades: pl.DataFrame,
    settings: MarkerSettings,
    drugs: Collection[str] = (),
) -> pl.DataFrame:
    """Every fact of `facts.toml` at given moments, with the data up to each.

    Args:
        cohort: the record.
        asked: patient_id | at i64, distinct.
        grades: patient_id | at | crs_grade_lo, crs_grade_hi i8 | grade_needs str | grade_verified bool.
        settings: policies in force.
        drugs: drugs whose doses so far are wanted, beside tocilizumab.

    Returns:
        asked with the columns of `grades`; X_lo and X_hi for each fact X; X_says and X_needs (texts) for
        folds; and the columns of `_findings` and `_treatments` that put them into words.
    """
    key = ["patient_id", "at"]
    parts = [grades, *(find(cohort, asked) for find in (_findings.death, _findings.icans, _findings.weight))]
    given = {
        drug: _treatments.history(cohort, asked, settings, drug)
        for drug in dict.fromkeys((_treatments.TOCILIZUMAB, *drugs))
    }
    parts += [*given.values(), _treatments.tocilizumab(given[_treatments.TOCILIZUMAB])]
    parts.append(_treatments.corticosteroid(cohort, asked, settings))
    parts += [fold_at(cohort, asked, fact, settings) for fact in FOLDS]
    out = asked
    for part in parts:
        out = out.join(part, on=key, how="left", maintain_order="left")
    return out


def fold_at(cohort: Cohort, asked: pl.DataFrame, fact: str, settings: MarkerSettings) -> pl.DataFrame:
    """A fold as it was known: patient_id | at | FACT_lo | FACT_hi | FACT_says | FACT_needs."""
    rows = markers.states(cohort, asked, [FOLDS[fact]], settings)
    said = [(markers.fold_clause(row), markers.needs(row)) for row in rows.iter_rows(named=True)]
    return rows.select(
        "patient_id",
        "at",
        pl.col("fold_lo").alias(f"{fact}_lo"),
        pl.col("fold_hi").alias(f"{fact}_hi"),
        pl.Series(f"{fact}_says", [clause for clause, _ in said], dtype=pl.String),
        pl.Series(f"{fact}_needs", [need for _, need in said], dtype=pl.String),
    )


def change_times(
    cohort: Cohort, settings: MarkerSettings, drugs: Mapping[str, Collection[float]]
) -> pl.DataFrame:
    """Every moment at which a fact other than the grade may change: patient_id | time.

    `drugs`: for drugs, how many hours after a dose something changes again.
    """
    after = {_treatments.TOCILIZUMAB: (), **drugs}
    given = {drug: _treatments.drug_doses(cohort, settings, drug) for drug in after}
    icans = _findings.icans_readings(cohort)
    deaths = cohort.events.filter(pl.col("event") == "death").select("patient_id", "time")
    classes = {name for drug in after for name in _treatments.drug_coverage(drug)}
    times = [
        markers.change_times(cohort, list(FOLDS.values()), settings),
        *(
            given[drug].select("patient_id", time=pl.col(side) + round(after_hours * HOUR))
            for drug, hours in after.items()
            for after_hours in (0.0, *hours)
            for side in ("start", "latest")
        ),
        *(
            _treatments.corticosteroid_doses(cohort, settings).select("patient_id", time=side)
            for side in ("start", "latest")
        ),
        icans.select("patient_id", "time"),
        icans.select("patient_id", time="until"),
        cohort.observations.filter(pl.col("concept") == "weight").select("patient_id", "time"),
        deaths,
        deaths.select("patient_id", time=pl.col("time") + DAY),
        *(
            markers.hidden_from(cohort, settings.timeline, [one]).select("patient_id", time="hidden_from")
            for one in sorted({*classes, _treatments.CORTICOSTEROID})
        ),
    ]
    return pl.concat(times).filter(pl.col("time").is_not_null()).unique()
