"""Local signs: which hold, how bad they are, and what the classes of risk make of them."""

from __future__ import annotations

import pytest

from becalm import grade
from tests.timeline.family_facts import at, cohort

COVERED = [{"class": "local_sign"}, {"class": "death"}]
NONE, SWELLING, COMPRESSION, EXTENSIVE = range(4)


def sign(day, value, site="neck", severity="compensated"):
    return {"day": day, "event": "local_sign", "value": value, "site": site, "severity": severity}


def found(*events, day=6.0, covered=True, **policies):
    record = cohort(events=events, patients=[{}], coverage=COVERED if covered else [{"class": "death"}])
    return at(record, "local", day, **policies)


def graded(scale, *events, day=6.0, covered=True, **patient):
    alive = [{"day": 6.5, "concept": "weight", "value": 60, "unit": "kg"}]
    coverage = COVERED if covered else [{"class": "death"}]
    record = cohort(events=events, patients=[patient], observations=alive, coverage=coverage)
    row = grade(record, scale, at=[day]).row(0, named=True)
    return row["grade_min"], row["grade_max"]


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("swelling", SWELLING),
        ("compression", COMPRESSION),
        ("airway", COMPRESSION),
        ("effusion", COMPRESSION),
        ("massive_effusion", EXTENSIVE),
        ("bleeding", EXTENSIVE),
        ("perforation", EXTENSIVE),
    ],
)
def test_what_each_sign_is_worth(value, level):
    assert found(sign(5.1, value))["local_sign"] == (level, level)


SEQUENCES = [
    ((sign(5.1, "swelling"), sign(5.2, "resolved")), (NONE, NONE)),
    ((sign(5.1, "swelling"), sign(5.2, "compression")), (COMPRESSION, COMPRESSION)),
    ((sign(5.1, "compression"), sign(5.2, "swelling")), (SWELLING, SWELLING)),
    ((sign(5.1, "compression", "chest"), sign(5.2, "swelling")), (COMPRESSION, COMPRESSION)),
    ((sign(5.1, "compression", "chest"), sign(5.2, "resolved", "neck")), (COMPRESSION, COMPRESSION)),
    ((sign(5.1, "swelling"), sign(5.1, "compression")), (COMPRESSION, COMPRESSION)),  # at once
    ((sign(5.1, "swelling"), sign(5.1, "resolved")), (NONE, SWELLING)),  # which was last?
    ((sign(5.1, "swelling"), sign(5.2, "resolved", None)), (NONE, NONE)),
    ((sign(5, "swelling"), sign(5, "resolved")), (NONE, SWELLING)),  # some time of one day
    ((sign(5, "swelling"),), (SWELLING, SWELLING)),
    ((sign(None, "swelling"),), (NONE, SWELLING)),  # at some time of the record
    ((sign(6.1, "swelling"),), (NONE, NONE)),  # not yet
]


@pytest.mark.parametrize(("events", "expected"), SEQUENCES)
def test_a_sign_holds_until_the_next_of_its_site(events, expected):
    assert found(*events)["local_sign"] == expected


def test_a_sign_of_a_day_may_have_come_at_any_time_of_it():
    assert found(sign(5, "swelling"), day=5.5)["local_sign"] == (NONE, SWELLING)


def test_a_resolved_without_a_site_by_policy_ends_only_signs_without_one():
    events = (sign(5.1, "swelling"), sign(5.2, "resolved", None))
    assert found(*events, local_resolved_without_site_ends_all=False)["local_sign"] == (SWELLING, SWELLING)


def test_what_is_not_covered_is_unknown():
    facts = found(covered=False)
    assert facts["local_sign"] == (None, EXTENSIVE)
    assert facts["local_decompensation"] == (False, True)
    assert found()["local_sign"] == (NONE, NONE)


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("compensated", (False, False)), ("decompensated", (True, True)), (None, (False, True))],
)
def test_the_organs_around_the_lesion(severity, expected):
    assert found(sign(5.1, "swelling", severity=severity))["local_decompensation"] == expected


GRADES = [
    ((), (0, 0), (1, 1)),
    ((sign(5.1, "swelling"),), (2, 2), (1, 1)),
    ((sign(5.1, "swelling", severity=None),), (2, 4), (1, 2)),
    ((sign(5.1, "swelling", severity="decompensated"),), (4, 4), (2, 2)),
    ((sign(5.1, "effusion"),), (3, 3), (1, 1)),
    ((sign(5.1, "compression"),), (3, 3), (2, 2)),
    ((sign(5.1, "compression", severity=None),), (3, 4), (2, 2)),
    ((sign(5.1, "airway", "larynx", "decompensated"),), (4, 4), (2, 2)),
    ((sign(5.1, "massive_effusion", "pleura"),), (3, 4), (1, 1)),
    ((sign(5.1, "bleeding", "stomach"),), (3, 4), (2, 2)),
    ((sign(5.1, "swelling", "colon"),), (2, 2), (1, 2)),
    ((sign(5.1, "perforation", None),), (3, 4), (1, 2)),
]


@pytest.mark.parametrize(("events", "local", "risk"), GRADES)
def test_grades_of_a_lesion_of_6_cm(events, local, risk):
    assert graded("li-2023-local", *events, tumour_diameter_cm=6) == local
    assert graded("wei-2020-risk", *events, tumour_diameter_cm=6) == risk


@pytest.mark.parametrize(
    ("patient", "expected"),
    [
        ({"tumour_diameter_cm": 9.9}, (1, 1)),
        ({"tumour_diameter_cm": 10}, (2, 2)),
        ({"tumour_diameter_cm": 0}, (0, 0)),
        ({"disease_pattern": "compartmental"}, (1, 2)),
        ({"disease_pattern": "systemic"}, (0, 2)),
        ({}, (0, 2)),
    ],
)
def test_the_risk_before_any_sign(patient, expected):
    assert graded("wei-2020-risk", **patient) == expected


def test_a_local_sign_needs_no_systemic_syndrome_and_leaves_its_grade_alone():
    events = (sign(5.1, "compression", severity="decompensated"),)
    assert graded("li-2023-local", *events) == (4, 4)
    assert graded("astct-2019", *events) == graded("astct-2019")
