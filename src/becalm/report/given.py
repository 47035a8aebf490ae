"""What a patient was given, as stretches to draw.

Design section 3, "Supports": oxygen and ventilation are one track, a new row closes an open one; an
open-ended drug with a rate lasts to the next row of its own name, without a rate it is one dose; past the
time of `open_end_hours` an open end is "perhaps ended" and is drawn hatched. So is the day of a start or an
end that is a date alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from becalm.record.clock import DAY
from becalm.report.source import Row
from becalm.timeline import Settings


@dataclass(frozen=True)
class Given:
    """One row of the exposures on the axis of days, or a part of one.

    The row runs for certain in [start, sure_until) and perhaps until `until`; single: one dose at `start`.
    stopped: a rate of 0. some_time: `start` is a day without its hour. first: no other part comes before it.
    """

    row: Row
    start: float
    sure_until: float
    until: float
    single: bool
    stopped: bool
    some_time: bool = False
    first: bool = True


def given(exposures: pl.DataFrame, settings: Settings, record_end: float) -> list[Given]:
    """The dated exposures of one patient in order of their start.

    Args:
        exposures: the patient's rows of the record.
        settings: policies in force.
        record_end: the day on which the record ends; no open row is drawn past it.
    """
    rows = exposures.filter(pl.col("start").is_not_null()).sort("start", "name", "row").to_dicts()
    vague = settings.flag("whole_day_order_unknown")
    found = [_stretch(row, rows, settings, record_end) for row in rows]
    return [part for one in found for part in (_by_day(one) if vague else [one])]


def _by_day(given: Given) -> list[Given]:
    """The parts of a row of which the day of the start or of the end is known and not the hour."""
    row, start, until = given.row, given.start, given.until
    if row["end"] is not None and row["end_whole_day"]:
        given = replace(given, until=until + 1, single=False)
    if not row["start_whole_day"]:
        return [given]
    if given.single or (row["end"] is None and given.sure_until == start):
        return [replace(given, some_time=True)]
    begun = min(start + 1, given.until)
    lead = replace(given, sure_until=start, until=begun, some_time=True)
    rest = replace(given, start=begun, sure_until=max(given.sure_until, begun), first=False)
    return [lead, rest] if rest.until > begun else [lead]


def _stretch(row: Row, rows: Sequence[dict[str, Any]], settings: Settings, record_end: float) -> Given:
    start = row["start"] / DAY
    stopped = row["rate"] == 0
    if row["end"] is not None:
        end = row["end"] / DAY
        return Given(row, start, end, end, single=end == start, stopped=stopped)
    support = row["kind"] in ("oxygen", "ventilation")
    if row["kind"] == "fluid" and row["indication"] == "hypotension":
        end = start + settings.number("bolus_hours") * 3600e6 / DAY
        return Given(row, start, end, end, single=False, stopped=stopped)
    if not support and row["rate"] is None:
        return Given(row, start, start, start, single=True, stopped=False)
    later = [
        other["start"] / DAY
        for other in rows
        if other["start"] > row["start"]
        and (other["kind"] in ("oxygen", "ventilation") if support else other["name"] == row["name"])
    ]
    until = max(min([*later, record_end]), start)
    doubtful = start + settings.number("open_end_hours") * 3600e6 / DAY
    sure = until if row["name"] == "room_air" else min(until, doubtful)
    return Given(row, start, sure, until, single=False, stopped=stopped)
