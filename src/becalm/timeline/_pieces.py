"""The pieces of each unit as the walk wants them: truth sets of every sign, now and as history."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from becalm.timeline._walk import Piece
from becalm.timeline._worlds import NO, YES, Signs
from becalm.timeline.settings import Settings


def _bits(must: bool, may: bool) -> int:
    """The truth set of a fact that must or may be true."""
    return (YES if may else 0) | (0 if must else NO)


def by_unit(pieces: pl.DataFrame, settings: Settings) -> Iterator[tuple[int, str, list[Piece]]]:
    """The pieces of each unit as the walk wants them."""
    limit = settings.number("fever_from_cel")
    spo2_limit = settings.number("spo2_limit")
    unknown_now = settings.flag("gap_is_unknown_now")
    nothing_hidden = settings.flag("gap_opens_nothing")
    gap_now = (NO | YES) if unknown_now else NO
    gap_then = NO if nothing_hidden else (NO | YES)
    frame = pieces.select(
        "piece",
        "unit",
        "patient_id",
        "start",
        "end",
        "dose",
        "treated_lo",
        "treated_hi",
        reading=pl.col("temperature_start").fill_null(-1),
        until=pl.col("temperature_until").fill_null(-1),
        whole_day=pl.col("temperature_whole").fill_null(False),
        fever_gap=pl.col("temperature_lo").is_null(),
        fever_lo=(pl.col("temperature_lo") >= limit).fill_null(False),
        fever_hi=(pl.col("temperature_hi") >= limit).fill_null(False),
        at_reading=pl.col("temperature_start") == pl.col("start"),
        own_lo=(pl.col("temperature_own_lo") >= limit).fill_null(False),
        own_hi=(pl.col("temperature_own_hi") >= limit).fill_null(False),
        fever_undated=(pl.col("temperature_undated_hi") >= limit).fill_null(False),
        floats=pl.col("temperature_undated_lo").is_not_null(),
        pressure_gap="pressure_gap",
        low_lo="low_lo",
        low_hi="low_hi",
        low_undated="undated_low",
        helped_lo=pl.col("bolus_lo") | (pl.col("vasopressors_lo") > 0),
        helped_hi=pl.col("bolus_hi") | (pl.col("vasopressors_hi") > 0),
        air_gap=pl.col("spo2_lo").is_null(),
        air_lo=(pl.col("spo2_hi") < spo2_limit).fill_null(False),
        air_hi=(pl.col("spo2_lo") < spo2_limit).fill_null(False),
        air_undated=(pl.col("spo2_undated_lo") < spo2_limit).fill_null(False),
        support_lo=pl.col("support_lo") > 0,
        support_hi=pl.col("support_hi") > 0,
        new_pressure=(pl.col("sbp_start") == pl.col("start")).fill_null(False)
        | (pl.col("map_start") == pl.col("start")).fill_null(False),
    )
    current: list[Piece] = []
    unit, owner = -1, ""
    for r in frame.iter_rows(named=True):
        if r["unit"] != unit:
            if current:
                yield unit, owner, current
            unit, owner, current = r["unit"], r["patient_id"], []
        if r["fever_gap"]:
            fever, fever_then = gap_now, gap_then | (YES if r["fever_undated"] else 0)
        else:
            fever = fever_then = _bits(r["fever_lo"], r["fever_hi"])
        own = _bits(r["own_lo"], r["own_hi"]) if r["at_reading"] else fever_then
        # Without a value that floats in time, a doubt is that of the reading's own value.
        one_value = not r["fever_gap"] and not r["floats"]
        if r["pressure_gap"]:
            low, low_then = gap_now, gap_then | (YES if r["low_undated"] else 0)
        else:
            low = low_then = _bits(r["low_lo"], r["low_hi"])
        if r["air_gap"]:
            air, air_then = gap_now, gap_then | (YES if r["air_undated"] else 0)
        else:
            air = air_then = _bits(r["air_lo"], r["air_hi"])
        helped = _bits(r["helped_lo"], r["helped_hi"])
        dose = _bits(r["treated_lo"], r["treated_hi"])
        current.append(
            Piece(
                row=r["piece"],
                start=r["start"],
                end=r["end"],
                past=Signs(fever_then, low_then, helped, _hypoxia(r, air_then), dose, one_value),
                present=Signs(fever, low, helped, _hypoxia(r, air), dose, one_value),
                dose=YES if r["dose"] else NO,
                reading=r["reading"],
                until=r["until"],
                whole_day=r["whole_day"],
                new_pressure=r["new_pressure"],
                at_reading=own,
            )
        )
    if current:
        yield unit, owner, current


def _hypoxia(row: dict[str, bool], low_saturation: int) -> int:
    """The truth set of hypoxia: support is needed, or without it the saturation is low."""
    if row["support_lo"]:
        return YES
    return low_saturation | (YES if row["support_hi"] else 0)
