"""What each way of giving oxygen means as a level of support, from `devices.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LEVELS = ("none", "low_flow", "high_flow", "positive_pressure")
BY_FLOW = "by_flow"


@dataclass(frozen=True)
class DeviceLevel:
    """One device: its level (one of LEVELS, or BY_FLOW) and how it is told from others.

    `level_max`: the highest level that it may mean, where its name leaves that open; a flow above the limit
    of low flow settles it.
    """

    level: str
    cites: str
    cannula: bool = False
    always_needed: bool = False
    home_device: bool = False
    level_max: str = ""


@cache
def device_levels() -> dict[str, DeviceLevel]:
    """Every device of the vocabulary, by name."""
    text = files("becalm.timeline").joinpath("devices.toml").read_text(encoding="utf-8")
    return {name: DeviceLevel(**entry) for name, entry in tomllib.loads(text)["devices"].items()}
