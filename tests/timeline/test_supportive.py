"""Boluses, drugs into a vein and plasma of the last day, and what came since the onset."""

import pytest

from .families import at, bounds, record

DRUGS = ("fluid", "antipyretic", "anti_cytokine", "corticosteroid")


def bolus(start: str, **cells: str) -> dict[str, str]:
    return {"kind": "fluid", "name": "saline", "indication": "hypotension", "start_day": start, **cells}


def drug(name: str, start: str = "2.5", **cells: str) -> dict[str, str]:
    return {"kind": "drug", "name": name, "start_day": start, **cells}


def fact(name: str, day: float, *rows: dict[str, str], covered: tuple[str, ...] = DRUGS):
    return bounds(at(record(covered, exposures=rows), "supportive", day), name)


@pytest.mark.parametrize(("day", "wanted"), [(2.4, 0), (2.5, 1), (2.9, 2), (3.499, 2), (3.5, 1), (3.9, 0)])
def test_boluses_count_for_a_day(day: float, wanted: int) -> None:
    assert fact("fluid_boluses_24h", day, bolus("2.5"), bolus("2.9")) == (wanted, wanted)


def test_a_fluid_for_another_reason_is_no_bolus_for_hypotension() -> None:
    assert fact("fluid_boluses_24h", 2.6, bolus("2.5", indication="other")) == (0, 0)
    assert fact("fluids_since_onset", 2.6, bolus("2.5", indication="other")) == (1, 1)


def test_fluids_that_are_not_covered_are_unknown() -> None:
    assert fact("fluid_boluses_24h", 2.6, drug("dexamethasone"), covered=DRUGS[1:]) == (0, None)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (drug("meropenem", route="iv"), (True, True)),
        (drug("meropenem", route="po"), (False, False)),
        (drug("meropenem"), (False, True)),
        (drug("norepinephrine", route="iv", rate="5", rate_unit="ug/min"), (False, False)),
        (drug("fludarabine", route="iv"), (False, False)),
        (drug("dobutamine", route="iv"), (True, True)),
        (drug("meropenem", route="iv", dose="0", dose_unit="g"), (False, False)),
    ],
)
def test_a_drug_into_a_vein(row: dict[str, str], wanted: tuple[bool, bool]) -> None:
    assert fact("intravenous_drug_24h", 2.6, row) == wanted


def test_a_class_that_is_not_covered_may_hide_a_drug_into_a_vein() -> None:
    assert fact("intravenous_drug_24h", 2.6, drug("meropenem", route="po"), covered=("fluid",)) == (
        False,
        True,
    )


@pytest.mark.parametrize("name", ["FFP", "Fresh frozen plasma", "cryoprecipitate", "fibrinogen concentrate"])
def test_plasma_and_its_spellings(name: str) -> None:
    assert fact("clotting_factors_24h", 2.6, drug(name, route="iv")) == (True, True)


def test_antihistamines_treat_symptoms() -> None:
    assert fact("symptomatic_drugs_since_onset", 2.6, drug("diphenhydramine", route="iv")) == (1, 1)
    assert fact("symptomatic_drugs_since_onset", 2.4, drug("diphenhydramine", route="iv")) == (0, 0)
