"""Organ toxicity: multiples of the limit, the patient's baseline, and what events state."""

import pytest

from .families import at, bounds, record

UNITS = {"alt": "U/L", "ast": "U/L", "bilirubin": "mg/dL", "creatinine": "mg/dL"}


def value(concept: str, number: str, day: str = "2", **cells: str) -> dict[str, str]:
    return {"day": day + ".5", "concept": concept, "value": number, "unit": UNITS[concept], **cells}


def grade(fact: str, *rows: dict[str, str], day: float = 2.6, **settings: object):
    return bounds(at(record(observations=rows), "organs", day, settings), fact)


@pytest.mark.parametrize(
    ("concept", "number", "limit", "wanted"),
    [
        ("alt", "40", "40", 0), ("alt", "40.1", "40", 1), ("alt", "120", "40", 1), ("alt", "120.1", "40", 2),
        ("alt", "200", "40", 2), ("alt", "200.1", "40", 3), ("alt", "800", "40", 3),
        ("alt", "800.1", "40", 4),
        ("ast", "350", "50", 3), ("alt", "200", "30", 3),
    ],
)  # fmt: skip
def test_transaminases_by_multiples_of_the_limit(concept: str, number: str, limit: str, wanted: int) -> None:
    assert grade("transaminase_grade", value(concept, number, upper_limit=limit)) == (wanted, wanted)


@pytest.mark.parametrize(
    ("number", "wanted"), [("1.0", 0), ("1.2", 1), ("1.6", 2), ("3.1", 3), ("6.0", 3), ("6.1", 4)]
)
def test_creatinine_by_the_limit(number: str, wanted: int) -> None:
    assert grade("creatinine_grade", value("creatinine", number, upper_limit="1.0")) == (wanted, wanted)


def test_creatinine_by_the_baseline_where_that_is_higher() -> None:
    before = {"day": "-1.5", "concept": "creatinine", "value": "0.4", "unit": "mg/dL"}
    rows = before, value("creatinine", "1.0", upper_limit="1.1")
    assert grade("creatinine_grade", *rows) == (2, 2)
    assert grade("creatinine_grade", *rows, creatinine_baseline_used=False) == (0, 0)


def test_a_limit_in_another_unit_is_brought_to_the_same() -> None:
    row = {"day": "2.5", "concept": "creatinine", "value": "200", "unit": "umol/L", "upper_limit": "100"}
    assert grade("creatinine_grade", row) == (2, 2)


def test_without_a_limit_the_default_is_a_range() -> None:
    assert grade("creatinine_grade", value("creatinine", "1.15")) == (0, 1)
    assert grade("creatinine_grade", value("creatinine", "1.15"), default_reference_limits=False) == (0, 4)


def test_an_organ_never_measured_is_named_and_counts_as_none() -> None:
    facts = at(record(observations=[value("alt", "20")]), "organs", 2.6)
    assert bounds(facts, "organ_grade") == (0, 0)
    assert "creatinine not known now" in facts["organ_grade_says"]
    assert grade("organ_grade", value("alt", "20"), unmeasured_organ_is_unknown=True) == (0, 4)


def test_a_value_speaks_for_two_days() -> None:
    rows = [value("alt", "300", upper_limit="40")]
    assert grade("transaminase_grade", *rows, day=4.49) == (3, 3)
    assert grade("transaminase_grade", *rows, day=4.5) == (0, 0)


def events(*rows: dict[str, str], day: float, fact: str = "organ_grade"):
    found = [{"event": "organ_toxicity", **row} for row in rows]
    return bounds(at(record(events=found), "organs", day), fact)


def test_an_event_holds_until_the_next_of_its_site() -> None:
    heart = {"site": "heart", "value": "3", "day": "2.5"}, {"site": "heart", "value": "1", "day": "4.5"}
    skin = {"site": "skin", "value": "2", "day": "3.5"}, {"site": "skin", "value": "0", "day": "5.5"}
    found = [events(*heart, *skin, day=day)[0] for day in (2.4, 2.5, 4.4, 4.6, 5.6)]
    assert found == [0, 3, 3, 2, 1]


def test_transaminases_are_kept_apart_from_the_other_organs() -> None:
    row = {"site": "Transaminases", "value": "4", "day": "2.5"}
    assert events(row, day=3) == (0, 0)
    assert events(row, day=3, fact="transaminase_grade") == (4, 4)


def test_an_event_without_a_grade_may_be_any() -> None:
    assert events({"site": "kidney", "value": "", "day": "2.5"}, day=3, fact="creatinine_grade") == (1, 4)


def test_an_event_of_a_whole_day_may_not_have_happened_yet() -> None:
    row = {"site": "heart", "value": "3", "day": "2"}
    assert [events(row, day=day) for day in (1.9, 2.5, 3.0)] == [(0, 0), (0, 3), (3, 3)]


@pytest.mark.parametrize(
    ("site", "fact", "wanted"),
    [
        ("liver", "liver_grade", (4, 4)),
        ("liver", "transaminase_grade", (0, 4)),
        ("liver", "bilirubin_grade", (0, 4)),
        ("liver", "organ_grade", (0, 4)),
        ("alt", "liver_grade", (4, 4)),
        ("alt", "organ_grade", (0, 0)),
        ("", "organ_grade", (4, 4)),
        ("", "creatinine_grade", (0, 4)),
        ("", "liver_grade", (0, 4)),
    ],
)
def test_a_site_that_does_not_say_which_may_be_either(site: str, fact: str, wanted: tuple[int, int]) -> None:
    assert events({"site": site, "value": "4", "day": "2.5"}, day=3, fact=fact) == wanted


def test_what_was_so_before_the_infusion_may_be_none_of_the_cells_doing() -> None:
    before = {"day": "-1.5", "concept": "alt", "value": "300", "unit": "U/L", "upper_limit": "40"}
    same = before, value("alt", "300", upper_limit="40")
    worse = before, value("alt", "900", upper_limit="40")
    assert grade("transaminase_grade", *same) == (0, 3)
    assert grade("transaminase_grade", *worse) == (4, 4)
    assert grade("transaminase_grade", *same, organ_grade_before_infusion_counts=True) == (3, 3)


def test_an_event_from_before_the_infusion_does_not_count() -> None:
    row = {"site": "heart", "value": "3", "day": "-2.5"}
    assert events(row, day=3) == (0, 0)
