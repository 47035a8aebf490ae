"""Advice at every moment: each rule of a guideline asked with the data up to that moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from becalm.guidelines import because
from becalm.guidelines._moments import changed, every_change, graded_at
from becalm.guidelines.doses import advised
from becalm.guidelines.edition import Guideline, Recommendation, compared, predicates
from becalm.guidelines.facts import facts_at
from becalm.guidelines.installed import find_guideline
from becalm.guidelines.policies import policies_of
from becalm.record import Cohort
from becalm.record.clock import from_day, to_day
from becalm.rules import Explanation
from becalm.scales import find_scale, graded
from becalm.scales.grading import checked_day

COLUMNS: Mapping[str, pl.DataType] = {
    "patient_id": pl.String(),
    "day": pl.Float64(),
    "guideline": pl.String(),
    "rule": pl.String(),
    "verdict": pl.String(),
    "action": pl.String(),
    "drug": pl.String(),
    "dose": pl.String(),
    "because": pl.String(),
    "missing": pl.String(),
    "source": pl.String(),
    "verified": pl.Boolean(),
    "evidence": pl.String(),
    "cautions": pl.String(),
    "dose_value": pl.Float64(),
    "dose_unit": pl.String(),
    "crs_grade_min": pl.Int8(),
    "crs_grade_max": pl.Int8(),
    "grade_verified": pl.Boolean(),
    "scale": pl.String(),
    "parameters": pl.String(),
    "edition_hash": pl.String(),
}
"""The columns of a table of advice; the first twelve are promised in this order."""


def advise(
    cohort: Cohort,
    guideline: str | Guideline = "il6-guided-2022",
    at: Iterable[float] | float | None = None,
    settings: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """What a guideline recommends for every patient, at every change of the record or at given days.

    Every rule is asked every time: yes, no, or unknown where the record does not decide. A missing value
    never makes a no. Grades, folds and doses are those known at the moment.

    Args:
        cohort: the record.
        guideline: the id of an installed guideline, a path to one, or a guideline.
        at: a day of the clock or several; then one row for each patient, day and rule. Without it, rows from
            the infusion on at each moment at which a fact of the guideline changes; they hold until the next.
        settings: policies to change, by name (of the timeline or of markers).
        parameters: parameters of the guideline to change, by name.

    Returns:
        COLUMNS. `action`, `drug` and `dose` are filled where the rule says yes; an unknown has the action
        until it is decided. `missing`: what would decide, cheapest first. `verified` is false where the
        rule or the dose was recalled and not read in its source, or rests on a choice that the source leaves
        open; `grade_verified` says the same of the grade.

    Raises:
        InputError: unknown guideline, policy or parameter.
        EditionError: a file of a guideline does not fit.
    """
    found = find_guideline(guideline).with_parameters(parameters or {})
    scale = find_scale(found.scale)
    policies = policies_of(found, settings)
    changes = {**found.policy, **(settings or {})}
    grading = {name: value for name, value in changes.items() if name not in policies.own}
    asked_days = [at] if isinstance(at, int | float) else at
    days = None if asked_days is None else sorted({float(day) for day in asked_days})
    for day in days or ():
        checked_day(day)
    grades = graded(cohort, scale, settings=grading, until_day=max(days) if days else None)
    if days is None:
        asked = every_change(cohort, grades, found, policies)
    else:
        instants = pl.DataFrame({"at": [from_day(day) for day in days]}, schema={"at": pl.Int64})
        asked = cohort.patients.select("patient_id").join(instants, how="cross").sort("patient_id", "at")
    drugs = [dose.drug for dose in found.dose.values()]
    rows = facts_at(cohort, asked, graded_at(cohort, grades, asked), policies, drugs)
    return _worded(rows if days is not None else changed(rows, found), found)


def _worded(rows: pl.DataFrame, guideline: Guideline) -> pl.DataFrame:
    """Every rule of every row in words: COLUMNS, in the order of the rows and, for each, of the rules."""
    asked = [
        (rule, compared(rule, guideline), predicate.explain_rows(rows))
        for rule, predicate in predicates(guideline)
    ]
    shared = {
        "guideline": guideline.id,
        "scale": guideline.scale,
        "parameters": "; ".join(f"{name}={one.value:g}" for name, one in guideline.parameters.items()),
        "edition_hash": guideline.short_hash,
    }
    out = [
        {**shared, **_answer(rule, pairs, explanations[number], row, guideline)}
        for number, row in enumerate(rows.iter_rows(named=True))
        for rule, pairs, explanations in asked
    ]
    return pl.DataFrame(out, schema=dict(COLUMNS), orient="row")


def _answer(
    rule: Recommendation,
    pairs: tuple[tuple[str, str], ...],
    found: Explanation,
    row: Mapping[str, Any],
    guideline: Guideline,
) -> dict[str, object]:
    """One row of the table."""
    yes, unknown = found.verdict == "yes", found.verdict == "unknown"
    at_limits = because.at_limits(pairs, found, row, guideline)
    missing = because.needed(found.missing, row)
    dose, more = None, list(at_limits)
    if yes and rule.dose is not None:
        dose = advised(guideline.dose[rule.dose], row)
        more += [text for text in (dose.refused and f"no dose now: {dose.refused}", dose.note) if text]
        missing += dose.missing
    if yes and rule.dose_gap:
        more.append(rule.dose_gap)
    action = rule.action if yes else rule.when_unknown if unknown else None
    doubted = dose is not None and not guideline.dose[rule.dose or ""].verified
    return {
        "patient_id": row["patient_id"],
        "day": to_day(row["at"]),
        "rule": rule.id,
        "verdict": found.verdict,
        "action": action,
        "drug": rule.drug if yes else None,
        "dose": dose.said if dose else None,
        "because": because.sentence(rule, found, row, guideline, more),
        "missing": "; ".join(missing),
        "source": f"{guideline.source}; {rule.cites}",
        "verified": rule.verified and not doubted and not at_limits,
        "grade_verified": row["grade_verified"],
        "evidence": " ".join(rule.evidence),
        "cautions": " ".join((*rule.cautions, *guideline.cautions)) if action else "",
        "dose_value": dose.value if dose else None,
        "dose_unit": dose.unit if dose else None,
        "crs_grade_min": row["crs_grade_lo"],
        "crs_grade_max": row["crs_grade_hi"],
    }
