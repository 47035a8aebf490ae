"""Neutrophils by days: runs of low days from day 0 to 30, the nadir from day 31 on.

Both are counted from the days known at an instant (`_day_counts`). A day without a count is unknown once it
is past, unless a short gap closes; until its end, today counts only once a count is there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.families._day_counts import (
    Days,
    Matrix,
    Runs,
    blocks,
    changed,
    days_until,
    early_and_late,
    runs,
)
from becalm.timeline.families.common import together
from becalm.timeline.settings import Settings

PER_MICROLITRE = 1000
"""Counts are kept in 10*9/L, the nadir is told per microlitre."""


def states(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """`anc_le_500_days`, `anc_le_100_days`, `anc_never_recovered`, `late_anc_nadir`, `late_anc_confirmed`.

    Returns:
        patient_id | time | X_lo | X_hi | X_says for each of these facts; from before the infusion on, when no
        day has been counted yet.
    """
    early, late = early_and_late(settings, "icaht")
    gap = round(settings.number("anc_interpolated_days"))
    over = first_events(cohort, settings.names("anc_never_ends_at"), "over")
    relapsed = first_events(cohort, settings.names("icaht_late_ends_at"), "relapsed")
    parts = [
        pl.concat(
            _early(days, settings)
            for days in blocks(cohort, "anc", settings, early, gap, over, each_day=True)
        ),
        pl.concat(
            _late(days, settings)
            for days in blocks(cohort, "anc", settings, late, 0, relapsed, each_day=False)
        ),
    ]
    return changed(together([part.sort("patient_id", "time") for part in parts]))


def first_events(cohort: Cohort, names: Sequence[str], column: str) -> pl.DataFrame:
    """The first of some events of each patient, as a state from its time on.

    Returns:
        patient_id | time | COLUMN i64 (its instant) | COLUMN_undated bool (one has no time: it may have been
        at any time), sorted.
    """
    rows = cohort.events.filter(pl.col("event").is_in(list(names)))
    undated = pl.col("patient_id").is_in(
        rows.filter(pl.col("time").is_null())["patient_id"].unique().to_list()
    )
    first = rows.group_by("patient_id").agg(pl.col("time").min()).select("patient_id", "time")
    begin = cohort.patients.select(
        "patient_id", time=pl.lit(-FOREVER, dtype=pl.Int64), at=pl.lit(None, dtype=pl.Int64)
    )
    happened = first.drop_nulls().select("patient_id", "time", at="time")
    return (
        pl.concat([begin, happened])
        .select("patient_id", "time", undated.alias(f"{column}_undated"), pl.col("at").alias(column))
        .sort("patient_id", "time")
    )


def run_states(
    days: Days, name: str, label: str, amount: tuple[Matrix, Matrix], longest: Runs | None = None
) -> pl.DataFrame:
    """A count of low days as states, with a text such as `neutrophils ... on 9 days, days 2 to 10`.

    Args:
        days: the days of the counted window.
        name: of the fact.
        label: what was counted.
        amount: the days counted where only the days that are low for certain count, and with all that may be.
        longest: the runs of the days that may be low, where the longest one is counted.

    Returns:
        patient_id | time | NAME_lo | NAME_hi | NAME_says.
    """
    frame = days.rows.select("patient_id", "time").with_columns(
        pl.Series("lo", amount[0], dtype=pl.Float64),
        pl.Series("hi", amount[1], dtype=pl.Float64),
        pl.Series("from", (longest.begin if longest else amount[1]) + days.first, dtype=pl.Int64),
        pl.Series("to", (longest.end if longest else amount[1]) + days.first, dtype=pl.Int64),
    )
    least, most = (pl.col(side).cast(pl.Int64) for side in ("lo", "hi"))
    number = pl.when(least == most).then(pl.format("{}", most)).otherwise(pl.format("{} to {}", least, most))
    span = (
        pl.when((pl.col("to") > pl.col("from")) & (least < most))
        .then(pl.format(" in a row (at the most days {} to {})", "from", "to"))
        .when(pl.col("to") > pl.col("from"))
        .then(pl.format(" in a row (days {} to {})", "from", "to"))
        .otherwise(pl.format(" (day {})", "from"))
    )
    unit = pl.when(most == 1).then(pl.lit(" day")).otherwise(pl.lit(" days"))
    which = span if longest else pl.lit("")
    said = pl.format("{} on {}{}{}", pl.lit(label), number, unit, which)
    return frame.select(
        "patient_id",
        "time",
        pl.col("lo").alias(f"{name}_lo"),
        pl.col("hi").alias(f"{name}_hi"),
        pl.when(most > 0).then(said).alias(f"{name}_says"),
    )


def _early(days: Days, settings: Settings) -> pl.DataFrame:
    join = round(settings.number("anc_joined_days"))
    out = days.rows.select("patient_id", "time")
    for name, limit in (("anc_le_500_days", "anc_severe_limit"), ("anc_le_100_days", "anc_profound_limit")):
        low = settings.number(limit)
        must, may = (runs(part, join) for part in days.low(low))
        label = f"neutrophils at or below {low * PER_MICROLITRE:g}/uL"
        mine = run_states(days, name, label, (must.longest, may.longest), may)
        out = out.with_columns(mine.drop("patient_id", "time"))
        if name == "anc_le_500_days":
            never = _never_recovered(days, must, may, settings)
    said = pl.lit("neutrophils at or below the limit from the first days on, never recovered")
    names = {side: f"anc_never_recovered_{side}" for side in ("lo", "hi", "says")}
    return out.with_columns(pl.Series(names["lo"], never[0]), pl.Series(names["hi"], never[1])).with_columns(
        pl.when(names["hi"]).then(said).alias(names["says"])
    )


def _never_recovered(days: Days, must: Runs, may: Runs, settings: Settings) -> tuple[Matrix, Matrix]:
    """Whether the run of the first days lasts to the end of the window or of follow-up, once it has come."""
    width = days.lo.shape[1]
    columns = np.arange(width)
    measured = np.where(days.measured, columns, -1).max(axis=1)
    end = np.minimum(days_until(days.rows, "over"), width - 1)
    past = days.rows["time"].to_numpy() >= width * DAY
    settled = past | (days_until(days.rows, "over") < width)
    gap = settings.number("anc_interpolated_days")
    starts = settings.number("anc_never_from_day")
    known = (measured >= 0) & (end - measured <= gap) & (must.last >= measured)
    lo = settled & known & (must.start >= 0) & (must.start <= starts)
    undated = days.rows["over_undated"].fill_null(False).to_numpy()
    lasts = (may.last >= np.minimum(end, measured)) | (may.last >= end)
    hi = (settled | undated) & lasts & (may.start >= 0) & (may.start <= starts)
    return lo, hi | lo


def _late(days: Days, settings: Settings) -> pl.DataFrame:
    """The lowest count of the late window, and whether a second day confirms it."""
    relapsed = days_until(days.rows, "relapsed")
    days = days.until(relapsed)
    counts = days.measured.sum(axis=1)
    lo, hi = (np.where(days.measured, part, np.inf) for part in (days.lo, days.hi))
    lo_first, lo_second = np.sort(lo, axis=1)[:, :2].T
    hi_first, hi_second = np.sort(hi, axis=1)[:, :2].T
    limit = settings.number("anc_late_limit")
    loose, undated = (days.rows[name].fill_null(False).to_numpy() for name in ("loose", "relapsed_undated"))
    begun = (days.rows["time"].to_numpy() >= days.first * DAY) & (relapsed >= days.first)
    one = settings.flag("late_one_count_suffices") & ~loose
    confirmed = np.select([counts == 0, counts == 1], [False, one], hi_second <= limit)
    perhaps = np.select([counts == 0, (counts == 1) | undated], [begun, True], lo_second <= limit)
    frame = days.rows.select("patient_id", "time").with_columns(
        pl.Series("late_anc_nadir_lo", _per_microlitre(lo_first)),
        pl.Series("late_anc_nadir_hi", _per_microlitre(np.where(undated, np.inf, hi_first))),
        pl.Series("late_anc_confirmed_lo", confirmed.astype(bool) & ~undated),
        pl.Series("late_anc_confirmed_hi", perhaps.astype(bool)),
        pl.Series("days", counts, dtype=pl.Int64),
        pl.Series("day", np.argmin(lo, axis=1) + days.first, dtype=pl.Int64),
        pl.Series("second", _per_microlitre(lo_second)),
    )
    since = f"lowest neutrophils from day {days.first} on"
    lowest = pl.format("{} {}/uL on day {}", pl.lit(since), _told("late_anc_nadir_lo"), "day")
    second = pl.format("second lowest {}/uL", _told("second")).fill_null(pl.lit("no second count"))
    some = pl.col("days") > 0
    return frame.with_columns(
        late_anc_nadir_says=pl.when(some).then(lowest), late_anc_confirmed_says=pl.when(some).then(second)
    ).drop("days", "day", "second")


def _per_microlitre(counts: Matrix) -> pl.Series:
    """Counts in 10*9/L as counts per microlitre, null where there is none."""
    told = np.round(counts * PER_MICROLITRE, 6)
    return pl.Series(np.where(np.isfinite(told), told, np.nan)).fill_nan(None)


def _told(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_suffix(".0")
