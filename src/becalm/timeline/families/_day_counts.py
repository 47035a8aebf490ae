"""Blood counts by days: one value a day, short gaps interpolated, the days without a value unknown.

A row is an instant, a column is a day: what was known of that day at that instant. So a run of days is a
range, counted from what was measured up to then: a gap is interpolated only once its closing value is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY
from becalm.record.errors import InputError
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.settings import Settings

Matrix: TypeAlias = np.ndarray[Any, np.dtype[Any]]

BLOCK = 500
"""Patients whose days are laid out at once."""


@dataclass(frozen=True)
class Days:
    """What is known of each day at each instant.

    rows: patient_id | time | the columns of `ends` | loose (the patient has a value without a time), sorted.
    first: the day of column 0. lo, hi: the range of the day's lowest value, NaN without one. measured: a
    value was measured that day. over: the day counts even without a value, since it is past.
    """

    rows: pl.DataFrame
    first: int
    lo: Matrix
    hi: Matrix
    measured: Matrix
    over: Matrix

    def window(self, first: int, last: int) -> Days:
        """The days from `first` to `last`, both included."""
        part = np.s_[:, first - self.first : last - self.first + 1]
        return Days(self.rows, first, self.lo[part], self.hi[part], self.measured[part], self.over[part])

    def low(self, limit: float, *, below: bool = False) -> tuple[Matrix, Matrix]:
        """Days at or below a limit (`below`: under it): for certain, and perhaps (a past day may be any)."""
        compare = np.less if below else np.less_equal
        unknown = np.isnan(self.lo)
        return compare(self.hi, limit), compare(self.lo, limit) | (unknown & self.over)

    def until(self, days: Matrix) -> Days:
        """The days up to one of each row (`days`, may be infinite); later ones are as if they never came."""
        out = np.arange(self.first, self.first + self.lo.shape[1]) > days[:, None]
        lo, hi = np.where(out, np.nan, self.lo), np.where(out, np.nan, self.hi)
        return Days(self.rows, self.first, lo, hi, self.measured & ~out, self.over & ~out)


def early_and_late(settings: Settings, name: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """The first and last day of both windows, from the policies NAME_early_until_day and NAME_late_until_day.

    Raises:
        InputError: the late window has fewer than two days, or the early one none.
    """
    early, late = (round(settings.number(f"{name}_{part}_until_day")) for part in ("early", "late"))
    if late < early + 2:
        raise InputError(
            f"{name}_late_until_day is {late} and {name}_early_until_day is {early}. Expected a last day at "
            "least two days after the early one, such as 100 after 30. Set one of them anew."
        )
    return (0, early), (early + 1, late)


def blocks(
    cohort: Cohort,
    concept: str,
    settings: Settings,
    window: tuple[int, int],
    gap: int,
    ends: pl.DataFrame,
    *,
    each_day: bool,
) -> Iterator[Days]:
    """The days of a window, for some hundred patients at a time.

    Args:
        cohort: the record.
        concept: a count such as `anc`.
        settings: for `whole_day_yields`.
        window: its first and last day.
        gap: so many days without a value between two values are interpolated.
        ends: patient_id | time and other columns: further instants of interest (the last row at or before an
            instant is joined to it).
        each_day: answer at each midnight too, when one more day is past; if not, only at the last one.
    """
    updates, loose = _values(cohort, concept, settings)
    first, last = window[0] - gap - 1, window[1] + gap + 1
    updates = updates.filter(pl.col("day").is_between(first, last))
    midnights = range(window[0], window[1] + 2) if each_day else (window[0], window[1] + 1)
    ticks = pl.DataFrame({"time": [-FOREVER, *(day * DAY for day in midnights)]}, schema={"time": pl.Int64})
    ids = cohort.patients.select("patient_id").sort("patient_id")
    for block in ids.iter_slices(BLOCK) if ids.height else (ids,):
        mine = [frame.join(block, on="patient_id", how="semi") for frame in (updates, ends, loose)]
        times = pl.concat(
            [block.join(ticks, how="cross"), *(f.select("patient_id", "time") for f in mine[:2])]
        ).unique()
        rows = times.sort("patient_id", "time").join(
            mine[0], on=["patient_id", "time"], how="left", maintain_order="left"
        )
        yield _laid_out(rows, mine[1], mine[2], first, last, gap).window(*window)


def _values(cohort: Cohort, concept: str, settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """patient_id | time | day | lo | hi: the lowest value of the day so far; and values without a time.

    A value of a whole day is known from its begin and yields to the first timed value of that day.
    """
    rows = cohort.observations.filter(pl.col("concept") == concept).select(
        "patient_id", "time", "whole_day", "lo", "hi"
    )
    loose = (
        rows.filter(pl.col("time").is_null())
        .group_by("patient_id")
        .agg(loose_lo=pl.col("lo").min(), loose_hi=pl.col("hi").max())
    )
    kind = pl.col("whole_day") & settings.flag("whole_day_yields")
    day = ["patient_id", "day", "kind"]
    dated = (
        rows.filter(pl.col("time").is_not_null())
        .with_columns(day=pl.col("time").floordiv(DAY), kind=kind)
        .sort("patient_id", "time", "kind", descending=[False, False, True])
        .with_columns(pl.col("lo").cum_min().over(day), pl.col("hi").cum_min().over(day))
        .unique(["patient_id", "time"], keep="last", maintain_order=True)
    )
    return dated.select("patient_id", "time", "day", "lo", "hi"), loose


def _laid_out(
    rows: pl.DataFrame, ends: pl.DataFrame, loose: pl.DataFrame, first: int, last: int, gap: int
) -> Days:
    """Rows (patient_id | time | day | lo | hi, null where nothing is new) as what was known of each day."""
    places = np.arange(rows.height)
    begins = rows.select(new=pl.col("patient_id") != pl.col("patient_id").shift(1))["new"].fill_null(True)
    begin = np.maximum.accumulate(np.where(begins.to_numpy(), places, 0))
    newest = np.full((rows.height, last - first + 1), -1)
    news = rows["day"].is_not_null().to_numpy()
    newest[places[news], rows["day"].drop_nulls().to_numpy() - first] = places[news]
    newest = np.maximum.accumulate(newest, axis=0)
    measured = newest >= begin[:, None]
    values = {side: rows[side].to_numpy() for side in ("lo", "hi")}
    lo, hi = (np.where(measured, values[side][newest], np.nan) for side in ("lo", "hi"))
    if gap:
        lo, hi = _interpolated((lo, hi), measured, gap)
    if not loose.is_empty():
        far = rows.select("patient_id").join(loose, on="patient_id", how="left", maintain_order="left")
        far_lo, far_hi = (far[f"loose_{side}"].cast(pl.Float64).to_numpy()[:, None] for side in ("lo", "hi"))
        # It may be the lowest of any day, and lie anywhere between the ends of a gap.
        lo, hi = np.fmin(lo, far_lo + 0 * lo), np.where(measured, hi, np.fmax(hi, far_hi + 0 * hi))
    today = np.floor_divide(rows["time"].to_numpy(), DAY)
    if not loose.is_empty():  # a value without a time may be one of today
        today = today + ~np.isnan(far_lo[:, 0])
    over = np.arange(first, last + 1)[None, :] < today[:, None]
    told = rows.select("patient_id", "time").join_asof(
        ends, on="time", by="patient_id", check_sortedness=False
    )
    loose_there = pl.col("patient_id").is_in(loose["patient_id"].to_list())
    return Days(told.with_columns(loose=loose_there), first, lo, hi, measured, over)


def _interpolated(sides: tuple[Matrix, Matrix], known: Matrix, gap: int) -> tuple[Matrix, Matrix]:
    """Both sides with gaps of up to `gap` days between two known ones filled on the straight line."""
    width = known.shape[1]
    columns = np.arange(width, dtype=np.int32)
    before = np.maximum.accumulate(np.where(known, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, columns, width)[:, ::-1], axis=1)[:, ::-1]
    row, day = np.nonzero(~known & (before >= 0) & (after < width) & (after - before - 1 <= gap))
    left, right = before[row, day], after[row, day]
    share = (day - left) / (right - left)
    for values in sides:
        begin, end = values[row, left], values[row, right]
        values[row, day] = np.round(begin + (end - begin) * share, 9)
    return sides


@dataclass(frozen=True)
class Runs:
    """Runs of low days of each row, as columns of its window; runs apart by a short recovery are one.

    longest: days from the first to the last of the longest run; begin, end: its columns. total: days of all
    runs together. start, last: the columns at which the last run begins and ends (-1 without a run).
    """

    longest: Matrix
    begin: Matrix
    end: Matrix
    total: Matrix
    start: Matrix
    last: Matrix


def runs(low: Matrix, join: int) -> Runs:
    """Runs of low days (rows x days); a gap of up to `join` other days joins two runs and counts."""
    none = np.full(low.shape[0], -1)
    longest, total, length = none + 1, none + 1, none + 1
    begin, end, start, last = none, none, none, none
    for day in range(low.shape[1]):
        now = low[:, day]
        joined = now & (last >= 0) & (day - last - 1 <= join)
        step = np.where(joined, day - last, 1)
        length = np.where(joined, length + step, np.where(now, 1, length))
        total = total + np.where(now, step, 0)
        start = np.where(now & ~joined, day, start)
        last = np.where(now, day, last)
        better = now & (length > longest)
        longest = np.where(better, length, longest)
        begin, end = np.where(better, start, begin), np.where(better, day, end)
    return Runs(longest, begin, end, total, start, last)


def days_until(rows: pl.DataFrame, column: str) -> Matrix:
    """A column of instants as whole days; infinite where there is none."""
    time = rows[column]
    return np.where(time.is_null(), np.inf, np.floor_divide(time.fill_null(0).to_numpy(), DAY))


def changed(states: pl.DataFrame) -> pl.DataFrame:
    """States (patient_id | time | facts) without the rows that repeat the one before them."""
    facts = pl.struct(pl.exclude("time"))
    return states.filter(facts.ne_missing(facts.shift(1)))
