"""The moments at which advice is given, and the grade known at each."""

from __future__ import annotations

import polars as pl

from becalm.guidelines._treatments import TOCILIZUMAB
from becalm.guidelines.doses import advised, limit_times
from becalm.guidelines.edition import Guideline, guideline_facts, predicates
from becalm.guidelines.facts import change_times
from becalm.markers import MarkerSettings
from becalm.record import Cohort
from becalm.scales import Graded
from becalm.scales.grading import merged, worded

HOURS = "hours_since_tocilizumab"


def every_change(
    cohort: Cohort, grades: Graded, guideline: Guideline, settings: MarkerSettings
) -> pl.DataFrame:
    """Every moment of a record at which a fact may change, from the infusion on: patient_id | at."""
    spans = grades.intervals.group_by("patient_id").agg(
        begin=pl.col("start").min(), until=pl.col("end").max()
    )
    times = pl.concat(
        [
            merged(grades).select("patient_id", time="start"),
            change_times(cohort, settings, _hours(guideline)),
        ]
    )
    return (
        times.join(spans, on="patient_id")
        .filter(pl.col("time") >= pl.col("begin"), pl.col("time") < pl.col("until"))
        .select("patient_id", at="time")
        .unique()
        .sort("patient_id", "at")
    )


def _hours(guideline: Guideline) -> dict[str, list[float]]:
    """For each drug, the hours after a dose at which a rule or a limit may turn."""
    found: dict[str, list[float]] = {TOCILIZUMAB: []}
    for dose in guideline.dose.values():
        found.setdefault(dose.drug, []).extend(limit_times(dose))
    for _, predicate in predicates(guideline):
        for atom in predicate.atoms:
            if [fact.name for fact in atom.quantity.facts] == [HOURS]:
                found[TOCILIZUMAB] += [value for value, _ in getattr(atom.region, "cuts", ())]
    return found


def graded_at(cohort: Cohort, grades: Graded, asked: pl.DataFrame) -> pl.DataFrame:
    """The grade of a living patient at given moments.

    Returns:
        patient_id | at | crs_grade_lo, crs_grade_hi i8 (null: no record) | grade_needs (what would narrow
        it, cheapest first, joined by "; ") | grade_verified.
    """
    stretches = merged(grades).with_row_index("stretch")
    known = stretches.select("stretch", "patient_id", "start", lo="alive_min", hi="alive_max")
    rows = asked.sort("patient_id", "at").join_asof(
        known.sort("patient_id", "start"),
        left_on="at",
        right_on="start",
        by="patient_id",
        coalesce=False,
        check_sortedness=False,
    )
    shown = stretches.filter(pl.col("stretch").is_in(rows["stretch"].drop_nulls().unique().to_list()))
    words = worded(cohort, grades, shown.drop("stretch"))
    said = shown.select("stretch", grade_needs=words["missing"], grade_verified=words["verified"])
    rows = rows.join(said, on="stretch", how="left", maintain_order="left")
    rows = rows.join(cohort.patients.select("patient_id", "infusion"), on="patient_id", how="left")
    before = pl.col("at") < pl.col("infusion")
    none = pl.lit(0, dtype=pl.Int8)
    return rows.select(
        "patient_id",
        "at",
        crs_grade_lo=pl.when(before).then(none).otherwise(pl.col("lo").cast(pl.Int8)),
        crs_grade_hi=pl.when(before).then(none).otherwise(pl.col("hi").cast(pl.Int8)),
        grade_needs=pl.when(~before).then("grade_needs").fill_null(""),
        grade_verified=pl.col("grade_verified").fill_null(True),
    )


def changed(rows: pl.DataFrame, guideline: Guideline) -> pl.DataFrame:
    """The rows at which anything is other than before: a fact, a verdict, a dose, what is missing."""
    facts = [column for fact in guideline_facts().values() for column in (fact.lo, fact.hi)]
    kept = [column for column in facts if not column.startswith(HOURS)]
    kept += [column for column in rows.columns if column.endswith("_needs")]
    asked = predicates(guideline)
    verdicts = rows.select(predicate.verdict.alias(rule.id) for rule, predicate in asked)
    doses = {rule.id: guideline.dose[rule.dose] for rule, _ in asked if rule.dose is not None}
    said = [
        [advised(dose, row).said if answers[name] == "yes" else "" for name, dose in doses.items()]
        for row, answers in zip(rows.iter_rows(named=True), verdicts.iter_rows(named=True), strict=True)
    ]
    rows = rows.with_columns(
        doses=pl.Series(said, dtype=pl.List(pl.String)).list.join("; "),
        verdicts=verdicts.select(pl.concat_str(pl.all(), separator=" ")).to_series(),
    )
    previous = [pl.col(column).ne_missing(pl.col(column).shift(1)) for column in (*kept, "doses", "verdicts")]
    first = pl.col("patient_id") != pl.col("patient_id").shift(1)
    return rows.filter(pl.any_horizontal(first.fill_null(True), *previous)).drop("doses", "verdicts")
