"""The truth: its own rules, and the records of complete patients that agree with it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from becalm.scales import grade
from becalm.sources import read_tables
from becalm.synthetic import Settings, generate, scenario
from becalm.synthetic.course import STEPS_PER_DAY, Course, Dose, Judgement, Person, Support, Track
from becalm.synthetic.truth import truth

DAY = STEPS_PER_DAY
WHO = Person("x", 45, "female", 70, "B-ALL", "systemic", "tisagenlecleucel", "4-1BB", None, home_cpap=False)


def flat(value: float) -> Track:
    return Track((0,), (value,))


def course(*temperatures: tuple[float, float], **changes: object) -> Course:
    """A course of eight days with these temperatures from these days on, and nothing else unless given."""
    track = Track((0, *(round(d * DAY) for d, _ in temperatures)), (36.8, *(t for _, t in temperatures)))
    plain = Course(
        person=WHO, clock="day", infusion=0, begin=0, end=8 * DAY, peak=0, onsets=(), temperature=track,
        sbp=flat(120), mean=flat(80), spo2=flat(97), hypotension=(), hypoxia=(), supports=(), doses=(),
        judgements=(), findings=(), swelling=None, death=None, death_cause="", away=None,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def grades(latent: Course) -> list[tuple[float, int | None]]:
    """The day on which each grade begins."""
    out: list[tuple[float, int | None]] = []
    for moment in truth(latent, scenario()):
        if not out or out[-1][1] != moment.grade:
            out.append((moment.start / DAY, moment.grade))
    return out


def low(start: float, end: float) -> Track:
    return Track((0, round(start * DAY), round(end * DAY)), (120, 80, 120))


def pressor(start: float, end: float, name: str = "norepinephrine", indication: str = "") -> Support:
    return Support(round(start * DAY), round(end * DAY), "drug", name, indication, rate=5, rate_unit="ug/min")


def oxygen(start: float, end: float, name: str, indication: str = "", flow: float | None = None) -> Support:
    return Support(round(start * DAY), round(end * DAY), "oxygen", name, indication, flow_l_min=flow)


def test_untreated_fever_counts_for_24_hours_after_it() -> None:
    assert grades(course((2, 38.0), (3, 37.9))) == [(0, 0), (2, 1), (4, 0)]


def test_after_treatment_the_grade_is_0_at_once() -> None:
    dose = Dose(round(2.5 * DAY), "acetaminophen", "650", "mg", "po")
    assert grades(course((2, 39.0), (3, 37.0), doses=(dose,))) == [(0, 0), (2, 1), (3, 0)]


def test_a_dose_before_onset_does_not_waive_the_fever() -> None:
    dose = Dose(round(1.5 * DAY), "acetaminophen", "650", "mg", "po")
    assert grades(course((2, 39.0), (3, 37.0), doses=(dose,))) == [(0, 0), (2, 1), (4, 0)]


def test_eye_drops_are_no_treatment() -> None:
    drops = Dose(round(2.5 * DAY), "dexamethasone", "1", "{drop}", "ophthalmic")
    assert grades(course((2, 39.0), (3, 37.0), doses=(drops,))) == [(0, 0), (2, 1), (4, 0)]


def test_no_fever_no_crs() -> None:
    assert grades(course(sbp=low(2, 3), supports=(pressor(2, 3),))) == [(0, 0)]


def test_a_fever_before_infusion_is_no_onset_until_it_has_stopped() -> None:
    hot = Track((0, DAY, 2 * DAY, 3 * DAY), (39.0, 37.0, 39.0, 37.0))
    assert grades(course(temperature=hot)) == [(0, 0), (2, 1), (4, 0)]


@pytest.mark.parametrize(
    ("supports", "expected"),
    [
        ((pressor(2.5, 3),), 3),
        ((pressor(2.5, 3), pressor(2.5, 3, "vasopressin")), 3),
        ((pressor(2.5, 3, "vasopressin"),), 3),
        ((pressor(2.5, 3), pressor(2.5, 3, "epinephrine")), 4),
        ((pressor(2.5, 3, "dobutamine"),), 1),
        ((pressor(2.5, 3, indication="anaesthesia"),), 1),
        ((oxygen(2.5, 3, "nasal_cannula", flow=6.0),), 2),
        ((oxygen(2.5, 3, "nasal_cannula", flow=6.1),), 3),
        ((oxygen(2.5, 3, "nasal_cannula", "comfort", flow=2),), 1),
        ((oxygen(2.5, 3, "face_mask", flow=3),), 3),
        ((oxygen(2.5, 3, "cpap"),), 4),
        ((oxygen(2.5, 3, "cpap", "home"),), 1),
        ((oxygen(2.5, 3, "invasive_ventilation", "airway_protection"),), 1),
        ((oxygen(2.5, 3, "ecmo"),), 4),
        ((Support(1000, 1200, "fluid", "albumin", "hypotension"),), 2),
        ((Support(1000, 1200, "fluid", "albumin", ""),), 1),
    ],
)
def test_levels(supports: tuple[Support, ...], expected: int) -> None:
    found = grades(course((2, 39.0), supports=supports))
    assert [g for d, g in found if d == 2.5] in ([expected], [])
    assert max(g or 0 for _, g in found) == max(expected, 1)


def test_home_cpap_is_no_hypoxia_unless_it_is_for_crs() -> None:
    sleeper = replace(WHO, home_cpap=True)
    for indication, expected in (("", 1), ("hypoxia", 4)):
        latent = course((2, 39.0), person=sleeper, supports=(oxygen(2.5, 3, "cpap", indication),))
        assert max(g or 0 for _, g in grades(latent)) == expected


@pytest.mark.parametrize(
    ("age", "baseline", "sbp", "mean", "expected"),
    [
        (45, None, 89, 80, 2), (45, None, 90, 65, 1), (45, None, 95, 64, 2), (4.9, None, 77, 80, 2),
        (4.9, None, 78, 50, 1), (0.5, None, 70, 80, 1), (0.5, None, 69, 80, 2), (11, None, 89, 80, 2),
        (45, 98, 89, 80, 1), (45, 99, 89, 80, 2), (45, 130, 100, 80, 2), (4, 100, 71, 80, 2),
        (4, 100, 77, 80, 2), (4, 87, 78, 80, 1), (4, 86, 77, 80, 1),
    ],
)  # fmt: skip
def test_pressure_limits(age: float, baseline: float | None, sbp: float, mean: float, expected: int) -> None:
    who = replace(WHO, age_years=age, baseline_sbp=baseline)
    latent = course((2, 39.0), person=who, sbp=flat(sbp), mean=flat(mean))
    assert max(g or 0 for _, g in grades(latent)) == expected


def test_a_sign_within_24_hours_continues_the_episode_and_later_it_does_not() -> None:
    assert grades(course((2, 39.0), (3, 37.0), sbp=low(4, 4.5)))[-2:] == [(4, 2), (4.5, 0)]
    assert grades(course((2, 39.0), (3, 37.0), sbp=low(4.01, 4.5)))[-1] == (4, 0)


def test_a_new_fever_opens_a_new_episode() -> None:
    moments = truth(course((2, 39.0), (3, 37.0), (5, 39.0), (5.5, 37.0)), scenario())
    assert {m.episode for m in moments if m.grade} == {1, 2}


def test_attribution_holds_until_the_end_of_the_episode() -> None:
    said = (Judgement(round(2.2 * DAY), "hypotension", "infection", "infection"),)
    latent = course((2, 39.0), (3, 37.0), (5, 39.0), sbp=Track((0, 900), (120, 80)), judgements=said)
    assert grades(latent) == [(0, 0), (2, 1), (4, 0), (5, 2)]


def test_a_fever_of_another_cause_is_no_onset_until_the_cause_is_withdrawn() -> None:
    said = (Judgement(2 * DAY, "fever", "infection", "infection"), Judgement(3 * DAY, "fever", "crs", "crs"))
    assert grades(course((2, 39.0), judgements=said)) == [(0, 0), (3, 1)]


@pytest.mark.parametrize(("cause", "expected"), [("crs", 5), ("infection", None)])
def test_death(cause: str, expected: int | None) -> None:
    latent = course((2, 39.0), end=3 * DAY, death=3 * DAY, death_cause=cause)
    assert grades(latent) == [(0, 0), (2, 1), (3, expected)]


def test_truth_covers_each_record_once_from_the_infusion() -> None:
    whole = generate(40, seed=21, settings=Settings(everything=True)).truth
    joined = whole.with_columns(next=pl.col("start_day").shift(-1).over("patient_id")).drop_nulls("next")
    assert (joined["end_day"] == joined["next"]).all()
    assert (whole["end_day"] > whole["start_day"]).all()


def test_every_grade_is_true_of_somebody() -> None:
    found = generate(200, seed=22).truth["grade"].unique().to_list()
    assert set(found) == {0, 1, 2, 3, 4, 5, None}


TOLERANCE = 2.5 / STEPS_PER_DAY
"""The last fever reading of a complete record is at most two steps before the fever ends."""


@pytest.mark.parametrize("seed", [31, 32])
def test_the_grade_of_a_complete_record_is_the_true_one(seed: int) -> None:
    cohort = generate(20, seed=seed, settings=Settings(complete=True))
    found = grade(read_tables(cohort.tables))
    checked = 0
    for patient, true in cohort.truth.group_by("patient_id"):
        computed = found.filter(pl.col("patient_id") == patient[0])
        for moment in true.iter_rows(named=True):
            middle = (moment["start_day"] + moment["end_day"]) / 2
            if moment["end_day"] - moment["start_day"] < 2 * TOLERANCE:
                continue
            answer = computed.filter(pl.col("start_day") <= middle, pl.col("end_day") > middle)
            if answer.is_empty() and moment["start_day"] >= true["end_day"][-1] - 1.5:
                continue  # after the last datum nothing is shown
            row = answer.row(0, named=True)
            assert (row["grade_min"], row["grade_max"]) == (moment["grade"],) * 2, (moment, row)
            checked += 1
    assert checked > 1000
