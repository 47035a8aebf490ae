"""What `bwh.toml` says about the BWH sheet: its columns, units, blocks and limits of measurement."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mark(_Part):
    """A value that stands for "beyond the limit of the assay": what it means as comparator and value."""

    given: float
    comparator: str
    value: str


class Measurement(_Part):
    """A column of measurements: its concept and its unit in the first and the second block."""

    column: str
    concept: str
    units: tuple[str, str]
    agrees_within: float = 1e-9
    mark: tuple[Mark, ...] = ()
    note: str = ""


class Blocks(_Part):
    """The column that tells the two blocks apart, and its limits in each."""

    column: str
    first: tuple[float, float]
    second: tuple[float, float]


class Overwritten(_Part):
    """Cells of one day in the second block that hold a recorded CRS field: column to that field."""

    day: int
    at_least: float
    columns: dict[str, str]


class Tenfold(_Part):
    """The column that the second block gives times ten, and how a value shows that it is not."""

    column: str
    beside: str
    above: float
    mean_decimals: tuple[float, ...]


class Mapping(_Part):
    """The whole of `bwh.toml`."""

    format_version: int
    title: str
    source: str
    patient: str
    day: str
    icans: str
    severity: str
    onset: str
    peak: str
    doses: str
    doses_at_most: int
    age: str
    sex: str
    disease: str
    noted: tuple[str, ...]
    ignored: dict[str, str]
    blocks: Blocks
    overwritten: Overwritten
    tenfold: Tenfold
    measurement: tuple[Measurement, ...]

    @property
    def contents(self) -> tuple[str, ...]:
        """The columns with something to tell of a day or a course."""
        measured = (one.column for one in self.measurement)
        return (*measured, self.icans, self.severity, self.onset, self.peak, self.doses)

    @property
    def persons(self) -> tuple[str, ...]:
        """The columns that say the same of a patient in every row."""
        return (self.age, self.sex, self.disease, *self.noted)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the sheet must have."""
        return (self.patient, self.day, *self.persons, *self.contents)


@cache
def mapping() -> Mapping:
    """The mapping that becalm ships (`becalm/sources/bwh.toml`)."""
    text = resources.files("becalm.sources").joinpath("bwh.toml").read_text(encoding="utf-8")
    return Mapping.model_validate(tomllib.loads(text))
