"""The latent course of one synthetic patient: what is true, before anybody records it.

Times are whole *steps* of 216 seconds since the midnight that begins day 0, 400 to the day: exact as a
decimal day with four digits and as a clock time. Intervals are [start, end).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

STEPS_PER_DAY = 400
SECONDS_PER_STEP = 86_400 // STEPS_PER_DAY


def steps(days: float) -> int:
    """Days as whole steps, never the very midnight (which the folder format reads as a whole day)."""
    return apart(round(days * STEPS_PER_DAY))


def apart(step: int) -> int:
    """The step itself, or the next where it is a midnight."""
    return step + 1 if step % STEPS_PER_DAY == 0 else step


@dataclass(frozen=True)
class Track:
    """A value that changes at known steps; `values[k]` holds from `starts[k]` to `starts[k + 1]`."""

    starts: tuple[int, ...]
    values: tuple[float, ...]

    def at(self, step: int) -> float:
        """The value at one step; before the first start, the first value."""
        return self.values[max(bisect_right(self.starts, step) - 1, 0)]


@dataclass(frozen=True)
class Person:
    """Who the patient is, as in `patients` (ages in years, weight in kg, pressures in mm[Hg])."""

    patient_id: str
    age_years: float
    sex: str
    weight_kg: float
    disease: str
    disease_pattern: str
    product: str
    costimulation: str
    baseline_sbp: float | None
    home_cpap: bool


@dataclass(frozen=True)
class Support:
    """Oxygen, ventilation, a vasopressor, an inotrope or a fluid bolus that runs from `start` to `end`."""

    start: int
    end: int
    kind: str
    name: str
    indication: str = ""
    rate: float | None = None
    rate_unit: str = ""
    flow_l_min: float | None = None
    fio2: float | None = None
    dose: float | None = None
    dose_unit: str = ""


@dataclass(frozen=True)
class Dose:
    """A drug given at `start`; with an `end` it runs until then."""

    start: int
    name: str
    dose: str
    unit: str
    route: str
    indication: str = ""
    end: int | None = None


@dataclass(frozen=True)
class Judgement:
    """The cause of one axis from this step on (`resolved` ends it), and the word that the team recorded."""

    at: int
    axis: str
    cause: str
    recorded: str


@dataclass(frozen=True)
class Stretch:
    """A stretch [start, end) at one stage of one axis: 2, 3 or 4."""

    start: int
    end: int
    stage: int


@dataclass(frozen=True)
class Course:
    """Everything that is true of one patient from a day before the infusion to `end`."""

    person: Person
    clock: str
    infusion: int
    begin: int
    end: int
    peak: int
    onsets: tuple[int, ...]
    temperature: Track
    sbp: Track
    mean: Track
    spo2: Track
    hypotension: tuple[Stretch, ...]
    hypoxia: tuple[Stretch, ...]
    supports: tuple[Support, ...]
    doses: tuple[Dose, ...]
    judgements: tuple[Judgement, ...]
    findings: tuple[tuple[int, int], ...]
    swelling: tuple[int, int] | None
    death: int | None
    death_cause: str
    away: tuple[int, int] | None
