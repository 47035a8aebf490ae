"""What a synthetic hospital records: the scenario's numbers, and which features occur how often."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from becalm.record.errors import InputError
from becalm.record.names import nearest

Coverage = Literal["declared", "partial", "rows"]


@dataclass(frozen=True)
class Feature:
    """One feature of the records: what it is, what one draw is for, and its chance in each mode."""

    name: str
    says: str
    per: str
    usual: float
    everything: float
    complete: bool


@dataclass(frozen=True)
class Scenario:
    """The numbers of a scenario file, by table, and its features."""

    tables: Mapping[str, Mapping[str, Any]]
    features: Mapping[str, Feature]

    def __getitem__(self, table: str) -> Mapping[str, Any]:
        return self.tables[table]


def scenario(path: Path | None = None) -> Scenario:
    """The numbers of a scenario file; without a path, those of `scenario.toml` beside this module.

    Raises:
        InputError: if the file cannot be read as a scenario.
    """
    if path is None:
        return _shipped()
    try:
        return _read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise InputError(
            f"The scenario {path} cannot be read: {error}. Start from a copy of the shipped scenario.toml."
        ) from error


@cache
def _shipped() -> Scenario:
    return _read(files("becalm.synthetic").joinpath("scenario.toml").read_text(encoding="utf-8"))


def _read(text: str) -> Scenario:
    raw = tomllib.loads(text)
    features = {name: Feature(name=name, **entry) for name, entry in raw.pop("feature").items()}
    tables = {name: MappingProxyType(table) for name, table in raw.items() if isinstance(table, dict)}
    return Scenario(MappingProxyType(tables), MappingProxyType(features))


@dataclass(frozen=True)
class Settings:
    """How records are drawn. All fields have defaults: `Settings()` is a usual hospital.

    Args:
        complete: vital signs at every change of state, all classes covered, nothing missing or vague: the
            grade computed from the records is then the true one, to within 432 seconds.
        everything: every feature often, for tests of what may go wrong.
        off: features that must not occur.
        chances: feature to chance (0 to 1), in place of the scenario's.
        coverage: `declared` (every class, in `coverage`), `partial` (by class, patient and window) or `rows`
            (no `coverage` table: a class is covered where the source has a row of it).
        scenario: the scenario's numbers; `scenario(path)` reads another file than the one beside this module.

    Raises:
        InputError: if a feature is unknown or a chance is not between 0 and 1.
    """

    complete: bool = False
    everything: bool = False
    off: frozenset[str] = frozenset()
    chances: Mapping[str, float] = field(default_factory=dict)
    coverage: Coverage = "declared"
    scenario: Scenario = field(default_factory=_shipped)

    def __post_init__(self) -> None:
        known = self.scenario.features
        for name in (*self.off, *self.chances):
            if name not in known:
                near = nearest(name, known)
                hint = f" Did you mean '{near}'?" if near else ""
                raise InputError(
                    f"The settings name the feature '{name}', which the scenario does not have.{hint} "
                    f"It has: {', '.join(sorted(known))}."
                )
        for name, chance in self.chances.items():
            if not 0 <= chance <= 1:
                raise InputError(f"The chance of '{name}' is {chance}; give a number from 0 to 1.")

    def chance(self, name: str) -> float:
        """The chance of one feature under these settings."""
        feature = self.scenario.features[name]
        if name in self.off or (self.complete and not feature.complete):
            return 0.0
        if name in self.chances:
            return float(self.chances[name])
        return feature.everything if self.everything else feature.usual
