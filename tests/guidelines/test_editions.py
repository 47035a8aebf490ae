"""Guideline files: what is shipped, what an institution's own may say, what is refused and how."""

import re

import pytest
from tests.guidelines.test_advice import grade_2
from tests.markers.records import drug, record, value

from becalm.guidelines import advise, find_guideline, guideline_facts, installed_guidelines, load_guideline
from becalm.record.errors import EditionError

HEAD = """\
format_version = 1
id     = "own"
title  = "An institution's own guideline"
kind   = "guideline"
source = "a meeting"
scale  = "astct-2019"

[parameters.hours]
value    = 12.0
says     = "Hours to wait."
cites    = "a meeting"
verified = true
"""
RULE = """
[[rule]]
id       = "{id}"
when     = "{when}"
says     = "{says}"
cites    = "minutes"
verified = true
action   = "do it"
when_unknown = "find out"
evidence = ["none"]
"""


@pytest.fixture
def own(tmp_path):
    """A function that writes a guideline of one rule or the given text and returns its path."""

    def write(when="crs_grade >= 1", says="so", text="", id="one", head=HEAD):
        path = tmp_path / "own.toml"
        path.write_text(head + RULE.format(id=id, when=when, says=says) + text, encoding="utf-8")
        return path

    return write


def test_the_shipped_guideline():
    guideline = find_guideline("il6-guided-2022")
    assert installed_guidelines()["il6-guided-2022"] is guideline
    assert [rule.id for rule in guideline.rule] == [
        "tocilizumab-grade-2",
        "corticosteroid-low-il6",
        "infection-watch",
        "corticosteroid-after-two-doses",
        "icans-corticosteroid",
        "no-rule-grade-3-4",
    ]
    assert guideline.parameters["il6_fold_limit"].value == 4
    assert "undefined" in (guideline.parameters["il6_fold_limit"].at_limit or "")
    assert guideline.parameters["crp_fold_limit"].value == 1.83
    assert guideline.scale == "astct-2019"
    dose = guideline.dose["tocilizumab"]
    assert [(band.from_kg, band.below_kg, band.per_kg) for band in dose.band] == [(0, 30, 12), (30, None, 8)]
    limits = [dose.max_single, dose.min_interval_hours, dose.max_in_24_hours, dose.max_total]
    assert [limit.value for limit in limits if limit] == [800, 8, 3, 4]
    assert all(limit.cites for limit in limits if limit)


def test_every_fact_is_said_and_the_cheapest_comes_first():
    names = list(guideline_facts())
    assert names.index("crs_grade") < names.index("icans_grade") < names.index("crp_fold") < len(names) - 1
    assert names[-1] == "il6_fold"


def test_an_own_guideline_needs_no_python(own):
    table = advise(grade_2(), own(says="waited {hours} hours"), at=5)
    assert table.select("guideline", "rule", "verdict").rows() == [("own", "one", "yes")]
    assert "Waited 12 hours: yes" in table["because"][0]


@pytest.mark.parametrize(
    ("at", "verdict"),
    [(4.55, "no"), (4.6, "no"), (5.09, "no"), (5.1, "yes"), (6.0, "yes")],
)
def test_hours_since_the_last_dose(own, at, verdict):
    path = own("tocilizumab_doses >= 1 AND hours_since_tocilizumab >= hours")
    cohort = grade_2(exposures=[drug("tocilizumab", 4.6)])
    assert advise(cohort, path, at=at)["verdict"].to_list() == [verdict]


def test_the_hour_at_which_a_rule_turns_is_a_change(own):
    path = own("tocilizumab_doses >= 1 AND hours_since_tocilizumab >= hours")
    table = advise(grade_2(exposures=[drug("tocilizumab", 4.6)]), path)
    assert 5.1 in [round(day, 9) for day in table.filter(verdict="yes")["day"]]
    changed = advise(
        grade_2(exposures=[drug("tocilizumab", 4.6)]), load_guideline(path), parameters={"hours": 18}
    )
    assert changed.filter(verdict="yes")["day"].to_list()[0] == pytest.approx(5.35)


