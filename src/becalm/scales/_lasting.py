"""Levels whose condition must have held for some hours.

A condition holds in an interval for certain, perhaps, or not. What has lasted is counted from the begin of
the run of intervals in which it held, short breaks bridged; where it is reached inside an interval, the
interval is cut there. A run that stands at the begin of a record may have begun before it.
"""

from __future__ import annotations

import polars as pl

from becalm.scales._beside import cut
from becalm.scales._levels import side, truth
from becalm.scales.edition import Scale
from becalm.timeline import Settings

_ENDS = {"must": "lo", "may": "hi"}


def lasting_levels(scale: Scale, settings: Settings) -> dict[int, int]:
    """The positions of levels with a duration, and the duration in microseconds."""
    found = ((number, scale.level[number].lasting) for number in scale.applied(settings))
    return {number: hours for number, hours in found if hours is not None}


def with_durations(
    scale: Scale, intervals: pl.DataFrame, rows: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """The intervals, cut where a duration is reached, with the columns `side` of each such level.

    Args:
        scale: the grading system.
        intervals: with `variant`.
        rows: the situations of each variant.
        settings: policies in force.
    """
    asked = lasting_levels(scale, settings)
    if not asked:
        return intervals
    held = truth(scale, rows, settings, list(asked), lasting=True).with_columns(rows["variant"])
    sure = held.group_by("variant").agg(
        *(pl.col(f"must_{number}").all() for number in asked),
        *(pl.col(f"may_{number}").any() for number in asked),
    )
    out = intervals.join(sure, on="variant", how="left", maintain_order="left")
    for number, length in asked.items():
        for kind in _ENDS:
            since = _since(out, f"{kind}_{number}", settings, open_before=kind == "may")
            reached = since.select("interval", (pl.col("since") + length).alias(f"{kind}_{number}_at"))
            out = out.join(reached, on="interval", how="left", maintain_order="left")
    times = [
        out.select("patient_id", time=f"{kind}_{number}_at").drop_nulls().unique()
        for number in asked
        for kind in _ENDS
    ]
    out = cut(out, pl.concat(times).unique())
    out = out.with_columns(
        (pl.col("start") >= pl.col(f"{kind}_{number}_at")).fill_null(False).alias(side(number)[place])
        for number in asked
        for place, kind in enumerate(_ENDS)
    )
    return out.drop(f"{kind}_{number}{end}" for number in asked for kind in _ENDS for end in ("", "_at"))


def _since(intervals: pl.DataFrame, flag: str, settings: Settings, *, open_before: bool) -> pl.DataFrame:
    """When the run began to which each interval belongs: interval | since, those with the flag alone."""
    longest_break = settings.hours("duration_break_minutes")
    first = pl.col("start") == pl.col("start").min().over("patient_id")
    rows = intervals.select(
        "interval", "patient_id", "start", "end", flag, at_begin=first & open_before
    ).filter(flag)
    before = pl.col("end").shift(1).over("patient_id")
    begins = (pl.col("start") - before > longest_break).fill_null(True)
    # What may have begun before the record may have lasted any time.
    begin = pl.when("at_begin").then(pl.lit(0, dtype=pl.Int64) - _LONG_AGO).otherwise("start")
    since = pl.when(begins).then(begin).forward_fill().over("patient_id")
    return rows.select("interval", since=since)


_LONG_AGO = 2**60
