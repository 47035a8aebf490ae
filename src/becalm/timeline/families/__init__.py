"""Facts beside the course of CRS, a family a module: doses, laboratory values, neurology, blood counts.

A family is NAME.toml (its facts and policies, with their sources) and NAME.py with one function
`states(cohort, settings)`. The grading engine asks only for families whose facts an edition names, and joins
their steps to the course; so a new fact costs nobody else anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import as_file, files
from typing import cast

import polars as pl
from pydantic import Field

from becalm.record import Cohort
from becalm.rules import FactFile, FactSet, Strict, load_document
from becalm.timeline.settings import Policy, Settings


class PolicyEntry(Strict):
    """One policy of a family, as in `settings.toml`."""

    value: bool | float | tuple[str, ...]
    says: str = Field(min_length=1)
    cites: str = Field(min_length=1)
    verified: bool
    unit: str | None = None


class FamilyFile(FactFile):
    """The TOML file of a family: its facts, and the policies that decide them."""

    policy: Mapping[str, PolicyEntry] = Field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """One family: its name, what it is from, its facts and its policies."""

    name: str
    source: str
    facts: FactSet
    policies: tuple[Policy, ...]

    def states(self, cohort: Cohort, settings: Settings) -> pl.DataFrame:
        """The facts of every patient over time.

        Returns:
            patient_id | time i64 | X_lo | X_hi | X_says for each fact X, sorted: what holds from `time` on
            until the next row of the patient, from data up to `time`. Before the first row nothing is known.
        """
        module = import_module(f"{__name__}.{self.name}")
        return cast("pl.DataFrame", module.states(cohort, settings))


@cache
def families() -> Mapping[str, Family]:
    """Every family, by name."""
    out = {}
    for entry in sorted(files(__name__).iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            with as_file(entry) as path:
                file = load_document(path, FamilyFile)
            name = entry.name.removesuffix(".toml")
            policies = tuple(
                Policy(policy, one.value, one.unit, one.says, one.cites, one.verified)
                for policy, one in file.policy.items()
            )
            out[name] = Family(name, file.source, FactSet.of(file), policies)
    return out


@cache
def every_fact() -> FactSet:
    """Every fact that a grading rule may use: those of the course of CRS, and those of all families."""
    with as_file(files("becalm.timeline").joinpath("facts.toml")) as path:
        facts = FactSet.load(path)
    for family in families().values():
        facts = facts | family.facts
    return facts


@cache
def family_of(fact: str) -> Family | None:
    """The family of a fact; None for a fact of the course of CRS."""
    return next((family for family in families().values() if fact in family.facts), None)
