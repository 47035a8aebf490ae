"""Scores and consciousness: not done is not normal, a score bounds consciousness, sedation blurs both."""

import polars as pl
import pytest

from becalm import grade
from tests.timeline.bedside import at, because_of, bedside, event, told


@pytest.mark.parametrize(
    ("ice", "expected"),
    [
        ("10", (0, 0)),
        ("9", (1, 1)),
        ("7", (1, 1)),
        ("6", (2, 2)),
        ("3", (2, 2)),
        ("2", (3, 3)),
        ("1", (3, 3)),
    ],
)
def test_an_ice_score_alone_decides_since_a_patient_who_answers_is_awake(ice, expected):
    assert at(bedside(("5.1", "ice", ice)), 5.2) == expected


def test_an_ice_score_of_0_is_3_if_awake_and_4_if_not():
    assert at(bedside(("5.1", "ice", "0")), 5.2) == (3, 4)
    assert at(bedside(("5.1", "ice", "0"), ("5.1", "consciousness", "alert")), 5.2) == (3, 3)
    assert at(bedside(("5.1", "ice", "0"), ("5.1", "consciousness", "coma")), 5.2) == (4, 4)


def test_without_the_policy_an_unrecorded_consciousness_stays_unknown():
    cohort = bedside(("5.1", "ice", "10"))
    assert at(cohort, 5.2, score_bounds_consciousness=False) == (0, 4)


def test_a_recorded_consciousness_is_never_bettered_by_the_score():
    assert at(bedside(("5.1", "ice", "10"), ("5.2", "consciousness", "tactile")), 5.3) == (3, 3)


def test_the_bound_lasts_as_long_as_the_score():
    cohort = bedside(("5.0001", "ice", "10"))
    assert at(cohort, 5.49) == (0, 0)
    assert at(cohort, 5.51) == (0, 4)


def test_a_range_of_scores_bounds_by_its_lowest():
    cohort = bedside(observations=[{"day": "5.1", "concept": "ice", "value": "6", "value_high": "10"}])
    assert at(cohort, 5.2) == (0, 2)


@pytest.mark.parametrize(
    ("capd", "expected"), [("0", (0, 0)), ("1", (1, 2)), ("8", (1, 2)), ("9", (3, 3)), ("32", (3, 3))]
)
def test_a_capd_below_9_leaves_grade_1_or_2_to_the_level_of_consciousness(capd, expected):
    cohort = bedside(("5.1", "capd", capd), age="11")
    assert at(cohort, 5.2) == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [("11.99", (3, 3)), ("12", (1, 1)), ("12.5", (1, 1)), (None, (1, 3))],
)
def test_the_table_follows_the_age_in_completed_years(age, expected):
    cohort = bedside(
        ("5.1", "ice", "8"), ("5.1", "capd", "9"), ("5.1", "consciousness", "awakens_spontaneously"), age=age
    )
    assert at(cohort, 5.2) == expected


def test_without_an_age_either_table_may_be_right():
    cohort = bedside(("5.1", "ice", "10"), age=None)
    assert at(cohort, 5.2) == (0, 3)
    assert at(cohort, 5.2, unknown_age_uses_ice=True) == (0, 0)
    assert "the age" in told(cohort, 5.2, "missing")


def test_the_age_limit_is_a_policy():
    cohort = bedside(("5.1", "ice", "10"), ("5.1", "capd", "9"), age="12")
    assert at(cohort, 5.2) == (0, 0)
    assert at(cohort, 5.2, ice_from_age=13) == (3, 3)


def test_a_score_of_a_whole_day_yields_to_one_of_that_day():
    cohort = bedside(("5", "ice", "2"), ("5.5", "ice", "8"))
    assert [at(cohort, day) for day in (5.2, 5.6)] == [(3, 3), (1, 1)]


def test_a_score_without_a_time_makes_a_range_where_another_is_in_force():
    cohort = bedside(("5.1", "ice", "10"), observations=[{"concept": "ice", "value": "5", "day": None}])
    assert at(cohort, 5.2) == (0, 2)


