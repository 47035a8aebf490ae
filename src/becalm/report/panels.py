"""Which measurements and grading systems a timeline shows, in which panel: read from `panels.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Series:
    """One quantity of a panel: its concept, its short name, and the policy that is drawn as its limit."""

    concept: str
    label: str
    limit: str | None = None
    says: str = ""


@dataclass(frozen=True)
class PanelPlan:
    """One panel of measurements: title, height, the axis that is always shown, the series."""

    title: str
    height: float
    least: float
    most: float
    logarithmic: bool
    vital: bool
    series: tuple[Series, ...]


@dataclass(frozen=True)
class SystemGroup:
    """Grading systems that are drawn together: the heading, what they grade, what a reader must know."""

    heading: str
    toxicities: tuple[str, ...]
    says: str = ""


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(files("becalm.report").joinpath("panels.toml").read_text(encoding="utf-8"))


@cache
def panel_plans() -> tuple[PanelPlan, ...]:
    """Every panel of measurements, from top to bottom."""
    return tuple(
        PanelPlan(
            title=entry["title"],
            height=float(entry["height"]),
            least=float(entry.get("least", 0)),
            most=float(entry.get("most", 1)),
            logarithmic=bool(entry.get("logarithmic", False)),
            vital=bool(entry.get("vital", False)),
            series=tuple(Series(**series) for series in entry["series"]),
        )
        for entry in _content()["panel"]
    )


@cache
def drawn_concepts() -> frozenset[str]:
    """Every concept that some panel draws."""
    return frozenset(series.concept for plan in panel_plans() for series in plan.series)


@cache
def system_groups() -> tuple[SystemGroup, ...]:
    """The groups of grading systems that have a place of their own, from top to bottom."""
    return tuple(
        SystemGroup(one["heading"], tuple(one["toxicities"]), one.get("says", ""))
        for one in _content()["systems"]
    )


def group_of(toxicity: str) -> tuple[int, str]:
    """Place and heading of the systems that grade a toxicity; the unlisted come last, under its own name."""
    for place, group in enumerate(system_groups()):
        if toxicity in group.toxicities:
            return place, group.heading
    return len(system_groups()), toxicity