@pytest.mark.parametrize(
    ("name", "route", "coverage", "verdict"),
    [
        ("dexamethasone", "iv", True, "yes"),
        ("dexamethasone", "ophthalmic", True, "no"),
        ("acetaminophen", "iv", True, "no"),
        ("acetaminophen", "iv", False, "unknown"),
    ],
)
def test_a_corticosteroid_given(own, name, route, coverage, verdict):
    more = {} if coverage else {"coverage": None}
    cohort = record([value("temperature", 4.5, 38.6)], exposures=[drug(name, 4.6, route=route)], **more)
    assert advise(cohort, own("corticosteroid_given"), at=5)["verdict"].to_list() == [verdict]


def test_a_weight_in_a_rule(own):
    assert advise(grade_2(), own("weight_kg < 30"), at=5)["verdict"].to_list() == ["no"]
    table = advise(grade_2(patients=[{}]), own("weight_kg < 30"), at=5)
    assert table.select("verdict", "missing").rows() == [("unknown", "weight")]


def test_a_name_in_quotes_is_no_parameter(own):
    with pytest.raises(EditionError, match="hours"):
        load_guideline(own("crs_grade = 'hours'"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"when": "il6_flod >= 4"}, "did you mean `il6_fold`"),
        ({"when": "il6_fold IS NULL"}, "turn an unknown into an answer"),
        ({"says": "more than {limit}"}, "`says` has braces that name no parameter"),
        ({"id": "Upper"}, "rule\\[1\\].id"),
        ({"text": RULE.format(id="one", when="TRUE", says="so")}, "occurs twice"),
        ({"text": 'dose = "much"\n'}, "Expected one of: none"),
        ({"text": 'colour = "red"\n'}, "unknown"),
        ({"head": HEAD.replace("astct-2019", "astct-2091")}, "did you mean astct-2019"),
        ({"head": HEAD.replace("parameters.hours", "parameters.il6_fold")}, "has the name of a fact"),
        ({"head": HEAD.replace("parameters.hours", "parameters.Hours")}, "cannot stand in a rule"),
        ({"head": HEAD.replace("12.0", "nan")}, "finite"),
        ({"head": HEAD.replace("format_version = 1", "format_version = 2")}, "format_version"),
        ({"head": "policy = { no_such = 1 }\n" + HEAD}, "which does not exist"),
    ],
)
def test_a_bad_file_is_refused(own, change, says):
    path = own(**change)
    with pytest.raises(EditionError, match=says) as error:
        load_guideline(path)
    assert str(path) in str(error.value)
    assert not re.search("Traceback|pydantic", str(error.value))


def test_a_policy_of_a_guideline_is_in_force(own):
    path = own("il6_fold >= 4", head="policy = { present_gap_is_unknown = false }\n" + HEAD)
    cohort = grade_2([value("il6", -0.5, 10), value("il6", 2.5, 20)], without=["il6"])
    assert advise(cohort, path, at=5)["verdict"].to_list() == ["no"]
    assert advise(cohort, own("il6_fold >= 4"), at=5)["verdict"].to_list() == ["unknown"]


DOSE = """
drug   = "anakinra"
dose   = "much"

[dose.much]
drug  = "{drug}"
unit  = "mg"
route = "sc"

[[dose.much.band]]
per_kg   = 2.0
cites    = "minutes"
verified = false

[dose.much.max_total]
value    = 2.0
cites    = "minutes"
verified = true
"""


@pytest.mark.parametrize(
    ("given", "dose"),
    [
        ([drug("anakinra", 3.5)], "120 mg (2 mg/kg, 60 kg)"),
        ([drug("tocilizumab", 3.5), drug("tocilizumab", 4.5)], "120 mg (2 mg/kg, 60 kg)"),
        (
            [drug("anakinra", 3.5), drug("anakinra", 4.5)],
            "none now: 2 doses were given, and 2 in all is the limit",
        ),
    ],
)
def test_the_limits_of_another_drug(own, given, dose):
    row = advise(grade_2(exposures=given), own(text=DOSE.format(drug="anakinra")), at=5).to_dicts()[0]
    assert (row["drug"], row["dose"], row["verified"]) == ("anakinra", dose, False)


def test_a_dose_of_an_unknown_drug_is_refused(own):
    with pytest.raises(EditionError, match="Did you mean anakinra"):
        load_guideline(own(text=DOSE.format(drug="anakinara")))
