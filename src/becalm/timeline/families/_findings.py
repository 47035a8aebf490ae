"""Findings that events report: what holds after them, where the order of some may be unknown.

An event with a time happened then; one dated by a whole day at some time of it, one without a time at any
time of the record. So each event has a stretch in which it may be the last that happened, and where stretches
overlap the finding is a range over them. Nothing recorded is nothing found.
"""

from __future__ import annotations

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY
from becalm.timeline._drugs import steps as totals
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.families.common import on_day
from becalm.timeline.settings import Settings

TRACK = ["patient_id", "track"]


def windows(events: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Events with the stretch in which each happened.

    Args:
        events: patient_id | time | whole_day and columns of their own.
        settings: for `whole_day_order_unknown`.

    Returns:
        events with earliest i64, latest i64 (the first instant that is too late), sure i64 (from then on it
        has happened) and dated (text: `on day 5.2`).
    """
    vague = pl.col("whole_day") & settings.flag("whole_day_order_unknown")
    time, none = pl.col("time"), pl.col("time").is_null()
    return events.with_columns(
        earliest=time.fill_null(-FOREVER),
        latest=pl.when(none).then(FOREVER).when(vague).then(time + DAY).otherwise(time + 1),
        sure=pl.when(none).then(FOREVER).when(vague).then(time + DAY).otherwise(time),
        dated=pl.when(none)
        .then(pl.lit("without a time"))
        .when(vague)
        .then(pl.concat_str(pl.lit("on "), on_day(time), pl.lit(" (no hour given)")))
        .otherwise(pl.concat_str(pl.lit("on "), on_day(time))),
    )


def last_of(events: pl.DataFrame, name: str, settings: Settings) -> pl.DataFrame:
    """What the last event of each track left behind, the highest over the tracks of a patient.

    Args:
        events: patient_id | time | whole_day | track (such as the site; no null) | lo | hi (levels from 0,
            nothing found, up) | text.
        name: of the columns.
        settings: policies in force.

    Returns:
        patient_id | time | NAME_lo i64 | NAME_hi i64 | NAME_says, sorted: what holds from `time` on. A
        patient without an event has no row; nothing is found.
    """
    rows = windows(events, settings)
    # Before all events nothing is found: a state that yields to them like an event of the beginning.
    nothing = rows.select(
        *TRACK,
        earliest=pl.lit(-FOREVER),
        latest=pl.lit(-FOREVER + 1),
        sure=pl.lit(-FOREVER),
        lo=pl.lit(0, dtype=pl.Int64),
        hi=pl.lit(0, dtype=pl.Int64),
    ).unique()
    possible = pl.concat([nothing, rows.select(nothing.columns).cast(nothing.schema)])
    possible = possible.with_columns(
        start="earliest", end=_first_sure(possible, TRACK, "earliest", "sure", possible["latest"])
    ).filter(pl.col("start") < pl.col("end"))
    top = _top(possible)
    active = totals(possible, TRACK, {**_ways("lo", top), **_ways("hi", top)}).filter(
        pl.col("time") < FOREVER
    )
    lowest = pl.coalesce(pl.when(pl.col(f"lo{n}") > 0).then(n) for n in range(top + 1))
    highest = pl.coalesce(pl.when(pl.col(f"hi{n}") > 0).then(n) for n in reversed(range(top + 1)))
    each = active.select(*TRACK, "time", lo=lowest, hi=highest)
    every = (
        each.select("patient_id", "time")
        .unique()
        .join(each.select(TRACK).unique(), on="patient_id")
        .sort("time")
        .join_asof(each.sort("time"), on="time", by=TRACK, check_sortedness=False)
    )
    found = every.group_by("patient_id", "time").agg(pl.col("lo").max(), pl.col("hi").max())
    return _told(found, rows, name)


def signs(cohort: Cohort, event: str, named: str) -> pl.DataFrame:
    """Events of a finding that is there or resolved, as `last_of` asks for them.

    Args:
        cohort: the record.
        event: a name of the vocabulary.
        named: how texts name the finding.

    Returns:
        patient_id | time | whole_day | site | track | lo | hi | text: one track for all sites.
    """
    gone = (pl.col("value") == "resolved").fill_null(False)
    kind = (
        pl.when(gone)
        .then(pl.lit(" resolved"))
        .otherwise(pl.concat_str(pl.lit(" ("), pl.col("value").str.replace_all("_", " "), pl.lit(")")))
    )
    return cohort.events.filter(pl.col("event") == event).select(
        "patient_id",
        "time",
        "whole_day",
        pl.col("site").fill_null(""),
        track=pl.lit(""),
        lo=pl.when(gone).then(0).otherwise(1),
        hi=pl.when(gone).then(0).otherwise(1),
        text=pl.concat_str(pl.lit(named), kind.fill_null(pl.lit(""))),
    )


def with_sites(events: pl.DataFrame, gone: pl.Expr | None = None, *, everywhere: bool = True) -> pl.DataFrame:
    """Findings tracked site by site.

    A resolution without a site is of every site; one with a site may or may not be of a finding without.
    `gone`: which rows are resolutions; those that leave nothing if not given. `everywhere`: whether one
    without a site is of every site.
    """
    events = events.drop("track", strict=False)
    tracks = events.select("patient_id", track="site").unique()
    here, gone = pl.col("site") == pl.col("track"), pl.col("hi") == 0 if gone is None else gone
    unsure = gone & (pl.col("track") == "") & (pl.col("site") != "")
    # What such a resolution may have left is no worse than what was found up to then.
    unsited = pl.when(pl.col("site") == "").then("hi").otherwise(0)
    worst = unsited.cum_max().over("patient_id")
    return (
        events.sort("patient_id", "time", nulls_last=False)
        .with_columns(worst=worst)
        .with_columns(pl.col("worst").max().over("patient_id", "time"))
        .join(tracks, on="patient_id")
        .filter(here | unsure | (gone & (pl.col("site") == "") & everywhere))
        .with_columns(hi=pl.when(unsure).then("worst").otherwise("hi"))
        .drop("worst")
    )


def since_infusion(events: pl.DataFrame, cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Events of findings without those made before the infusion; one that may have been leaves it open.

    Args:
        events: as `last_of` and `lasting` ask for them.
        cohort: for the infusions.
        settings: for `whole_day_order_unknown`.
    """
    there = pl.col("hi") > 0
    infusion = pl.col("infusion")
    rows = windows(events, settings).join(cohort.patients.select("patient_id", "infusion"), on="patient_id")
    rows = rows.filter(~(there & (pl.col("latest") <= infusion)))
    perhaps = there & (pl.col("earliest") < infusion)
    return rows.with_columns(lo=pl.when(perhaps).then(0).otherwise("lo")).select(events.columns)


def lasting(events: pl.DataFrame, name: str, hours: int, settings: Settings) -> pl.DataFrame:
    """Happenings that count for a time after each, the highest of those that count at once.

    Args:
        events: patient_id | time | whole_day | lo | hi (0: it ends all before it) | text.
        name: of the columns.
        hours: how long each counts at the longest, in microseconds; the last instant still counts.
        settings: policies in force.

    Returns:
        As `last_of`.
    """
    rows = windows(events, settings)
    ends, mine = rows.filter(pl.col("hi") == 0), rows.filter(pl.col("hi") > 0)
    by, instant = ["patient_id"], settings.hours("instant_seconds")
    # It may be over as soon as an end may have come after it, and is over when one surely has.
    over = _first_sure(ends, by, "latest", "earliest", mine["earliest"] + 1, mine)
    ended = _first_sure(ends, by, "earliest", "sure", mine["latest"], mine)
    top = _top(mine)
    surely = mine.select(
        "patient_id",
        start="sure",
        end=pl.min_horizontal(over, pl.col("earliest") + hours + instant),
        **_ways("lo", top),
        **{name: pl.lit(0, dtype=pl.Int64) for name in _ways("hi", top)},
    )
    perhaps = mine.select(
        "patient_id",
        start="earliest",
        end=pl.min_horizontal(ended, pl.col("latest") - 1 + hours + instant),
        **{name: pl.lit(0, dtype=pl.Int64) for name in _ways("lo", top)},
        **_ways("hi", top),
    )
    both = pl.concat([surely, perhaps]).filter(pl.col("start") < pl.col("end"))
    counts = [f"{end}{n}" for end in ("lo", "hi") for n in range(top + 1)]
    active = totals(both, by, {name: pl.col(name) for name in counts}).filter(pl.col("time") < FOREVER)
    level = {
        end: pl.coalesce(
            *(pl.when(pl.col(f"{end}{n}") > 0).then(n) for n in reversed(range(1, top + 1))), pl.lit(0)
        )
        for end in ("lo", "hi")
    }
    return _told(active.select("patient_id", "time", **level), rows, name)


def _top(rows: pl.DataFrame) -> int:
    """The highest level."""
    return max(rows["hi"].to_list(), default=0)


def _ways(end: str, top: int) -> dict[str, pl.Expr]:
    """For each level whether a row has it at one end of its range, as 0 or 1."""
    return {f"{end}{n}": (pl.col(end) == n).cast(pl.Int64) for n in range(top + 1)}


def _first_sure(
    rows: pl.DataFrame,
    by: list[str],
    key: str,
    value: str,
    after: pl.Series,
    asked: pl.DataFrame | None = None,
) -> pl.Series:
    """For each asked row the least `value` of the rows whose `key` is `after` or later; FOREVER if none."""
    least = (
        rows.sort(key, descending=True)
        .with_columns(least=pl.col(value).cum_min().over(by))
        .group_by(*by, key)
        .agg(pl.col("least").min())
        .sort(key)
    )
    asked = rows if asked is None else asked
    places = asked.select(*by, after=after).with_row_index("place").sort("after")
    found = places.join_asof(
        least, left_on="after", right_on=key, by=by, strategy="forward", check_sortedness=False
    )
    return found.sort("place")["least"].fill_null(FOREVER)


def _told(found: pl.DataFrame, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Steps (patient_id | time | lo | hi) with the text of the last event that left this behind.

    Where nothing is found it is that of the event that ended a finding, if one did.
    """
    text = pl.concat_str("text", pl.lit(" "), "dated")
    positive = pl.col("hi") > 0
    said = rows.select("patient_id", "hi", time="earliest", says=text)
    ended = said.with_columns(pl.when(~positive).then("says").alias("says"))
    shown = []
    for steps, texts in ((found.filter(positive), said.filter(positive)), (found.filter(~positive), ended)):
        latest = (
            texts.group_by("patient_id", "time")
            .agg(pl.col("says").drop_nulls().unique(maintain_order=True).str.join(", "))
            .with_columns(pl.when(pl.col("says") != "").then("says").alias("says"))
            .sort("patient_id", "time")
        )
        shown.append(
            steps.sort("patient_id", "time").join_asof(
                latest, on="time", by="patient_id", check_sortedness=False
            )
        )
    return (
        pl.concat(shown)
        .select(
            "patient_id",
            "time",
            pl.col("lo").cast(pl.Int64).alias(f"{name}_lo"),
            pl.col("hi").cast(pl.Int64).alias(f"{name}_hi"),
            pl.col("says").alias(f"{name}_says"),
        )
        .sort("patient_id", "time")
    )
