"""docs/policies.md: every policy that decides a state or a marker, and what each oxygen device is worth."""

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from scripts.markdown import code, filled, notice, table, verified

from becalm.markers import default_marker_settings, marker_file
from becalm.timeline import Policy, default_settings


def pages() -> dict[str, str]:
    """The page by its name in docs."""
    settings, devices = _toml("settings.toml"), _toml("devices.toml")
    parts = {
        "timeline": policy_table(default_settings().policies.values()),
        "timeline_source": settings["source"],
        "markers": policy_table(default_marker_settings().own.values()),
        "markers_source": marker_file().source,
        "devices": _devices(devices["devices"]),
        "devices_source": devices["source"],
    }
    source = (
        "scripts/pages/policies.md.in, src/becalm/timeline/settings.toml, src/becalm/markers/markers.toml"
    )
    return {"policies.md": notice(source) + filled("policies.md.in", parts)}


def policy_table(policies: Iterable[Policy]) -> str:
    """Policies with value, sentence, source and whether it was read."""
    rows = [(code(p.name), shown(p.value, p.unit), p.says, p.cites, verified(p.verified)) for p in policies]
    return table(["policy", "value", "what it says", "source", "read"], rows)


def shown(value: object, unit: str | None) -> str:
    """A value as one would write it behind `--set NAME=`, with its unit."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | int):
        return f"{value:g} {unit or ''}".strip()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _devices(devices: Mapping[str, Mapping[str, Any]]) -> str:
    levels = {"by_flow": "its flow decides (`low_flow_max`)", "none": "no oxygen"}
    rows = [(code(n), levels.get(d["level"], code(d["level"])), d["cites"]) for n, d in devices.items()]
    return table(["device", "counts as", "source"], rows)


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(files("becalm.timeline").joinpath(name).read_text(encoding="utf-8"))
