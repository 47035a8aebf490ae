"""Units of doses and rates of a sum of equivalent doses: mass, by body weight, by time."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import polars as pl

from becalm.markers.scoring.edition import Score
from becalm.markers.scoring.exact import decimal
from becalm.record.units import rational

SCHEMA = {
    "name": pl.String,
    "dose_unit": pl.String,
    "rate_unit": pl.String,
    "dose_factor": pl.Float64,
    "dose_per_kg": pl.Boolean,
    "dose_hourly": pl.Boolean,
    "rate_factor": pl.Float64,
    "rate_per_kg": pl.Boolean,
}


class Unit(NamedTuple):
    """A unit as read: how much of the mass unit of the score, by weight or not, per how many hours."""

    mass: Fraction
    per_kg: bool
    hours: Fraction | None


def read_unit(text: str | None, score: Score) -> Unit | None:
    """The unit that a text such as `mg`, `g`, `mg/kg` or `ug/kg/min` spells; None if it is no mass."""
    plain = "".join((text or "").lower().replace("\u00b5", "u").replace("\u03bc", "u").split())
    mass, *others = plain.split("/")
    if mass not in score.mass_units:
        return None
    per_kg = "kg" in others
    times = [part for part in others if part != "kg"]
    if len(times) > 1 or others.count("kg") > 1 or not set(times) <= set(score.time_units):
        return None
    hours = rational(score.time_units[times[0]]) if times else None
    return Unit(rational(score.mass_units[mass]), per_kg, hours)


def unit_factors(rows: pl.DataFrame, score: Score) -> pl.DataFrame:
    """How much of the reference one unit of each dose and rate is, for the drugs and units that occur.

    Args:
        rows: name | dose_unit | rate_unit.
        score: one of equivalent doses.

    Returns:
        SCHEMA: one row for each distinct row; a factor is null where the unit is no mass, a rate or a dose by
        time is per hour (`dose_hourly`).
    """
    equal = {one.drug: decimal(one.amount) for one in score.equivalent}
    found = []
    for name, dose_unit, rate_unit in rows.select("name", "dose_unit", "rate_unit").unique().iter_rows():
        relative = equal[score.reference] / equal[name]
        dose, rate = read_unit(dose_unit, score), read_unit(rate_unit, score)
        if rate is not None and rate.hours is None:
            rate = None
        by_time = dose is not None and dose.hours is not None
        parts = (_factor(dose, relative), _per_kg(dose), by_time, _factor(rate, relative), _per_kg(rate))
        found.append((name, dose_unit, rate_unit, *parts))
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


def _factor(unit: Unit | None, relative: Fraction) -> float | None:
    return None if unit is None else float(unit.mass * relative / (unit.hours or 1))


def _per_kg(unit: Unit | None) -> bool:
    return unit is not None and unit.per_kg
