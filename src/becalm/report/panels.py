"""Which measurements a timeline shows, in which panel: read from `panels.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


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


@cache
def panel_plans() -> tuple[PanelPlan, ...]:
    """Every panel of measurements, from top to bottom."""
    content = tomllib.loads(files("becalm.report").joinpath("panels.toml").read_text(encoding="utf-8"))
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
        for entry in content["panel"]
    )


@cache
def drawn_concepts() -> frozenset[str]:
    """Every concept that some panel draws."""
    return frozenset(series.concept for plan in panel_plans() for series in plan.series)
