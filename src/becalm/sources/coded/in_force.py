"""The device in force when a flow or an inspired fraction is charted without one.

The rules are those of the track of oxygen (design section 3): a new row closes an open one; where closed
rows overlap the later start wins, then the older again. An open row is in force for `in_force_hours` (an
option of the mapping) after its start or after the last reading that was charted with it. A device of
which only the date is known is in force from the end of that date to the beginning of the date on which
it ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

import polars as pl

from becalm.record import DAY, HOUR

AIR, UNNAMED = "room_air", "unspecified_oxygen"

FOUND: dict[str, pl.DataType] = {
    "patient_id": pl.String(),
    "start_moment": pl.Int64(),
    "start": pl.String(),
    "end": pl.String(),
    "name": pl.String(),
    "kind": pl.String(),
    "indication": pl.String(),
    "flow": pl.Float64(),
    "fraction": pl.Float64(),
    "note": pl.String(),
    "file": pl.String(),
    "row": pl.Int64(),
}


class _Device(NamedTuple):
    """A device row: when it is in force for certain, and what a reading takes over from it."""

    began: int
    until: int | None
    name: str
    kind: str
    end: str | None
    indication: str | None


def of_the_device_in_force(
    moments: pl.DataFrame, given: pl.DataFrame, options: Mapping[str, Any]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Readings at instants without a device row, each as a row of the device then in force.

    Args:
        moments: patient_id, start_moment, start, flow, fraction, note, file, row.
        given: device rows with `start_moment`, `end_moment` and whether each is a date alone.
        options: `air_fraction`, `in_force_hours`, and `flow_only`, the devices that a flow of 0 ends.

    Returns:
        FOUND; and patient_id, start_moment of the readings whose device was charted too long ago to tell.
    """
    devices = given.filter(pl.col("start_moment").is_not_null()).sort("patient_id", "start_moment")
    by_patient = {
        owner: list(rows)
        for owner, rows in groupby(devices.iter_rows(named=True), key=lambda row: row["patient_id"])
    }
    lasting = round(float(options.get("in_force_hours", 0)) * HOUR)
    found: list[dict[str, Any]] = []
    stale: list[tuple[str, int]] = []
    ordered = moments.sort("patient_id", "start_moment").iter_rows(named=True)
    for owner, readings in groupby(ordered, key=lambda row: row["patient_id"]):
        for reading, device in _followed(by_patient.get(owner, []), readings, lasting):
            if device == "stale":
                stale.append((owner, reading["start_moment"]))
            else:
                found.append(_row(reading, device, options))
    rows = pl.DataFrame([[one.get(name) for name in FOUND] for one in found], schema=FOUND, orient="row")
    return rows, pl.DataFrame(stale, schema={"patient_id": pl.String, "start_moment": pl.Int64}, orient="row")


def _followed(
    devices: list[dict[str, Any]], readings: Iterator[dict[str, Any]], lasting: int
) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each reading of one patient with the device in force, None, or "stale"."""
    coming = 0
    open_row: _Device | None = None
    seen = 0
    closed: list[_Device] = []
    for reading in readings:
        at = reading["start_moment"]
        while coming < len(devices) and devices[coming]["start_moment"] <= at:
            device = _device(devices[coming])
            open_row, seen = (device, max(device.began, seen)) if device.until is None else (None, seen)
            if device.until is not None:
                closed.append(device)
            coming += 1
        closed = [one for one in closed if one.until is not None and one.until > at]
        inside = [one for one in closed if one.began <= at]
        latest = max(inside, key=lambda one: one.began, default=None)
        if (
            open_row is not None
            and open_row.began <= at
            and (latest is None or open_row.began >= latest.began)
        ):
            if at - seen > lasting:
                yield reading, "stale"
                continue
            seen, latest = at, open_row
        yield reading, latest


def _device(row: Mapping[str, Any]) -> _Device:
    began = row["start_moment"] + (DAY if row["start_date_only"] else 0)
    return _Device(began, row["end_moment"], row["name"], row["kind"], row["end"], row["indication"])


def _row(reading: Mapping[str, Any], device: _Device | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """A reading as a row of the folder format."""
    flow, fraction = reading["flow"], reading["fraction"]
    air = fraction is None or fraction <= float(options.get("air_fraction", 0))
    out = dict(reading)
    if device is not None and device.name != AIR:
        if flow == 0 and air and device.name in options.get("flow_only", ()):
            return out | {"name": AIR, "kind": "oxygen", "flow": None, "fraction": None}
        return out | {
            "name": device.name,
            "kind": device.kind,
            "end": device.end,
            "indication": device.indication,
        }
    if air and (flow == 0 or (flow is None and fraction is not None)):
        return out | {"name": AIR, "kind": "oxygen", "flow": None, "fraction": None}
    return out | {"name": UNNAMED, "kind": "oxygen"}
