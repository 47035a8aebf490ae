"""Infections: what holds, what was given for them, and the grades by both editions of the CTCAE."""

from __future__ import annotations

import pytest

from becalm import grade
from tests.timeline.family_facts import at, cohort, steps, when

CLASSES = ("vasopressor", "oxygen", "fluid", "anti_infective", "attribution", "death")
V5, V4 = "infection-ctcae-5", "infection-ctcae-4-zhang-2022"
NONE, LOCAL, ORAL, INTRAVENOUS, INVASIVE = range(5)
NO, YES, PERHAPS = (False, False), (True, True), (False, True)


def infected(day, site="lung", severity="symptomatic", **more):
    return {"day": day, "event": "infection", "site": site, "severity": severity, **more}


def culture(day, value="positive", cause="bacteria", **more):
    return {"day": day, "event": "blood_culture", "value": value, "cause": cause, **more}


def drug(day, name="meropenem", route="iv", indication="infection", **more):
    return {
        "start_day": day, "kind": "drug", "name": name, "route": route, "indication": indication, **more
    }  # fmt: skip


def record(*rows, temperatures=None, without=()):
    """A record of events and exposures; its temperature is 37.0 all the time, or as (day, Cel) say."""
    warm = temperatures if temperatures is not None else [(n / 4 + 0.01, 37.0) for n in range(60)]
    return cohort(
        patients=[{}],
        events=[row for row in rows if "event" in row],
        exposures=[row for row in rows if "kind" in row],
        observations=[{"day": d, "concept": "temperature", "value": v, "unit": "Cel"} for d, v in warm],
        coverage=[{"class": name} for name in CLASSES if name not in without],
    )


def graded(scale, *rows, day=6.0, **more):
    row = grade(record(*rows, **more), scale, at=[day]).row(0, named=True)
    return row["grade_min"], row["grade_max"]


DRAINAGE = {"start_day": 5.3, "kind": "procedure", "name": "drainage", "indication": "infection"}
SALINE = {"start_day": 5.3, "kind": "fluid", "name": "saline", "indication": "infection"}
VASOPRESSOR = {"start_day": 5.3, "end_day": 5.8, "kind": "drug", "name": "norepinephrine", "route": "iv"}
NOT_CRS = {"day": 4.9, "event": "attribution", "axis": "fever", "cause": "local"}
TREATMENT = [
    ((), (NONE, NONE)),
    ((drug(5.2),), (INTRAVENOUS, INTRAVENOUS)),
    ((drug(5.2, route="po"),), (ORAL, ORAL)),
    ((drug(5.2, route="topical"),), (LOCAL, LOCAL)),
    ((drug(5.2, route=None),), (ORAL, INTRAVENOUS)),
    ((drug(5.2, indication="prophylaxis"),), (NONE, NONE)),
    ((drug(5.2, indication=None),), (INTRAVENOUS, INTRAVENOUS)),  # begun in the infection
    ((drug(5.0, indication=None),), (NONE, INTRAVENOUS)),  # begun before it: treatment or prophylaxis?
    ((drug(5.0),), (INTRAVENOUS, INTRAVENOUS)),
    ((drug(3.0),), (NONE, NONE)),  # a dose two days before is none for it
    ((drug(3.0, end_day=5.5),), (INTRAVENOUS, INTRAVENOUS)),
    ((drug(5.2, indication="fever"),), (NONE, INTRAVENOUS)),
    ((drug(5.2, "dexamethasone"),), (NONE, NONE)),
    ((drug(5.2, "fluconazole", "po"), drug(5.4, "caspofungin")), (INTRAVENOUS, INTRAVENOUS)),
    ((drug(5.2), drug(5.4, route="po")), (INTRAVENOUS, INTRAVENOUS)),  # the most so far
    (
        ({"start_day": 5.3, "kind": "procedure", "name": "drainage", "indication": "infection"},),
        (INVASIVE,) * 2,
    ),
    (({"start_day": 5.3, "kind": "procedure", "name": "marrow_biopsy"},), (NONE, INVASIVE)),
    ((drug(6.5),), (NONE, NONE)),  # not yet
]


