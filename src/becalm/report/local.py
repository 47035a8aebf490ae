"""Local signs (swelling, airway, bleeding ...) as stretches of time; two answers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from becalm.record.clock import DAY
from becalm.report.source import Row


@dataclass(frozen=True)
class LocalSign:
    """One sign at one site, in days.

    until is None where nothing in the record ends it. start_whole, until_whole: the end of the stretch is a
    whole day of which no hour is given. unsited_end: a `resolved` without a site after it, which may or may
    not mean this one.
    """

    row: Row
    start: float
    start_whole: bool
    until: float | None
    until_whole: bool
    unsited_end: float | None

    @property
    def severe(self) -> bool:
        """Decompensated, or at the airway."""
        return bool(self.row["severity"] == "decompensated" or self.row["value"] == "airway")


def local_signs(events: pl.DataFrame) -> list[LocalSign]:
    """The local signs of one patient; a sign holds until the next row of its site (design section 3).

    Args:
        events: the patient's events.

    Returns:
        The severe first, then in order of start; signs without a date are not among them (`undated_signs`).
    """
    rows = events.filter(pl.col("event") == "local_sign", pl.col("time").is_not_null()).sort("time", "row")
    all_rows = rows.to_dicts()
    out = []
    for row in all_rows:
        if row["value"] == "resolved":
            continue
        later = [other for other in all_rows if other["time"] > row["time"]]
        nxt = next((other for other in later if other["site"] == row["site"]), None)
        unsited = next((o for o in later if o["value"] == "resolved" and o["site"] is None), None)
        if unsited is not None and (
            row["site"] is None or (nxt is not None and nxt["time"] <= unsited["time"])
        ):
            unsited = None
        out.append(
            LocalSign(
                row=row,
                start=row["time"] / DAY,
                start_whole=row["whole_day"],
                until=None if nxt is None else nxt["time"] / DAY,
                until_whole=nxt is not None and nxt["whole_day"],
                unsited_end=None if unsited is None else unsited["time"] / DAY,
            )
        )
    return sorted(out, key=lambda sign: not sign.severe)


def undated_signs(events: pl.DataFrame) -> Sequence[Row]:
    """Local signs of one patient "at some time in this record"."""
    return events.filter(
        pl.col("event") == "local_sign", pl.col("time").is_null(), pl.col("value") != "resolved"
    ).to_dicts()


@dataclass(frozen=True)
class TwoAnswers:
    """A stretch of time with the grade as attributed and the grade with every attribution set aside."""

    start: float
    end: float
    attributed: tuple[int | None, int | None]
    set_aside: tuple[int | None, int | None]


def two_answers(grades: pl.DataFrame, alternative: pl.DataFrame) -> list[TwoAnswers]:
    """Where the two answers about one patient differ.

    Args:
        grades: the patient's intervals, as `becalm.scales.grade` returns them.
        alternative: the same with the policy attribution_used = false.
    """
    one, other = _steps(grades), _steps(alternative)
    cuts = sorted({cut for start, end, _ in (*one, *other) for cut in (start, end)})
    out: list[TwoAnswers] = []
    for start, end in pairwise(cuts):
        here, there = _at(one, start), _at(other, start)
        if here is None or there is None or here == there:
            continue
        if out and out[-1].end == start and (out[-1].attributed, out[-1].set_aside) == (here, there):
            out[-1] = TwoAnswers(out[-1].start, end, here, there)
        else:
            out.append(TwoAnswers(start, end, here, there))
    return out


_Step = tuple[float, float, tuple[int | None, int | None]]


def _steps(grades: pl.DataFrame) -> list[_Step]:
    columns = ("start_day", "end_day", "grade_min", "grade_max")
    return [(start, end, (low, high)) for start, end, low, high in grades.select(columns).iter_rows()]


def _at(steps: Sequence[_Step], day: float) -> tuple[int | None, int | None] | None:
    return next((grade for start, end, grade in steps if start <= day < end), None)
