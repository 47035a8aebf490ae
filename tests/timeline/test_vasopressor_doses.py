"""Rates of vasopressors in common units, and norepinephrine equivalents by a named formula."""

import pytest

from .families import at, bounds, record

UNKNOWN = (0.0, None)


def drug(name: str, rate: str, unit: str, **cells: str) -> dict[str, str]:
    return {
        "kind": "drug", "name": name, "rate": rate, "rate_unit": unit, "route": "iv",
        "start_day": "2", "end_day": "3", **cells,
    }  # fmt: skip


def dose(fact: str, *rows: dict[str, str], kg: str = "80", day: float = 2.5):
    patient = {"weight_kg": kg} if kg else {}
    return bounds(at(record(["vasopressor"], patient, exposures=rows), "vasopressor_doses", day), fact)


@pytest.mark.parametrize(
    ("fact", "name", "rate", "unit", "wanted"),
    [
        ("norepinephrine_ug_min", "norepinephrine", "8", "ug/min", 8),
        ("norepinephrine_ug_min", "norepinephrine", "8", "mcg/min", 8),
        ("norepinephrine_ug_min", "norepinephrine", "0.1", "ug/kg/min", 8),
        ("norepinephrine_ug_min", "norepinephrine", "100", "ng/kg/min", 8),
        ("norepinephrine_ug_min", "norepinephrine", "0.48", "mg/h", 8),
        ("norepinephrine_ug_min", "norepinephrine", "480", "ug/h", 8),
        ("norepinephrine_ug_kg_min", "norepinephrine", "8", "ug/min", 0.1),
        ("norepinephrine_ug_kg_min", "noradrenaline", "0.1", "mcg/kg/min", 0.1),
        ("dopamine_ug_kg_min", "dopamine", "800", "ug/min", 10),
        ("vasopressin_u_min", "vasopressin", "2.4", "U/h", 0.04),
        ("vasopressin_u_min", "vasopressin", "2.4", "units/hour", 0.04),
        ("vasopressin_u_min", "vasopressin", "0.04", "U/min", 0.04),
        ("norepinephrine_equivalent_vasst", "dopamine", "10", "ug/kg/min", 5),
        ("norepinephrine_equivalent_vasst", "phenylephrine", "100", "ug/min", 10),
        ("norepinephrine_equivalent_goradia", "dopamine", "10", "ug/kg/min", 0.1),
        ("norepinephrine_equivalent_goradia", "vasopressin", "2.4", "U/h", 0.1),
        ("norepinephrine_equivalent_goradia", "angiotensin_ii", "0.02", "ug/kg/min", 0.2),
        ("norepinephrine_equivalent_catecholamines", "vasopressin", "2.4", "U/h", 0),
    ],
)
def test_a_rate_in_every_unit(fact: str, name: str, rate: str, unit: str, wanted: float) -> None:
    assert dose(fact, drug(name, rate, unit)) == (pytest.approx(wanted), pytest.approx(wanted))


def test_lines_of_one_drug_add_up_and_end_one_by_one() -> None:
    rows = drug("norepinephrine", "5", "ug/min"), drug("norepinephrine", "3", "ug/min", end_day="2.4")
    assert dose("norepinephrine_ug_min", *rows, day=2.2) == (8, 8)
    assert dose("norepinephrine_ug_min", *rows, day=2.4) == (5, 5)
    assert dose("norepinephrine_ug_min", *rows, day=3.0) == (0, 0)


def test_a_formula_adds_drugs() -> None:
    rows = (
        drug("norepinephrine", "8", "ug/min"),
        drug("epinephrine", "4", "ug/min"),
        drug("dopamine", "4", "ug/kg/min"),
    )
    assert dose("norepinephrine_equivalent_vasst", *rows) == (14, 14)


@pytest.mark.parametrize(
    ("row", "kg"),
    [
        (drug("norepinephrine", "", "ug/min"), "80"),
        (drug("norepinephrine", "5", ""), "80"),
        (drug("norepinephrine", "5", "drops/min"), "80"),
        (drug("norepinephrine", "5", "U/min"), "80"),
        (drug("norepinephrine", "0.1", "ug/kg/min"), ""),
    ],
)
def test_what_is_not_known_of_a_rate_leaves_no_upper_limit(row: dict[str, str], kg: str) -> None:
    assert dose("norepinephrine_ug_min", row, kg=kg) == UNKNOWN
    assert dose("norepinephrine_equivalent_vasst", row, kg=kg) == UNKNOWN
    assert dose("epinephrine_ug_min", row, kg=kg) == (0, 0)


def test_a_measured_weight_counts_from_when_it_is_measured() -> None:
    rows = [drug("norepinephrine", "0.1", "ug/kg/min")]
    weights = [{"day": "2.5", "concept": "weight", "value": "60", "unit": "kg"}]
    cohort = record(["vasopressor"], {"weight_kg": "80"}, exposures=rows, observations=weights)
    found = [bounds(at(cohort, "vasopressor_doses", day), "norepinephrine_ug_min") for day in (2.4, 2.5)]
    assert found == [(8, 8), (6, 6)]


def test_a_start_without_an_hour_may_run_on_its_day() -> None:
    row = drug("norepinephrine", "5", "ug/min", start_time="2024-03-03", end_time="2024-03-05T00:00")
    row = {k: v for k, v in row.items() if not k.endswith("day")}
    cohort = record(["vasopressor"], {"infusion_time": "2024-03-01T00:00"}, exposures=[row])
    found = [bounds(at(cohort, "vasopressor_doses", day), "norepinephrine_ug_min") for day in (2.5, 3.5)]
    assert found == [(0, 5), (5, 5)]


def test_a_class_that_is_not_covered_may_hide_a_dose() -> None:
    rows = [{"day": "1", "concept": "weight", "value": "60", "unit": "kg"}]
    cohort = record(["oxygen"], observations=rows)
    assert bounds(at(cohort, "vasopressor_doses", 2), "norepinephrine_ug_min") == UNKNOWN


def test_a_vasopressor_for_a_procedure_is_no_dose() -> None:
    assert dose("norepinephrine_ug_min", drug("norepinephrine", "5", "ug/min", indication="anaesthesia")) == (
        0,
        0,
    )


def test_the_evidence_names_the_formula() -> None:
    rows = [drug("norepinephrine", "5", "ug/min")]
    facts = at(record(["vasopressor"], exposures=rows), "vasopressor_doses", 2.5)
    assert facts["norepinephrine_ug_min_says"] == "norepinephrine 5.0 ug/min"
    assert "VASST" in facts["norepinephrine_equivalent_vasst_says"]
