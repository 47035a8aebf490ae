"""Who the synthetic patients are, and which pressures are low for them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from becalm.synthetic.course import Person
from becalm.synthetic.draw import Rng, between, happens, one_of
from becalm.synthetic.settings import Settings


def person(rng: Rng, patient_id: str, settings: Settings) -> Person:
    """One patient's age, sex, weight (kg), disease and product, drawn by the scenario's table `person`."""
    numbers = settings.scenario["person"]
    child = happens(rng, settings.chance("children"))
    age = between(rng, numbers["child_age_years"] if child else numbers["age_years"])
    age = round(age, 1) if child else float(math.floor(age))
    first, each = numbers["child_weight"]
    weight = first + each * age if child else between(rng, numbers["weight_kg"])
    baseline = round(between(rng, numbers["baseline_sbp"]))
    return Person(
        patient_id=patient_id,
        age_years=age,
        sex=one_of(rng, ("female", "male")),
        weight_kg=round(weight, 1),
        disease="B-ALL" if child else one_of(rng, numbers["diseases"]),
        disease_pattern=one_of(rng, ("systemic", "systemic", "compartmental")),
        product=one_of(rng, numbers["products"]),
        costimulation=one_of(rng, numbers["costimulation"]),
        baseline_sbp=float(baseline) if happens(rng, settings.chance("baseline_sbp")) else None,
        home_cpap=happens(rng, settings.chance("home_cpap")),
    )


def sbp_limit(who: Person, definition: Mapping[str, Any]) -> float:
    """The systolic pressure (mm[Hg]) below which this patient is hypotensive, the baseline left aside."""
    years = math.floor(who.age_years)
    if years >= definition["child_until_years"]:
        return float(definition["sbp_below"])
    first, each = definition["child_sbp"]
    return float(first + each * years)


def is_low(sbp: float, mean: float, who: Person, definition: Mapping[str, Any]) -> bool:
    """Whether these pressures (mm[Hg]) are hypotension for this patient, by the table `definition`."""
    low = sbp < sbp_limit(who, definition)
    if who.baseline_sbp is not None:
        drop = who.baseline_sbp - sbp
        low = (low and drop >= definition["baseline_drop"]) or drop >= definition["baseline_large_drop"]
    adult = math.floor(who.age_years) >= definition["child_until_years"]
    return low or (adult and mean < definition["map_below"])