@pytest.mark.parametrize(("rows", "expected"), TREATMENT)
def test_what_was_given_for_an_infection(rows, expected):
    assert at(record(infected(5.1), *rows), "infection", 6.0)["infection_treatment"] == expected


def test_a_drug_without_a_time_may_have_been_given_at_any_time():
    rows = infected(5.1), drug(None, indication="infection")
    assert at(record(*rows), "infection", 6.0)["infection_treatment"] == (NONE, INTRAVENOUS)


def test_drugs_that_are_not_covered_are_unknown():
    found = at(record(infected(5.1), without=("anti_infective",)), "infection", 6.0)
    assert found["infection_treatment"] == (NONE, INTRAVENOUS)
    assert at(record(infected(5.1), without=("anti_infective",)), "infection", 5.0)[
        "infection_treatment"
    ] == (0, 0)


def test_what_was_given_counts_until_the_infection_has_resolved():
    rows = infected(5.1), drug(5.2), infected(7.01, value="0"), infected(9.1, "skin")
    for day, expected in ((6.9, INTRAVENOUS), (7.5, NONE), (9.5, NONE)):
        assert at(record(*rows), "infection", day)["infection_treatment"] == (expected, expected)


OPEN = [
    ((infected(5.1),), YES),
    ((infected(6.1),), NO),
    ((infected(5),), YES),
    ((infected(6),), PERHAPS),  # some time of day 6
    ((infected(None),), PERHAPS),
    ((infected(5.1), infected(5.3, value="0")), NO),
    ((infected(5.1), infected(5.3, "skin", value="0")), YES),
    ((infected(5.1, "pneumonia"), infected(5.3, "Lungs", value="0")), NO),  # two names of one site
    ((infected(5.1), infected(5.3, None, value="0")), NO),
    ((infected(5.1), infected(5.1, value="0")), PERHAPS),
]


@pytest.mark.parametrize(("rows", "expected"), OPEN)
def test_an_infection_lasts_until_its_grade_is_0(rows, expected):
    assert at(record(*rows), "infection", 6.0)["infection"] == expected


def test_sites_count_for_certain_where_every_infection_is_at_one():
    both = at(record(infected(5.1), infected(5.2, "toe")), "infection", 6.0)
    assert both["infection_site_by_treatment"] == PERHAPS
    assert both["infection_site_other"] == PERHAPS
    assert at(record(infected(5.1, None)), "infection", 6.0)["infection_site_by_treatment"] == PERHAPS


SIGNS = [
    ([(5.0, 37.0), (5.4, 37.1), (5.8, 36.9)], (), PERHAPS),  # no fever, but other signs?
    ([(5.0, 39.0), (5.4, 37.1), (5.8, 36.9)], (), YES),
    ([], (), PERHAPS),
    ([(5.0, 37.0), (5.4, 37.1), (5.8, 36.9)], (infected(5.0),), YES),
    (
        [(5.0, 39.0), (5.4, 37.1)],
        ({"day": 4.9, "event": "attribution", "axis": "fever", "cause": "local"},),
        PERHAPS,
    ),
    ([(5.0, 37.0), (5.4, 39.0), (5.8, 36.9)], (), YES),  # a fever of before
    ([(4.0, 39.0), (4.6, 37.0)], (), PERHAPS),  # a fever that was over
]


@pytest.mark.parametrize(("temperatures", "rows", "expected"), SIGNS)
def test_signs_with_a_positive_culture(temperatures, rows, expected):
    found = at(record(culture(5.1), *rows, temperatures=temperatures), "infection", 6.0)
    assert found["blood_culture_signs"] == expected


def test_a_culture_without_symptoms_says_so():
    rows = culture(5.1, severity="asymptomatic")
    assert at(record(rows, temperatures=[(5.0, 39.0)]), "infection", 6.0)["blood_culture_signs"] == NO


def test_a_negative_culture_ends_the_finding():
    rows = culture(5.1), culture(6.1, "negative", None)
    assert at(record(*rows), "infection", 6.0)["blood_culture_positive"] == YES
    assert at(record(*rows), "infection", 6.2)["blood_culture_positive"] == NO


