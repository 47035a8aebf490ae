"""docs/policies.md: every policy that decides a state or a marker, and what each oxygen device is worth."""

import tomllib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from scripts.markdown import code, filled, notice, table, verified

from becalm.markers import default_marker_settings, marker_file
from becalm.timeline import Policy, default_settings
from becalm.timeline._devices import device_levels
from becalm.timeline.families import families


def pages() -> dict[str, str]:
    """The page by its name in docs."""
    settings, devices = _toml("settings.toml"), _toml("devices.toml")
    by_family = {policy.name for family in families().values() for policy in family.policies}
    parts = {
        "timeline": policy_table(p for n, p in default_settings().policies.items() if n not in by_family),
        "families": "\n\n".join(
            f"### {name.replace('_', ' ').capitalize()}\n\n{policy_table(family.policies)}"
            for name, family in families().items()
            if family.policies
        ),
        "limits": _limits(),
        "limits_source": _toml("reference_limits.toml")["source"],
        "organs": _organs(),
        "organs_source": _toml("organ_grades.toml")["source"],
        "formulas": _formulas(),
        "timeline_source": settings["source"],
        "markers": policy_table(default_marker_settings().own.values()),
        "markers_source": marker_file().source,
        "devices": _devices(),
        "devices_source": devices["source"],
        "flow": f"{devices['fio2_by_flow']['says']}. Source: {devices['fio2_by_flow']['cites']}",
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


def _limits() -> str:
    """The default reference limits."""
    rows = [
        (code(name), limit["unit"], _ends(limit.get("lower")), _ends(limit.get("upper")))
        for name, limit in _toml("reference_limits.toml")["limit"].items()
    ]
    return table(["value", "unit", "lower limit", "upper limit"], rows)


def _ends(limit: list[float] | None) -> str:
    if limit is None:
        return ""
    return f"{limit[0]:g}" if limit[0] == limit[1] else f"{limit[0]:g} to {limit[1]:g}"


def _organs() -> str:
    """From which multiple of a limit a laboratory value is of a grade."""
    rows = []
    for name, organ in _toml("organ_grades.toml")["organ"].items():
        for value in organ.get("value", ()):
            for of in ("limit", "baseline"):
                if of in value:
                    times = ", ".join(f"grade {grade} above {factor:g}" for grade, factor in value[of])
                    what = "the upper limit" if of == "limit" else "the patient's baseline"
                    rows.append((name, value["label"], f"{times} times {what}"))
    return table(["organ", "value", "grades"], rows)


def _formulas() -> str:
    """The norepinephrine equivalents."""
    rows = [
        (code(name), formula["says"], formula["cites"], verified(formula["verified"]))
        for name, formula in _toml("vasopressor_doses.toml")["formulas"].items()
    ]
    return table(["fact", "formula", "source", "read"], rows)


def _devices() -> str:
    levels = {"by_flow": "its flow decides (`low_flow_max`)", "none": "no oxygen"}
    rows = [
        (
            code(name),
            levels.get(device.level, code(device.level)),
            device.ventilation if device.ventilation != "none" else "",
            "by its flow" if device.fio2_by_flow else f"{device.fio2_min:g} to {device.fio2_max:g} %",
            device.cites,
        )
        for name, device in device_levels().items()
    ]
    return table(["device", "counts as", "ventilation", "FiO2 if not recorded", "source"], rows)


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(files("becalm.timeline").joinpath(name).read_text(encoding="utf-8"))
