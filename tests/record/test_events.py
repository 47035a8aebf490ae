"""Events: known names and closed lists; a death stays a death whatever its cause says."""

import pytest

from tests.record.building import counts, happened, refusals


def test_an_unknown_event_is_refused_with_a_suggestion():
    cohort = happened({"event": "atribution"})
    assert refusals(cohort) == [(1, "event", "atribution")]
    assert "did you mean attribution" in cohort.report.refusals["next_step"][0]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"event": "attribution", "axis": "fevr", "cause": "crs"}, "axis"),
        ({"event": "attribution", "axis": None, "cause": "crs"}, "axis"),
        ({"event": "attribution", "axis": "fever", "value": "maybe"}, "value"),
        ({"event": "local_sign", "value": "bump"}, "value"),
        ({"event": "local_sign", "value": None}, "value"),
        ({"event": "hypotension", "value": "perhaps"}, "value"),
        ({"event": "cerebral_edema", "value": "big"}, "value"),
        ({"event": None}, "event"),
        ({"patient_id": None}, "patient_id"),
    ],
)
def test_a_row_whose_meaning_is_lost_is_refused(cells, column):
    cohort = happened(cells)
    assert cohort.events.height == 0
    assert [found for _, found, _ in refusals(cohort)] == [column]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"event": "death", "cause": "meteor"}, "cause"),
        ({"event": "attribution", "axis": "fever", "cause": "meteor"}, "cause"),
        ({"event": "local_sign", "value": "swelling", "severity": "bad"}, "severity"),
        ({"event": "infection", "value": "pneumonia"}, "value"),
        ({"event": "infection", "value": "7"}, "value"),
        ({"event": "organ_toxicity", "value": "2.5"}, "value"),
        ({"event": "seizure", "value": "tonic-clonic"}, "value"),
        ({"event": "motor_weakness", "value": "left arm"}, "value"),
        ({"event": "raised_intracranial_pressure", "value": "headache"}, "value"),
    ],
)
def test_a_bad_detail_is_refused_and_the_event_stays(cells, column):
    cohort = happened(cells)
    assert cohort.events[column].to_list() == [None]
    assert [found for _, found, _ in refusals(cohort)] == [column]
    assert counts(cohort.report) == (1, 0, 0, 1)


def test_names_are_folded():
    cohort = happened(
        {"event": "Local Sign", "value": "Massive effusion", "site": "Left Neck", "severity": "COMPENSATED"}
    )
    kept = cohort.events.select("event", "value", "site", "severity").row(0)
    assert kept == ("local_sign", "massive_effusion", "left_neck", "compensated")


def test_a_finding_said_to_be_present_is_a_blank_value():
    cohort = happened(
        {"event": "hypotension", "value": "yes"}, {"event": "hypotension", "value": "Resolved", "day": "2"}
    )
    assert cohort.events["value"].to_list() == [None, "resolved"]


def test_a_grade_is_a_whole_number():
    assert happened({"event": "infection", "value": "3.0"}).events["value"].to_list() == ["3"]


def test_a_whole_day_event():
    assert happened({"day": "3"}).events["whole_day"].to_list() == [True]


def test_an_attribution_with_a_blank_cause_is_kept():
    cohort = happened({"event": "attribution", "axis": "fever"})
    assert cohort.report.refused == 0
    assert cohort.events["cause"].to_list() == [None]