GRADES = [
    # what happened, CTCAE v5.0, CTCAE v4.03 as Zhang 2022 used it
    ((), (0, 0), (0, 0)),
    ((drug(5.2),), (0, 3), (0, 3)),  # a drug for an infection that no row describes
    ((infected(5.1), drug(5.2, route="po")), (2, 2), (2, 2)),
    ((infected(5.1), drug(5.2)), (3, 3), (3, 3)),
    ((infected(5.1, "toe"), drug(5.2)), (2, 2), (3, 3)),  # v5.0: Other has no intravenous criterion
    ((infected(5.1, "toe", "hospitalised"),), (3, 3), (3, 3)),
    ((infected(5.1, "toe", "asymptomatic"),), (1, 1), (1, 1)),
    ((infected(5.1, "skin", "mild"),), (1, 1), (1, 1)),
    ((infected(5.1, None), drug(5.2)), (2, 3), (3, 3)),
    ((infected(5.1, "device"), drug(5.2, route="po")), (2, 2), (3, 3)),  # v4.03: device begins at 3
    ((infected(5.1, "endocarditis"),), (3, 3), (3, 3)),
    ((infected(5.1, "lung", "life_threatening"),), (4, 4), (4, 4)),
    ((infected(5.1, severity=None), {**VASOPRESSOR, "indication": "infection"}), (4, 4), (4, 4)),
    ((infected(5.1, severity=None), VASOPRESSOR), (2, 4), (2, 4)),
    ((infected(5.1, severity=None), {**VASOPRESSOR, "indication": "crs"}), (2, 2), (2, 2)),
    ((infected(5.1, severity=None), {"day": 5.4, "event": "icu_admission"}), (2, 4), (2, 4)),
    ((infected(5.1), {"day": 5.4, "event": "icu_admission"}), (2, 2), (2, 2)),
    ((infected(5.1, None, None, value="3"),), (3, 3), (3, 3)),
    ((infected(5.1, None, None, value="2"), VASOPRESSOR), (2, 2), (2, 2)),  # the team settles it
    ((culture(5.1, severity="asymptomatic"),), (2, 2), (1, 1)),
    ((culture(5.1),), (2, 3), (1, 3)),  # other signs than a fever are not excluded
    ((culture(5.1), drug(5.2)), (2, 3), (3, 3)),
    ((culture(5.1, severity="symptomatic"),), (3, 3), (1, 2)),
    ((culture(5.1, cause="virus", severity="symptomatic"),), (2, 2), (1, 2)),
    ((culture(5.1, cause="fungus", severity="hospitalised"),), (3, 3), (3, 3)),
    ((culture(5.1, severity="life_threatening"),), (4, 4), (4, 4)),
    ((infected(5.1, "sepsis"),), (3, 3), (2, 2)),
    (
        (
            infected(5.1, "skin", "mild"),
            {"start_day": 5.3, "kind": "fluid", "name": "saline", "indication": "infection"},
        ),
        (1, 1),
        (3, 3),
    ),
    ((infected(5.1), drug(5.2), {"day": 5.5, "event": "death", "cause": "infection"}), (5, 5), (5, 5)),
    ((infected(5.1), {"day": 5.5, "event": "death", "cause": "relapse"}), (None, None), (None, None)),
]


@pytest.mark.parametrize(("rows", "five", "four"), GRADES)
def test_grades_of_infections(rows, five, four):
    assert graded(V5, *rows) == five
    assert graded(V4, *rows) == four


def test_the_most_of_several_patients_is_kept_apart():
    rows = [infected(5.1) | {"patient_id": "a"}, infected(5.1) | {"patient_id": "b"}]
    found = record(*rows, drug(5.2) | {"patient_id": "b"})
    assert at_patient(found, "a") == (NONE, NONE)
    assert at_patient(found, "b") == (INTRAVENOUS, INTRAVENOUS)


def at_patient(found, patient):
    return when(steps(found, "infection", patient), 6.0)["infection_treatment"]


def test_severity_that_nobody_recorded_may_by_policy_always_be_life_threatening():
    rows = record(infected(5.1, severity=None))
    assert at(rows, "infection", 6.0)["infection_life_threatening"] == NO
    strict = at(rows, "infection", 6.0, infection_unsaid_severity_needs_a_reason=False)
    assert strict["infection_life_threatening"] == PERHAPS
