"""What each way of giving oxygen means as a level of support, from `devices.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LEVELS = ("none", "low_flow", "high_flow", "positive_pressure")
BY_FLOW = "by_flow"
VENTILATION = ("none", "noninvasive", "invasive")


@dataclass(frozen=True)
class DeviceLevel:
    """One device: its level (one of LEVELS, or BY_FLOW) and how it is told from others.

    `level_max`: the highest level that it may mean, where its name leaves that open; a flow above the limit
    of low flow settles it. `ventilation`: one of VENTILATION. `fio2_min` and `fio2_max`: the inspired oxygen
    (percent) that it can deliver; `fio2_by_flow`: the table of flows gives it.
    """

    level: str
    cites: str
    cannula: bool = False
    always_needed: bool = False
    home_device: bool = False
    level_max: str = ""
    ventilation: str = "none"
    fio2_min: float = 21.0
    fio2_max: float = 100.0
    fio2_by_flow: bool = False


@dataclass(frozen=True)
class FlowTable:
    """Inspired oxygen (percent) by the flow of a cannula: base + per_litre x flow, within its flows."""

    says: str
    base: float
    per_litre: float
    flow_min: float
    flow_max: float
    cites: str
    verified: bool


@cache
def device_levels() -> dict[str, DeviceLevel]:
    """Every device of the vocabulary, by name."""
    return {name: DeviceLevel(**entry) for name, entry in _file()["devices"].items()}


@cache
def flow_table() -> FlowTable:
    """The table of inspired oxygen by flow."""
    return FlowTable(**_file()["fio2_by_flow"])


def _file() -> dict[str, Any]:
    """`devices.toml` as it stands."""
    text = files("becalm.timeline").joinpath("devices.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
