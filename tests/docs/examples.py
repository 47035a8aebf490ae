"""The examples of how-a-grade-is-decided.md: a line such as `temperature 38.6 on 3.0; sbp 84 on 3.0` as a cohort."""

import re
from collections.abc import Callable

import polars as pl

from becalm import Cohort, read_tables
from becalm.record import vocabulary

TABLE_HEAD = ["the record", "asked at", "grade"]
NORMAL = {"sbp": 120.0, "spo2": 97.0}
ID = "p"
Rows = dict[str, list[dict[str, object]]]


def examples(text: str) -> list[tuple[str, float, str]]:
    """Every example of a page: the record, the day asked for, the grade shown."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    rows = [line for line in lines if len(line) == len(TABLE_HEAD)]
    return [(r, float(at), grade) for r, at, grade in rows if [r, at, grade] != TABLE_HEAD and "---" not in r]


def cohort(record: str) -> Cohort:
    """The record that an example describes; what it does not mention was measured and normal."""
    rows: Rows = {"observations": [], "exposures": [], "events": [], "coverage": []}
    patient: dict[str, object] = {"patient_id": ID, "infusion_time": "2024-03-01T00:00", "age_years": 50}
    absent: set[str] = set()
    for item in filter(None, (part.strip() for part in record.split(";"))):
        read = [match for pattern, act in FORMS if (match := _act(pattern, act, item, rows, patient, absent))]
        assert read, f"the example says {item!r}, which no form reads"
    told = {row["concept"] for row in rows["observations"]} | absent
    for concept in NORMAL.keys() - told:
        for hour in range(0, 240, 4):
            _measured(rows, concept, NORMAL[concept], hour / 24 + 1e-4)
    classes = [name for name in vocabulary().names("coverage_class") if name not in absent]
    rows["coverage"] = [{"class": name} for name in classes]
    rows["coverage"] += [{"class": n, "start_day": -9.0, "end_day": -9.0} for n in absent & {*vocabulary().names("coverage_class")}]
    frames = {name: pl.DataFrame(found, infer_schema_length=None) for name, found in rows.items() if found}
    return read_tables({"patients": pl.DataFrame([patient]), **frames})


Act = Callable[[re.Match[str], Rows, dict[str, object], set[str]], None]


def _act(pattern: str, act: Act, item: str, rows: Rows, patient: dict[str, object], absent: set[str]) -> bool:
    match = re.fullmatch(pattern, item)
    if match:
        act(match, rows, patient, absent)
    return match is not None


def _measured(rows: Rows, concept: str, value: float, day: float, high: str | None = None) -> None:
    unit = vocabulary().concepts[concept].unit
    row = {"patient_id": ID, "day": day, "concept": concept, "value": value, "unit": unit}
    rows["observations"].append({**row, "value_high": None if high is None else float(high)})


def _observation(match: re.Match[str], rows: Rows, patient: dict[str, object], absent: set[str]) -> None:
    concept, value, high, day = match.groups()
    _measured(rows, concept, float(value), float(day), high)


def _exposure(match: re.Match[str], rows: Rows, patient: dict[str, object], absent: set[str]) -> None:
    name, flow, rate, on, start, end, open_start, why = match.groups()
    device = vocabulary().resolve("oxygen", name) is not None
    rows["exposures"].append(
        {
            "patient_id": ID,
            "start_day": float(on or start or open_start),
            "end_day": float(end) if end else None,
            "kind": "oxygen" if device else "fluid" if name == "bolus" else "drug",
            "name": name,
            "flow_l_min": float(flow) if flow else None,
            "rate": 5.0 if rate else None,
            "indication": why,
        }
    )


def _event(match: re.Match[str], rows: Rows, patient: dict[str, object], absent: set[str]) -> None:
    parts = match.groupdict()
    day = parts.pop("day")
    resolved = "resolved" in (parts.get("cause"), parts.get("value"))
    found = parts.get("value") == "found"
    row = {**parts, "patient_id": ID, "day": float(day), "value": "resolved" if resolved else None}
    row["cause"] = None if resolved else parts.get("cause")
    assert found or resolved or parts["event"] != "hypotension"
    rows["events"].append({"axis": None, **row})


def _missing(match: re.Match[str], rows: Rows, patient: dict[str, object], absent: set[str]) -> None:
    absent.add(match.group(1))


def _patient(match: re.Match[str], rows: Rows, patient: dict[str, object], absent: set[str]) -> None:
    column = {"age": "age_years"}.get(match.group(1), match.group(1))
    value = match.group(2)
    patient[column] = True if value is None else None if value == "unknown" else float(value)


NUMBER = r"-?\d+(?:\.\d+)?"
CONCEPTS = "|".join(vocabulary().concepts)
FORMS: tuple[tuple[str, Act], ...] = (
    (rf"({CONCEPTS}) ({NUMBER})(?: to ({NUMBER}))? on ({NUMBER})", _observation),
    (
        rf"(?!attribution|death|hypotension)([a-z_]+)(?: ({NUMBER}) L/min)?( at a rate)? "
        rf"(?:on ({NUMBER})|({NUMBER}) to ({NUMBER})|from ({NUMBER}))(?: for ([a-z_]+))?",
        _exposure,
    ),
    (rf"(?P<event>attribution) (?P<axis>[a-z]+) (?P<cause>[a-z]+) on (?P<day>{NUMBER})", _event),
    (rf"(?P<event>hypotension) (?P<value>found|resolved) on (?P<day>{NUMBER})", _event),
    (rf"(?P<event>death)(?: of (?P<cause>[a-z]+))? on (?P<day>{NUMBER})", _event),
    (r"([a-z0-9_]+) not (?:measured|covered)", _missing),
    (rf"(age|baseline_sbp|home_cpap)(?: ({NUMBER}|unknown))?", _patient),
)
"""The forms of an item of an example and what each adds to the record."""
