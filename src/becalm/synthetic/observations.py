"""The rows of `observations`: readings written down, with all that may happen to a value on the way."""

from __future__ import annotations

from becalm.synthetic.charting import Reading
from becalm.synthetic.course import Course
from becalm.synthetic.draw import Rng, happens, one_of
from becalm.synthetic.settings import Settings
from becalm.synthetic.stamping import Row, stamp, whole_day

FAHRENHEIT = ("temperature", "[degF]")
SYNONYMS = {
    "temperature": "Temp", "sbp": "systolic", "dbp": "diastolic_bp", "map": "MBP", "spo2": "SaO2",
    "heart_rate": "pulse", "crp": "C-reactive protein", "il6": "IL-6", "ferritin": "Serum Ferritin",
}  # fmt: skip
IMPLAUSIBLE = {"temperature": "101.3", "sbp": "900", "map": "999", "spo2": "250"}
VITALS = ("temperature", "sbp", "map", "spo2")
FULL = {"spo2": 100.0}


def rows(rng: Rng, course: Course, number: int, readings: list[Reading], settings: Settings) -> list[Row]:
    """One row a reading (now and then two), as text, in the order of time."""
    out: list[Row] = []
    for reading in sorted(readings, key=lambda r: (r.step, r.concept)):
        out += _written(rng, course, number, reading, settings)
    return out


def _written(rng: Rng, course: Course, number: int, reading: Reading, settings: Settings) -> list[Row]:
    def occurs(feature: str) -> bool:
        return happens(rng, settings.chance(feature))

    vital = reading.concept in VITALS
    value, unit = _in_unit(reading, settings, other=occurs("unit_mixtures"))
    named = SYNONYMS.get(reading.concept, reading.concept) if occurs("synonyms") else reading.concept
    row: Row = {"concept": named, "value": value, "unit": unit}
    row |= {"comparator": reading.comparator, "assay": reading.assay, "site": reading.site}
    when = stamp(rng, course.clock, number, reading.step)
    if occurs("whole_day_values") and reading.step >= 0:
        when = whole_day(course.clock, number, reading.step)
    if occurs("blank_times") and reading.step > course.infusion:
        when = {}
    ranged, compared, impossible = occurs("value_ranges"), occurs("vital_comparators"), occurs("implausible")
    twice, other = occurs("repeated_values"), one_of(rng, (-1.0, 0.5, 1.0))
    plain = vital and not reading.comparator and unit == reading.unit
    if plain and impossible:
        row |= {"value": IMPLAUSIBLE[reading.concept], "note": "as transmitted"}
    elif plain and ranged:
        row |= {"value": _text(reading.value - 1, reading.digits), "value_high": value, "note": "about"}
    elif plain and compared:
        # nothing lies above a saturation of 100 %
        row["comparator"] = one_of(
            rng,
            ("<", "<=", ">=")
            if reading.value >= FULL.get(reading.concept, 1000.0)
            else ("<", "<=", ">", ">="),
        )
    out = [{**when, **row}]
    if plain and twice and not impossible:
        again = reading.value + other * (0.6 if reading.concept == "temperature" else 6)
        again = min(again, FULL.get(reading.concept, again))
        second = {**when, **row, "value": _text(again, reading.digits), "value_high": "", "comparator": ""}
        out += [second] if second["value"] != value else []
    return out


def _in_unit(reading: Reading, settings: Settings, *, other: bool) -> tuple[str, str]:
    """The value as text and its unit: the usual one, or another that means exactly the same."""
    if other and reading.concept == "temperature":
        return f"{reading.value * 9 / 5 + 32:.2f}", "[degF]"
    if other and reading.concept == "spo2":
        return f"{reading.value / 100:.2f}", "1"
    units = settings.scenario["lab"].get(reading.concept, {}).get("other_units", {})
    if other and units:
        unit, factor = next(iter(units.items()))
        return _text(reading.value * factor, reading.digits + 2), unit
    return _text(reading.value, reading.digits), reading.unit


def _text(value: float, digits: int) -> str:
    return f"{value:.{digits}f}"