def test_a_consciousness_without_a_time_may_be_of_now():
    cohort = bedside(
        ("5.1", "ice", "10"), observations=[{"concept": "consciousness", "value": "coma", "day": None}]
    )
    assert at(cohort, 5.2) == (0, 4)


PROPOFOL = {"name": "propofol", "start_day": "5.2", "end_day": "5.3", "rate": "50"}


def test_what_is_shown_under_a_sedative_may_be_its_effect():
    cohort = bedside(("5.25", "ice", "4"), ("5.25", "consciousness", "coma"), drugs=[PROPOFOL])
    assert at(cohort, 5.26) == (0, 4)
    assert at(cohort, 5.26, sedation_blurs=False) == (4, 4)
    assert "which propofol may explain" in told(cohort, 5.26)


def test_a_sedative_does_not_explain_what_was_seen_before_it():
    cohort = bedside(("5.1", "ice", "4"), drugs=[PROPOFOL])
    assert [at(cohort, day) for day in (5.19, 5.21, 5.5)] == [(2, 2), (2, 2), (2, 2)]


def test_a_score_of_a_whole_day_may_be_of_the_sedation_of_that_day():
    cohort = bedside(("5", "ice", "4"), ("7", "ice", "4"), drugs=[PROPOFOL])
    assert [at(cohort, day) for day in (5.1, 5.21, 5.9, 7.1)] == [(2, 2), (0, 2), (0, 2), (2, 2)]


@pytest.mark.parametrize(
    ("day", "expected"), [("0.4", (0, 1)), ("0", (0, 1)), ("0.42", (1, 1)), ("-0.05", (0, 1)), (None, (0, 4))]
)
def test_a_score_of_before_the_infusion_is_no_sign(day, expected):
    row = {"day": day, "concept": "ice", "value": "8"}
    cohort = bedside(observations=[row], infused="2024-01-01T10:00:00")
    assert at(cohort, 0.43) == expected
    alert = {"day": "0.41", "concept": "consciousness", "value": "alert"}
    cohort = bedside(observations=[row, alert], infused="2024-01-01T10:00:00")
    assert at(cohort, 0.43)[0] == expected[0]
    if day in ("0.4", "-0.05"):
        assert at(cohort, 0.43) == (0, 0)
        assert at(cohort, 0.43, signs_before_infusion_count=True) == (1, 1)


@pytest.mark.parametrize(
    ("day", "expected"), [("0.4", (0, 0)), ("-3", (0, 0)), ("0", (0, 4)), ("0.42", (4, 4))]
)
@pytest.mark.parametrize("name", ["motor_weakness", "raised_intracranial_pressure"])
def test_a_finding_of_before_the_infusion_is_no_sign(name, day, expected):
    well = ("0.9", "ice", "10"), ("1.4", "ice", "10")
    cohort = bedside(*well, events=[event(day, name)], infused="2024-01-01T10:00:00")
    assert [at(cohort, when) for when in (0.95, 1.5)] == [expected, expected]
    assert at(cohort, 1.5, signs_before_infusion_count=True) == (4, 4)


def test_a_sedative_acts_for_a_time_after_its_end():
    cohort = bedside(("5.75", "ice", "4"), ("5.85", "ice", "4"), drugs=[PROPOFOL])
    assert [at(cohort, day) for day in (5.76, 5.84, 5.86)] == [(0, 2), (0, 2), (2, 2)]
    assert at(cohort, 5.76, sedation_after_hours=6) == (2, 2)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "midazolam", "end_day": None, "rate": None}, (0, 2)),
        ({"name": "lorazepam", "route": "po"}, (0, 2)),
        ({"name": "ketamine", "route": "topical"}, (2, 2)),
        ({"name": "levetiracetam"}, (2, 2)),
        ({"name": "morphine"}, (2, 2)),
        ({"start_day": "7"}, (2, 2)),
        ({"start_day": None, "end_day": None}, (0, 2)),
    ],
)
def test_only_systemic_sedatives_of_that_time_count(changes, expected):
    cohort = bedside(("5.25", "ice", "4"), drugs=[{**PROPOFOL, **changes}])
    assert at(cohort, 5.26) == expected


