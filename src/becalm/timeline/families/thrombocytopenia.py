"""Platelets by days: all low days together, from day 0 to 30 and from day 31 on."""

from __future__ import annotations

import polars as pl

from becalm.record import Cohort
from becalm.timeline.families._day_counts import (
    Days,
    blocks,
    changed,
    days_until,
    early_and_late,
    runs,
)
from becalm.timeline.families.common import together
from becalm.timeline.families.haematology import first_events, run_states
from becalm.timeline.settings import Settings

EARLY = {"platelets_lt_50_days": "platelets_limit", "platelets_lt_20_days": "platelets_severe_limit"}
LATE = {
    "late_platelets_lt_100_days": "platelets_late_limit",
    "late_platelets_lt_50_days": "platelets_limit",
    "late_platelets_lt_20_days": "platelets_severe_limit",
}


def states(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Days with low platelets so far, of the early and of the late window, below each limit.

    Returns:
        patient_id | time | X_lo | X_hi | X_says for each fact of `thrombocytopenia.toml`; days without a
        count are unknown once they are past, unless a short gap closes.
    """
    early, late = early_and_late(settings, "t_icaht")
    gap = round(settings.number("platelets_interpolated_days"))
    ends = first_events(cohort, settings.names("t_icaht_ends_at"), "ends")
    parts = [
        pl.concat(
            _counted(days, limits, settings)
            for days in blocks(cohort, "platelets", settings, window, gap, ends, each_day=True)
        )
        for window, limits in ((early, EARLY), (late, LATE))
    ]
    return changed(together([part.sort("patient_id", "time") for part in parts]))


def _counted(days: Days, limits: dict[str, str], settings: Settings) -> pl.DataFrame:
    undated = days.rows["ends_undated"].fill_null(False).to_numpy()
    days = days.until(days_until(days.rows, "ends"))
    join = round(settings.number("platelets_joined_days"))
    out = days.rows.select("patient_id", "time")
    for name, policy in limits.items():
        limit = settings.number(policy)
        must, may = (runs(part, join) for part in days.low(limit, below=True))
        label = f"platelets below {limit:g} x 10^9/L"
        # Counting may have ended before any of these days where that event has no time.
        mine = run_states(days, name, label, (must.total * ~undated, may.total))
        out = out.with_columns(mine.drop("patient_id", "time"))
    return out
