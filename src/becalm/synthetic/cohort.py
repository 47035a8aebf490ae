"""Synthetic cohorts: hospital records in the folder format, and the truth behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from becalm.record import TABLES, InputError, vocabulary
from becalm.synthetic import charting, events, exposures, observations
from becalm.synthetic.course import STEPS_PER_DAY, Course
from becalm.synthetic.draw import Rng, generator, happens, one_of
from becalm.synthetic.drawing import course as draw_course
from becalm.synthetic.settings import Settings
from becalm.synthetic.stamping import Row, day_text, infusion_text
from becalm.synthetic.truth import Moment, truth

TRUTH_COLUMNS = {
    "patient_id": pl.String, "start_day": pl.Float64, "end_day": pl.Float64, "grade": pl.Int8,
    "episode": pl.Int32, "treated": pl.Boolean, "fever": pl.Boolean, "fever_cause": pl.String,
    "hypotension": pl.Int8, "hypotension_cause": pl.String, "hypoxia": pl.Int8,
    "hypoxia_cause": pl.String, "vasopressors": pl.Int8,
    "oxygen": pl.String, "temperature": pl.Float64, "sbp": pl.Float64, "map": pl.Float64, "spo2": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class SyntheticCohort:
    """Records and truth.

    Attributes:
        tables: `patients`, `observations`, `exposures`, `events` and (unless coverage is by rows)
            `coverage`, in the folder format as raw text columns: what `becalm.sources.read_tables` and
            `write_folder` take.
        truth: one row for each stretch [start_day, end_day) of a patient's latent course, in order, from the
            infusion to the end of the record (a death: one day more): the true ASTCT 2019 `grade` (null after
            a death from another cause), the number of the `episode` (0 outside one), whether fever is waived
            by treatment (`treated`), the levels of both axes (0, 2, 3 or 4, before attribution), the cause of
            each sign, and the signs themselves (Cel, mm[Hg], %).
    """

    tables: dict[str, pl.DataFrame]
    truth: pl.DataFrame


def generate(
    n: int, seed: int, settings: Settings | None = None, *, patients: Iterable[int] | None = None
) -> SyntheticCohort:
    """Draw `n` patients of a seed, or those whose numbers are given: patient `i` is the same in every cohort.

    Args:
        n: how many patients, numbered from 0; ignored where `patients` is given.
        seed: a non-negative whole number.
        settings: what the hospital records; the default is `Settings()`.
        patients: the numbers to draw, for batches and subsets.

    Raises:
        InputError: if `n`, `seed` or a number is negative.
    """
    numbers = sorted(set(patients)) if patients is not None else list(range(n))
    if n < 0 or seed < 0 or any(i < 0 for i in numbers):
        raise InputError(
            f"n = {n}, seed = {seed}, patients = {numbers[:5]}: give numbers that are not negative."
        )
    settings = settings or Settings()
    texts: dict[str, list[Row]] = {name: [] for name in TABLES}
    moments: list[dict[str, object]] = []
    for number in numbers:
        course = draw_course(seed, number, settings)
        ident = {"patient_id": course.person.patient_id}
        for name, rows in _record(seed, number, course, settings).items():
            texts[name] += [{**ident, **row} for row in rows]
        moments += [_truth_row(course, m) for m in truth(course, settings.scenario)]
    if settings.coverage == "declared":
        texts["coverage"] = [{"class": name} for name in _classes()]
    frames = {name: _frame(name, rows) for name, rows in texts.items() if name != "coverage" or rows}
    return SyntheticCohort(frames, pl.DataFrame(moments, schema=TRUTH_COLUMNS, orient="row"))


def _record(seed: int, number: int, course: Course, settings: Settings) -> dict[str, list[Row]]:
    """All rows of one patient."""

    def rng(purpose: str) -> Rng:
        return generator(seed, number, purpose)

    readings = charting.vitals(rng("vitals"), course, settings)
    readings += charting.laboratory(rng("laboratory"), course, settings)
    readings += charting.scores(rng("scores"), course, settings)
    record = {
        "patients": [_patient(rng("patients"), course, number, settings)],
        "observations": observations.rows(rng("observations"), course, number, readings, settings),
        "exposures": exposures.rows(rng("exposures"), course, number, settings),
        "events": events.rows(rng("events"), course, number, settings),
    }
    if settings.coverage == "partial":
        record["coverage"] = _partial_coverage(rng("coverage"), course)
    return record


def _patient(rng: Rng, course: Course, number: int, settings: Settings) -> Row:
    who = course.person
    unknown = happens(rng, settings.chance("age_unknown"))
    return {
        "infusion_time": infusion_text(course.clock, number, course.infusion),
        "age_years": "" if unknown else f"{who.age_years:g}",
        "sex": who.sex,
        "weight_kg": f"{who.weight_kg:g}",
        "disease": who.disease,
        "disease_pattern": who.disease_pattern,
        "product": who.product,
        "costimulation": who.costimulation,
        "blasts_percent": str(int(rng.integers(0, 95))) if who.disease == "B-ALL" else "",
        "tumour_diameter_cm": f"{rng.uniform(1, 12):.1f}" if who.disease_pattern == "compartmental" else "",
        "baseline_sbp": "" if who.baseline_sbp is None else f"{who.baseline_sbp:g}",
        "home_cpap": "true" if who.home_cpap else "",
        "followup_day": str(course.end // STEPS_PER_DAY),
    }


def _partial_coverage(rng: Rng, course: Course) -> list[Row]:
    """For each class: covered for this patient throughout, in a window, or not declared."""
    out: list[Row] = []
    for name in _classes():
        kind = one_of(rng, ("all", "all", "window", "none"))
        start, end = sorted(int(x) for x in rng.integers(course.begin, course.end, 2))
        if kind == "all":
            out.append({"class": name})
        elif kind == "window":
            out.append({"class": name, "start_day": day_text(start), "end_day": day_text(end + 1)})
    return out


def _classes() -> Sequence[str]:
    return vocabulary().terms["coverage_class"]


def _frame(name: str, rows: list[Row]) -> pl.DataFrame:
    """Text columns in the order of the folder format; blank cells are null."""
    columns = [c for c in TABLES[name].columns if any(c in row for row in rows)] or list(TABLES[name].columns)
    return pl.DataFrame(
        {c: [row.get(c) or None for row in rows] for c in columns}, schema=dict.fromkeys(columns, pl.String)
    )


def _truth_row(course: Course, moment: Moment) -> dict[str, object]:
    s = moment.state
    return {
        "patient_id": course.person.patient_id,
        "start_day": moment.start / STEPS_PER_DAY,
        "end_day": moment.end / STEPS_PER_DAY,
        "grade": moment.grade,
        "episode": moment.episode,
        "treated": moment.treated,
        "fever": s.fever,
        "fever_cause": moment.causes.get("fever"),
        "hypotension": s.hypotension,
        "hypotension_cause": moment.causes.get("hypotension"),
        "hypoxia": s.hypoxia,
        "hypoxia_cause": moment.causes.get("hypoxia"),
        "vasopressors": s.vasopressors,
        "oxygen": s.oxygen,
        "temperature": s.temperature,
        "sbp": s.sbp,
        "map": s.map,
        "spo2": s.spo2,
    }