def test_normal_scores_under_a_sedative_stay_normal():
    cohort = bedside(("5.25", "ice", "10"), drugs=[PROPOFOL])
    assert at(cohort, 5.26) == (0, 0)


@pytest.mark.parametrize("value", ["brief", "prolonged"])
def test_sedation_does_not_explain_a_seizure(value):
    cohort = bedside(("5.25", "ice", "10"), drugs=[PROPOFOL], events=[event("5.25", "seizure", value)])
    assert at(cohort, 5.26)[0] == (3 if value == "brief" else 4)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("infection", (0, 0)),
        ("other", (0, 0)),
        ("icans", (2, 2)),
        ("crs", (0, 2)),
        ("unknown", (0, 2)),
        (None, (0, 2)),
    ],
)
def test_cognition_is_attributed(cause, expected):
    cohort = bedside(
        ("5.1", "ice", "5"),
        ("5.1", "consciousness", "alert"),
        events=[because_of("5.05", "cognition", cause)],
    )
    assert at(cohort, 5.2) == expected
    assert at(cohort, 5.2, attribution_used=False) == (2, 2)


def test_an_attribution_is_of_its_axis_and_holds_until_the_next():
    events = [
        because_of("5.05", "consciousness", "other"),
        because_of("5.2", "consciousness", "icans"),
        because_of("5.3", "consciousness", "other"),
        because_of("5.4", "consciousness", None, "resolved"),
    ]
    cohort = bedside(("5.1", "ice", "9"), ("5.1", "consciousness", "voice"), events=events)
    assert [at(cohort, day) for day in (5.15, 5.25, 5.35, 5.45)] == [(1, 1), (2, 2), (1, 1), (2, 2)]


def test_an_attribution_of_a_whole_day_may_come_at_any_time_of_it():
    scores = [(day, *score) for day in ("5.1", "5.9") for score in (("ice", "5"), ("consciousness", "alert"))]
    cohort = bedside(*scores, events=[because_of("5", "cognition", "infection")])
    assert [at(cohort, day) for day in (5.2, 6.0)] == [(0, 2), (0, 0)]


def test_attributions_of_neurological_axes_leave_crs_alone():
    fever = ("5.0001", "temperature", "39")
    plain = bedside(fever, ("5.1", "ice", "5"))
    judged = bedside(
        fever,
        ("5.1", "ice", "5"),
        events=[
            because_of("5.2", axis, "infection")
            for axis in ("cognition", "consciousness", "seizure", "motor")
        ],
    )
    assert grade(plain)["grade_min"].max() == 1
    columns = ["start_day", "end_day", "grade_min", "grade_max", "missing"]
    assert grade(judged).select(columns).equals(grade(plain).select(columns))


@pytest.mark.parametrize(
    ("cause", "expected"),
    [("icans", (5, 5)), ("neurotoxicity", (5, 5)), ("crs", (None, None)), (None, (3, 5))],
)
def test_only_a_death_from_icans_is_grade_5(cause, expected):
    cells = {} if cause is None else {"cause": cause}
    cohort = bedside(("5.1", "ice", "2"), events=[event("5.3", "death", **cells)])
    assert at(cohort, 5.4) == expected


def test_a_death_from_icans_ends_the_record_of_crs():
    cohort = bedside(("5.0001", "temperature", "39"), events=[event("5.1", "death", cause="icans")])
    assert at(cohort, 5.2, "astct-2019") == (None, None)


def test_a_sedative_of_which_only_the_day_is_known_leaves_no_question_about_crs():
    drug = {"name": "lorazepam", "start_time": "2024-01-06", "kind": "drug", "patient_id": "p"}
    doubtful = {"day": "4.6", "concept": "temperature", "value": "37.5", "value_high": "38.5"}
    later = ("5.1", "ice", "4"), ("5.1", "temperature", "37")
    cohort = bedside(*later, observations=[doubtful], exposures=pl.DataFrame([drug]))
    assert at(cohort, 5.2) == (0, 2)
    assert "which lorazepam may explain" in told(cohort, 5.2)
    assert "(temperature 37.5 to 38.5 Cel on day 4.6)" in told(cohort, 5.2, "missing", "astct-2019")
