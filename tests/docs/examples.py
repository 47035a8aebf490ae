"""The examples of how-a-grade-is-decided.md: `temperature 38.6 on 3.1; sbp 84 on 3.1` as a cohort."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from becalm import Cohort, read_tables
from becalm.record import vocabulary

HEAD = ["the record", "asked at", "grade"]
NORMAL = {"sbp": 120.0, "spo2": 97.0}
"""What an example does not mention was measured every four hours, first a little after midnight."""
DAYS = 10
PAST_MIDNIGHT = 1e-4
NEVER = -9.0
ID = "p"
Row = dict[str, Any]


@dataclass
class Draft:
    """The record of an example as it is read: rows of the folder format, and the classes not covered."""

    patient: Row
    observations: list[Row] = field(default_factory=list)
    exposures: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)

    def measure(self, concept: str, value: float, day: float, high: float | None = None) -> None:
        """Add a measurement in the canonical unit."""
        unit = vocabulary().concepts[concept].unit
        row = {"day": day, "concept": concept, "value": value, "value_high": high, "unit": unit}
        self.observations.append({"patient_id": ID, **row})

    def tables(self) -> dict[str, pl.DataFrame]:
        """The folder format, with the normal values and the coverage that the example implies."""
        told = {row["concept"] for row in self.observations} | self.absent
        for concept in sorted(NORMAL.keys() - told):
            for hour in range(0, 24 * DAYS, 4):
                self.measure(concept, NORMAL[concept], hour / 24 + PAST_MIDNIGHT)
        coverage: list[Row] = []
        for name in vocabulary().names("coverage_class"):
            # A class declared for a time before the record is not covered in it, whatever its rows.
            day = NEVER if name in self.absent else None
            coverage.append({"class": name, "start_day": day, "end_day": day})
        rows = {"observations": self.observations, "exposures": self.exposures, "events": self.events}
        rows |= {"patients": [self.patient], "coverage": coverage}
        return {name: pl.DataFrame(found, infer_schema_length=None) for name, found in rows.items() if found}


def examples(text: str) -> list[tuple[str, float, str]]:
    """Every example of a page: the record, the day asked for, the grade shown."""
    cells = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in row] for row in cells if len(row) == len(HEAD)]
    return [(row[0], float(row[1]), row[2]) for row in rows if row != HEAD and "---" not in row[0]]


def cohort(record: str) -> Cohort:
    """The record that an example describes."""
    draft = Draft({"patient_id": ID, "infusion_time": "2024-03-01T00:00", "age_years": 50})
    for item in (part.strip() for part in record.split(";")):
        forms = [(match, add) for form, add in FORMS if (match := re.fullmatch(form, item))]
        assert len(forms) == 1, f"{len(forms)} forms read {item!r}; one is expected"
        match, add = forms[0]
        add(draft, match.groupdict())
    return read_tables(draft.tables())


Parts = dict[str, str | None]


def _observation(draft: Draft, said: Parts) -> None:
    value, day = float(said["value"] or "nan"), float(said["day"] or "nan")
    draft.measure(str(said["name"]), value, day, _number(said["high"]))


def _exposure(draft: Draft, said: Parts) -> None:
    device = vocabulary().resolve("oxygen", str(said["name"])) is not None
    row = {"kind": "oxygen" if device else "drug", "name": said["name"], "indication": said["why"]}
    start = _number(said["day"] or said["start"] or said["open"])
    times = {"start_day": start, "end_day": _number(said["end"])}
    amounts = {"flow_l_min": _number(said["flow"]), "rate": 5.0 if said["rate"] else None}
    draft.exposures.append({"patient_id": ID, **row, **times, **amounts})


def _event(draft: Draft, said: Parts) -> None:
    resolved = "resolved" in said.values()
    row = {"event": said["event"], "axis": said.get("axis"), "cause": None if resolved else said.get("cause")}
    value = "resolved" if resolved else None
    draft.events.append({"patient_id": ID, "day": _number(said["day"]), "value": value, **row})


def _absent(draft: Draft, said: Parts) -> None:
    draft.absent.add(str(said["name"]))


def _patient(draft: Draft, said: Parts) -> None:
    column = "age_years" if said["name"] == "age" else str(said["name"])
    draft.patient[column] = None if said["value"] == "unknown" else _number(said["value"])


def _home_cpap(draft: Draft, _: Parts) -> None:
    draft.patient["home_cpap"] = True


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


N = r"-?\d+(?:\.\d+)?"
FORMS: tuple[tuple[str, Callable[[Draft, Parts], None]], ...] = (
    (
        rf"(?P<name>{'|'.join(vocabulary().concepts)}) (?P<value>{N})(?: to (?P<high>{N}))? on (?P<day>{N})",
        _observation,
    ),
    (
        rf"(?!death)(?P<name>[a-z_]+)(?: (?P<flow>{N}) L/min)?(?P<rate> at a rate)? "
        rf"(?:on (?P<day>{N})|(?P<start>{N}) to (?P<end>{N})|from (?P<open>{N}))(?: for (?P<why>[a-z_]+))?",
        _exposure,
    ),
    (rf"(?P<event>attribution) (?P<axis>[a-z]+) (?P<cause>[a-z]+) on (?P<day>{N})", _event),
    (rf"(?P<event>hypotension) (?P<value>found|resolved) on (?P<day>{N})", _event),
    (rf"(?P<event>death)(?: of (?P<cause>[a-z]+))? on (?P<day>{N})", _event),
    (r"(?P<name>[a-z0-9_]+) not (?:measured|covered)", _absent),
    (rf"(?P<name>age|baseline_sbp) (?P<value>{N}|unknown)", _patient),
    (r"home_cpap", _home_cpap),
)
"""The forms of an item of an example and what each adds to the record."""
