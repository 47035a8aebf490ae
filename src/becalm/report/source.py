"""Where a datum stands in the input, and what its row says, for hints and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from becalm.report.words import amount_text, figure, listed, name_text, range_text, unit_text

Row = Mapping[str, Any]

_CAUSES = {
    None: "a cause not given",
    "crs": "CRS",
    "infection": "infection",
    "local": "a local cause",
    "other": "another cause",
    "unknown": "an unknown cause",
}


def place(row: Row) -> str:
    """The file and row of a datum: `events.csv, row 3`."""
    return f"{row['file']}, row {row['row']}"


def places(rows: Sequence[Row]) -> str:
    """The files and rows of several data: `observations.csv, rows 3, 4 and 9`."""
    files: dict[str, list[int]] = {}
    for row in rows:
        files.setdefault(row["file"], []).append(row["row"])
    return "; ".join(
        f"{file}, row{'s' if len(at) > 1 else ''} {listed([str(number) for number in sorted(at)])}"
        for file, at in files.items()
    )


def read_otherwise(row: Row) -> str:
    """How a value was read, where that is not as it was given: `read as 39 °C`, `refused: ...`."""
    if row["refused"]:
        return value_read(row)
    return "" if unit_text(row["unit_given"]) == unit_text(row["unit"]) else f"read as {value_read(row)}"


def value_given(row: Row) -> str:
    """A measured value as the source gives it, with comparator and unit."""
    said = f"{row['comparator'] or ''}{row['value_given'] or ''}"
    unit = unit_text(row["unit_given"])
    return f"{said} {unit}".strip()


def value_read(row: Row) -> str:
    """How becalm reads a value: in its canonical unit, a range as a range."""
    unit = unit_text(row["unit"])
    if row["comparator"] in ("<", "<="):
        said = f"{row['comparator']} {figure(row['hi'])}".replace("<=", "≤")
    elif row["comparator"] in (">", ">="):
        said = f"{row['comparator']} {figure(row['lo'])}".replace(">=", "≥")
    else:
        said = range_text(row["lo"], row["hi"])
    if row["refused"]:
        return f"refused: any of {said} {unit}".strip()
    return f"{said} {unit}".strip()


def dose_given(row: Row) -> str:
    """Dose, rate, flow and inspired oxygen of an exposure, as far as given."""
    parts = [
        amount_text(row["dose"], row["dose_unit"]),
        amount_text(row["rate"], row["rate_unit"]),
        amount_text(row["flow_l_min"], "L/min"),
        f"FiO2 {figure(row['fio2'])}" if row["fio2"] is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def happening(row: Row) -> str:
    """An event in a few words: what, where, of which cause, how severe."""
    if row["event"] == "attribution":
        axis = name_text(row["axis"]) or "axis not given"
        if row["value"] == "resolved":
            return f"{axis}: attribution withdrawn"
        return f"{axis} attributed to {_CAUSES.get(row['cause'], name_text(row['cause']))}"
    parts = [name_text(row[column]) for column in ("value", "site", "severity", "cause") if row[column]]
    return ", ".join([name_text(row["event"]), *parts])
