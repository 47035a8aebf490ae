"""docs/grading-systems.md: every installed grading system, and where those of CRS differ."""

import tomllib
from typing import Any

import polars as pl
from scripts.markdown import ROOT, code, filled, notice, table

from becalm import read_tables
from becalm.record import Cohort
from becalm.scales import grade_together, installed_scales

DAY = 5.0
COVERED = (
    "vasopressor",
    "oxygen",
    "fluid",
    "antipyretic",
    "anti_cytokine",
    "corticosteroid",
    "organ_toxicity",
    "death",
)


def pages() -> dict[str, str]:
    """The page by its name in docs."""
    parts = {"installed": _installed(), "differences": _differences()}
    source = "scripts/pages/grading-systems.md.in, scripts/pages/differences.toml, src/becalm/scales/editions"
    return {"grading-systems.md": notice(source) + filled("grading-systems.md.in", parts)}


def _installed() -> str:
    rows = [
        (
            f"[{scale.id}](scales/{scale.id}.md)",
            scale.toxicity,
            scale.title,
            f"{sum(level.verified for level in scale.level)} of {len(scale.level)}",
        )
        for scale in installed_scales().values()
    ]
    return table(["system", "grades", "title", "read"], rows)


def _differences() -> str:
    """Each state graded by every CRS system."""
    text = (ROOT / "scripts" / "pages" / "differences.toml").read_text(encoding="utf-8")
    states = tomllib.loads(text)["state"]
    systems = [scale.id for scale in installed_scales().values() if scale.toxicity == "CRS"]
    found = grade_together(_cohort(states), systems, at=[DAY])
    grades = [
        dict(zip(one["patient_id"], zip(one["grade_min"], one["grade_max"], strict=True), strict=True))
        for one in found
    ]
    rows = [
        (state["name"], *(_range(*one[f"{number:02}"]) for one in grades))
        for number, state in enumerate(states)
    ]
    return table(["besides the fever", *(code(system) for system in systems)], rows)


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _cohort(states: list[dict[str, Any]]) -> Cohort:
    """One patient a state: febrile since day 3.5, charted every six hours."""
    rows: dict[str, list[dict[str, str]]] = {"observations": [], "exposures": []}
    for number, state in enumerate(states):
        who = {"patient_id": f"{number:02}"}
        for day in ("3.5", "3.75", "4.0001", "4.25", "4.5", "4.75", "4.95"):
            pressure = state.get("sbp", "118") if day == "4.95" else "118"
            for concept, value, unit in (
                ("temperature", "38.6", "Cel"), ("sbp", pressure, "mm[Hg]"), ("spo2", "96", "%"),
            ):  # fmt: skip
                rows["observations"].append(
                    {**who, "day": day, "concept": concept, "value": value, "unit": unit}
                )
        for name in rows:
            rows[name] += [{**who, **row} for row in state.get(name, ())]
    frames = {name: pl.DataFrame(found, infer_schema_length=None) for name, found in rows.items()}
    ages = {"patient_id": [f"{n:02}" for n in range(len(states))], "age_years": ["50"] * len(states)}
    return read_tables(
        {"patients": pl.DataFrame(ages), **frames, "coverage": pl.DataFrame({"class": COVERED})}
    )
