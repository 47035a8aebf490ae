"""Intervals that are alike in all that a grade rests on share a case, so that each is graded once."""

from __future__ import annotations

import numpy as np
import polars as pl

from becalm.timeline._answers import Answers, situation_frame
from becalm.timeline._pieces import Array
from becalm.timeline._situations import Situation
from becalm.timeline.settings import Settings

DEATHS = ("death_from_toxicity_lo", "death_from_toxicity_hi")
_COUNTS = ("vasopressors_lo", "vasopressors_hi", "vasopressors_all_lo", "vasopressors_all_hi")
_LEVELS = ("support_lo", "support_hi")
_FLAGS = ("low_lo", "low_hi", "pressure_gap", "bolus_hi")
_SUPPORTS = ("fio2_lo", "fio2_hi", "ventilation_lo", "ventilation_hi")
_PERCENT = 10_001
"""More than there are hundredths of a percent of oxygen."""
SHOWN = (*_COUNTS, *_LEVELS, *_FLAGS, "spo2_lo", *_SUPPORTS)
"""What the record shows of a piece beside its situations, as far as a grade rests on it."""
_MOST = 1 << 8
"""More than there are vasopressors or levels of support."""


def _shown(pieces: pl.DataFrame, settings: Settings) -> Array:
    """SHOWN as one number a piece; of a saturation, whether it is known and below the limit."""
    spo2 = (
        pl.when(pl.col("spo2_lo").is_null())
        .then(0)
        .otherwise((pl.col("spo2_lo") < settings.number("spo2_limit")) + 1)
    )
    number = spo2.cast(pl.Int64)
    for name in _FLAGS:
        number = number * 2 + pl.col(name).cast(pl.Int64)
    for name in (*_LEVELS, *_COUNTS):
        number = number * _MOST + pl.col(name).cast(pl.Int64)
    support = pl.lit(0, dtype=pl.Int64)
    for name in _SUPPORTS:
        support = support * _PERCENT + (pl.col(name) * 100).round().cast(pl.Int64)
    found = pieces.select(shown=number, support=support)
    kinds, kind = np.unique(found["support"].to_numpy(), return_inverse=True)
    others = np.unique(found["shown"].to_numpy(), return_inverse=True)[1]
    return others * len(kinds) + kind


def grouped(
    intervals: pl.DataFrame, pieces: pl.DataFrame, answers: Answers, settings: Settings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The intervals with their `case` u32, and every case.

    Args:
        intervals: as `_death.close` returns.
        pieces: with SHOWN.
        answers: the answers behind the intervals, by source.
        settings: policies in force.

    Returns:
        intervals with `case`; case | piece (one that shows what all of the case show) | DEATHS | the columns
        of `Situation`: one row for each distinct situation of a case.
    """
    numbers, sets = answers.cases()
    shown = _shown(pieces, settings)
    kinds, kind = np.unique(shown, return_inverse=True)
    source = intervals["sources"].list.first().to_numpy()
    several = (intervals["sources"].list.len() > 1).to_numpy()
    key = numbers[source] * len(kinds) + kind[answers.piece[source]]
    for name in DEATHS:
        key = key * 2 + intervals[name].to_numpy()
    key[several] = -1 - np.flatnonzero(several)
    runs = np.flatnonzero(np.diff(key, prepend=np.iinfo(np.int64).min) != 0)
    _, first, case = np.unique(key[runs], return_index=True, return_inverse=True)
    cases = np.repeat(case, np.diff(runs, append=len(key)))
    intervals = intervals.with_columns(case=pl.Series(cases, dtype=pl.UInt32))
    every = intervals[runs[first]].select("case", *DEATHS, source="sources").explode("source")
    behind = every["source"].to_numpy()
    every = every.with_columns(
        piece=pl.Series(answers.piece[behind], dtype=pl.UInt32),
        situation=pl.Series(numbers[behind], dtype=pl.UInt32),
    )
    situations = situation_frame("situation", enumerate(sets))
    found = every.join(situations, on="situation", maintain_order="left")
    return intervals, found.select("case", "piece", *DEATHS, *Situation._fields).unique(maintain_order=True)
