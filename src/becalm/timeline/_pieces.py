"""The pieces of every unit as the walk wants them: truth sets of each sign, now and as history, in arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from becalm.timeline._walk import Piece
from becalm.timeline._worlds import BOTH, NO, YES, Rules, Signs
from becalm.timeline.settings import Settings

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
SHORTEST = 2
"""A piece shorter than this (microseconds) ends at the very instant at which an open piece is judged."""

_LOW_BITS = 0b01_01_01_01_01
"""The lower bit of each truth set in `Signs` as a number."""


@dataclass(frozen=True)
class Track:
    """Every piece of every unit, in order, one element of each array a piece; times in microseconds.

    past, present: `Signs` as numbers (`signs` reads them); own: the truth set of fever at the very instant
    of a reading; added: as in `segments`; the others as in `Piece`. first: the first piece of each unit, and
    the number of pieces. alone: the piece must be looked at by itself. changes: the pieces at which what a
    stretch of certain history rests on may change; fevers: those that are not free of fever, or must be
    looked at. plain: a fever that is read in the piece counts from its reading all through it. brief: the
    piece is shorter than the gap that ends an episode; quick: than half of any clock. fresh: the temperature
    in force was read as the piece begins. doubtful: something of the past may or may not be.
    """

    start: Array
    end: Array
    past: Array
    present: Array
    own: Array
    dose: Array
    reading: Array
    until: Array
    whole_day: Array
    new_pressure: Array
    added: Array
    first: Array
    changes: Sequence[int]
    fevers: Sequence[int]
    alone: Array
    plain: Array
    brief: Array
    quick: Array
    fresh: Array
    doubtful: Array

    def piece(self, row: int) -> Piece:
        """One piece."""
        return Piece(
            row=row,
            start=int(self.start[row]),
            end=int(self.end[row]),
            past=signs(int(self.past[row])),
            present=signs(int(self.present[row])),
            dose=YES if self.dose[row] else NO,
            reading=int(self.reading[row]),
            until=int(self.until[row]),
            whole_day=bool(self.whole_day[row]),
            new_pressure=bool(self.new_pressure[row]),
            at_reading=int(self.own[row]),
        )

    def pieces(self, first: int, last: int) -> list[Piece]:
        """Pieces without the cuts that were only added for the end of the time for onsets."""
        out: list[Piece] = []
        for row in range(first, last):
            if out and self.added[row]:
                out[-1] = out[-1]._replace(end=int(self.end[row]))
            else:
                out.append(self.piece(row))
        return out


@cache
def signs(code: int) -> Signs:
    """The signs that a number stands for: two bits a truth set."""
    fever, low, helped, hypoxia, dose = ((code >> shift) & BOTH for shift in (0, 2, 4, 6, 8))
    return Signs(fever, low, helped, hypoxia, dose, bool(code >> 10))


def _code(fever: pl.Expr, low: pl.Expr, hypoxia: pl.Expr) -> pl.Expr:
    """Signs as one number; the truth sets that past and present share are columns."""
    shared = pl.col("helped") * 16 + pl.col("doses") * 256 + pl.col("one_value").cast(pl.Int32) * 1024
    return fever + low * 4 + hypoxia * 64 + shared


def _bits(must: pl.Expr, may: pl.Expr) -> pl.Expr:
    """The truth set of a fact that must or may be true; null counts as not."""
    return may.fill_null(False).cast(pl.Int32) * YES + (~must.fill_null(False)).cast(pl.Int32) * NO


def _either(gap: str, now: pl.Expr, empty: int, undated: pl.Expr) -> pl.Expr:
    """A truth set, or in a gap what a gap shows, where a value without a date may lie in it."""
    hidden = pl.when(undated.fill_null(False)).then(empty | YES).otherwise(empty)
    return pl.when(pl.col(gap)).then(hidden).otherwise(now)


def track(pieces: pl.DataFrame, settings: Settings, rules: Rules) -> Track:
    """The pieces (as `segments` returns them, in order) as arrays."""
    limit, spo2_limit = settings.number("fever_from_cel"), settings.number("spo2_limit")
    now = BOTH if settings.flag("gap_is_unknown_now") else NO
    then = NO if settings.flag("gap_opens_nothing") else BOTH
    never = pl.lit(False)
    gaps = pieces.select(
        "start", "end", "dose", "unit", "added",
        reading=pl.col("temperature_start").fill_null(-1),
        until=pl.col("temperature_until").fill_null(-1),
        whole_day=pl.col("temperature_whole").fill_null(False),
        at_reading=(pl.col("temperature_start") == pl.col("start")).fill_null(False),
        new_pressure=(pl.col("sbp_start") == pl.col("start")).fill_null(False)
        | (pl.col("map_start") == pl.col("start")).fill_null(False),
        fever_gap=pl.col("temperature_lo").is_null(),
        fever=_bits(pl.col("temperature_lo") >= limit, pl.col("temperature_hi") >= limit),
        own=_bits(pl.col("temperature_own_lo") >= limit, pl.col("temperature_own_hi") >= limit),
        fever_undated=pl.col("temperature_undated_hi") >= limit,
        # Without a value that floats in time, a doubt is that of the reading's own value.
        one_value=pl.col("temperature_lo").is_not_null() & pl.col("temperature_undated_lo").is_null(),
        pressure_gap="pressure_gap",
        low=_bits(pl.col("low_lo"), pl.col("low_hi")),
        low_undated="undated_low",
        helped=_bits(
            pl.col("bolus_lo") | (pl.col("vasopressors_lo") > 0),
            pl.col("bolus_hi") | (pl.col("vasopressors_hi") > 0),
        ),
        doses=_bits(pl.col("treated_lo"), pl.col("treated_hi")),
        air_gap=pl.col("spo2_lo").is_null(),
        air=_bits(pl.col("spo2_hi") < spo2_limit, pl.col("spo2_lo") < spo2_limit),
        air_undated=pl.col("spo2_undated_lo") < spo2_limit,
        supported=pl.col("support_lo") > 0,
        may_be_supported=pl.col("support_hi") > 0,
    )  # fmt: skip

    def hypoxia(air: pl.Expr) -> pl.Expr:
        """Support is needed, or without it the saturation is low."""
        perhaps = pl.when(pl.col("may_be_supported") & (air == NO)).then(BOTH).otherwise(air)
        return pl.when("supported").then(YES).otherwise(perhaps)

    fever_then = _either("fever_gap", pl.col("fever"), then, pl.col("fever_undated"))
    found = gaps.select(
        pl.exclude("own"),
        own=pl.when("at_reading").then("own").otherwise(fever_then).cast(pl.Int8),
        past_fever=fever_then.cast(pl.Int8),
        past=_code(
            fever_then,
            _either("pressure_gap", pl.col("low"), then, pl.col("low_undated")),
            hypoxia(_either("air_gap", pl.col("air"), then, pl.col("air_undated"))),
        ),
        present=_code(
            _either("fever_gap", pl.col("fever"), now, never),
            _either("pressure_gap", pl.col("low"), now, never),
            hypoxia(_either("air_gap", pl.col("air"), now, never)),
        ),
    )
    names = (
        "start",
        "end",
        "past",
        "present",
        "own",
        "dose",
        "reading",
        "until",
        "whole_day",
        "new_pressure",
        "added",
    )
    arrays = {name: found[name].to_numpy() for name in names}
    unit = found["unit"].to_numpy()
    first = np.flatnonzero(np.diff(unit, prepend=np.int64(-1)))
    start, end, reading = arrays["start"], arrays["end"], arrays["reading"]
    last = np.minimum(arrays["until"], reading + min(rules.gap, rules.resolution) - 1)
    plain = (reading >= 0) & (end <= last)
    brief = end - start < rules.gap
    special = (start == rules.onset_until) | (end - start < SHORTEST)
    special |= arrays["own"] != found["past_fever"].to_numpy()
    alone = special | arrays["dose"]
    quick = 2 * (end - start) < min(rules.gap, rules.resolution)
    fresh = reading == start
    fevered = found["past_fever"].to_numpy() != NO
    state = (arrays["past"] * 2 + plain) * 8 + brief * 4 + quick * 2 + (fresh & fevered)
    changed = alone | (np.diff(state, prepend=state[:1]) != 0)
    changed[1:] |= alone[:-1]
    changed[first] = True
    fevers = special | (arrays["own"] != NO)
    both = arrays["past"] & (arrays["past"] >> 1)
    return Track(
        **arrays,
        first=np.append(first, len(start)),
        changes=[*np.flatnonzero(changed).tolist(), len(start)],
        fevers=[*np.flatnonzero(fevers).tolist(), len(start)],
        alone=alone,
        plain=plain,
        brief=brief,
        quick=quick,
        fresh=fresh,
        doubtful=(both & _LOW_BITS) != 0,
    )
