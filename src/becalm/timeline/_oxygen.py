"""Oxygen and ventilation as one track.

Priority, in words: a new row closes an open one. Where closed rows overlap the later start wins, then the
older again. An open row is certain for 24 hours, then: this support or none. A device's name beats its
flow. A plain cannula without a flow is low or high flow. Support for another reason than hypoxia is none.
A start or an end given as a date alone is some time of that day.
"""

from __future__ import annotations

import polars as pl

from becalm.record.clock import DAY
from becalm.timeline._devices import BY_FLOW, LEVELS, device_levels
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.settings import Settings


def _levels(settings: Settings) -> tuple[pl.Expr, pl.Expr]:
    """Lowest and highest level of support that a row's device and flow may mean."""
    devices = device_levels()
    by_flow = [name for name, device in devices.items() if device.level == BY_FLOW]
    named = {name: LEVELS.index(d.level) for name, d in devices.items() if d.level in LEVELS}
    low, high = LEVELS.index("low_flow"), LEVELS.index("high_flow")
    fixed = pl.col("name").replace_strict(named, default=None, return_dtype=pl.Int64)
    limit = settings.number("low_flow_max")
    flow = pl.col("flow_l_min")
    from_flow = pl.when(flow <= limit).then(low).when(flow > limit).then(high)
    cannula = pl.col("name").is_in(by_flow)
    if not settings.flag("device_name_beats_flow"):
        cannulas = [*by_flow, *(n for n, d in devices.items() if d.cannula)]
        cannula = cannula | (pl.col("name").is_in(cannulas) & flow.is_not_null())
    unknown_hi = high if settings.flag("flow_decides_plain_cannula") else low
    highest = {name: LEVELS.index(d.level_max) for name, d in devices.items() if d.level_max}
    top = pl.col("name").replace_strict(highest, default=None, return_dtype=pl.Int64)
    settled = (top.is_not_null() & (flow > limit)).fill_null(False)
    lo = pl.when(cannula).then(from_flow.fill_null(low)).when(settled).then(top).otherwise(fixed)
    hi = pl.when(cannula).then(from_flow.fill_null(unknown_hi)).otherwise(pl.coalesce(top, fixed))
    return lo, hi


def _needed(settings: Settings) -> pl.Expr:
    """Is a row's support given for hypoxia, as far as its indication says?"""
    devices = device_levels()
    level = pl.col("name").replace_strict(
        {n: d.level for n, d in devices.items()}, default=None, return_dtype=pl.String
    )
    always = [n for n, d in devices.items() if d.always_needed]
    at_home = [n for n, d in devices.items() if d.home_device]
    reason = pl.col("indication")
    other = (
        pl.when(level == "positive_pressure")
        .then(reason.is_in(list(settings.names("pressure_support_other_indications"))))
        .otherwise(reason.is_in(list(settings.names("oxygen_other_indications"))))
    )
    needed = ~other.fill_null(False)
    if settings.flag("home_pressure_support_excluded"):
        own = pl.col("home_cpap").fill_null(False) & pl.col("name").is_in(at_home)
        needed = needed & ~(
            own & ~reason.is_in(list(settings.names("home_support_counts_for"))).fill_null(False)
        )
    return (needed | pl.col("name").is_in(always)) & (level != "none")


def track(exposures: pl.DataFrame, patients: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The support in force, piecewise constant.

    Returns:
        patient_id | time | support_lo | support_hi (index into LEVELS; support without need is 0) |
        nothing bool (it may be that no row is in force) | recorded bool (a row may be in force) |
        support (names of what is in force, for people) | support_start.
    """
    rows = exposures.filter(pl.col("kind").is_in(["oxygen", "ventilation"])).join(
        patients.select("patient_id", "home_cpap"), on="patient_id", how="left"
    )
    lo, hi = _levels(settings)
    rows = rows.with_columns(needed=_needed(settings)).with_columns(
        lo=pl.when("needed").then(lo).otherwise(0), hi=pl.when("needed").then(hi).otherwise(0)
    )
    rows = rows.with_columns(air=pl.col("name") == "room_air", dated=pl.col("start").is_not_null())
    floating = rows.filter(~pl.col("dated")).select(
        "patient_id",
        "lo",
        "hi",
        since=pl.lit(-FOREVER),
        until=pl.col("end").fill_null(FOREVER),
        gone=pl.lit(True),
    )
    dated, days = _by_day(rows.filter("dated").with_columns(earliest="start"), settings)
    floating = pl.concat([floating, days.select(floating.columns)])
    starts = dated.select("patient_id", "start").unique().sort("patient_id", "start")
    starts = starts.with_columns(following=pl.col("start").shift(-1).over("patient_id"))
    dated = dated.join(starts, on=["patient_id", "start"], how="left").with_columns(
        until=pl.coalesce("end", "following", pl.lit(FOREVER)),
        doubtful=pl.when(pl.col("end").is_null() & ~pl.col("air"))
        .then(pl.max_horizontal("start", pl.col("earliest") + settings.hours("open_end_hours")))
        .otherwise(FOREVER),
    )
    changes = pl.concat(
        [
            *(dated.select("patient_id", time=c) for c in ("start", "until", "doubtful")),
            *(floating.select("patient_id", time=c) for c in ("since", "until")),
        ]
    )
    changes = (
        changes.filter(pl.col("time") < FOREVER, pl.col("time") > -FOREVER)
        .unique()
        .sort("patient_id", "time")
    )
    here = (
        changes.join(dated, on="patient_id")
        .filter((pl.col("start") <= pl.col("time")) & (pl.col("time") < pl.col("until")))
        .filter(pl.col("start") == pl.col("start").max().over("patient_id", "time"))
        .with_columns(stale=pl.col("time") >= pl.col("doubtful"))
    )
    flow = (
        pl.when(pl.col("flow_l_min").is_not_null())
        .then(pl.concat_str(pl.lit(" "), pl.col("flow_l_min").round(2).cast(pl.String), pl.lit(" L/min")))
        .otherwise(pl.lit(""))
    )
    said = pl.concat_str(pl.col("name").str.replace_all("_", " "), flow)
    state = here.group_by("patient_id", "time").agg(
        support_lo=pl.min_horizontal(pl.col("lo").min(), pl.when(pl.col("stale").any()).then(0)),
        support_hi=pl.col("hi").max(),
        nothing=pl.col("stale").any(),
        recorded=pl.lit(True),
        needed=pl.col("needed").any(),
        stale=pl.col("stale").any(),
        open=pl.col("end").is_null().any(),
        support=said.unique(maintain_order=True).sort().str.join(" or "),
        support_start=pl.col("start").first(),
    )
    out = changes.join(state, on=["patient_id", "time"], how="left").with_columns(
        pl.col("support_lo", "support_hi").fill_null(0),
        pl.col("nothing").fill_null(True),
        pl.col("recorded", "needed", "stale", "open").fill_null(False),
    )
    return _with_floating(out, floating)


def _by_day(rows: pl.DataFrame, settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with a start or an end that is a date alone, made certain where they are.

    Returns:
        The rows from when they have begun for certain until they may have ended; and, for the days in which
        they may have begun or ended: patient_id | lo | hi | since | until | gone (it may have ended there).
    """
    if not settings.flag("whole_day_order_unknown"):
        return rows, rows.clear().select(
            "patient_id", "lo", "hi", since="start", until="start", gone=pl.lit(True)
        )
    first, last = (pl.col(f"{side}_whole_day").fill_null(False) for side in ("start", "end"))
    over = pl.col("end") + pl.when(last).then(DAY).otherwise(0)
    begun = pl.min_horizontal(pl.col("start") + pl.when(first).then(DAY).otherwise(0), over)
    beginning = rows.filter(first).select(
        "patient_id",
        "lo",
        "hi",
        since="start",
        until=begun,
        gone=last & (pl.col("end") < begun).fill_null(False),
    )
    ending = rows.filter(last).select(
        "patient_id", "lo", "hi", since=pl.max_horizontal("end", begun), until=over, gone=pl.lit(True)
    )
    # A row that may have ended on its first day is never certain, and still closes an open one before it.
    certain = rows.with_columns(start=begun)
    # A row of a known hour on a day on which another began at no known hour may be the later of the two; or,
    # left open, it may have been closed by the other.
    again = (
        rows.filter(~first)
        .join(rows.filter(first).select("patient_id", day="start").unique(), on="patient_id")
        .filter(pl.col("start").is_between(pl.col("day"), pl.col("day") + DAY, closed="left"))
        .filter((pl.col("end") > pl.col("day") + DAY).fill_null(True))
        .with_columns(
            start=pl.col("day") + DAY,
            earliest=pl.when(pl.col("end").is_null()).then(-FOREVER).otherwise("earliest"),
        )
    )
    both = pl.concat([certain, again.select(certain.columns)])
    return both, pl.concat([beginning, ending.filter(pl.col("since") < pl.col("until"))])


def _with_floating(state: pl.DataFrame, floating: pl.DataFrame) -> pl.DataFrame:
    """Rows without a known start may be in force at any time of their window [since, until).

    One may have come after the row in force and stand in its place, or have closed an open one and ended.
    """
    always = (
        floating.filter(pl.col("since") == -FOREVER)
        .select("patient_id")
        .unique()
        .with_columns(time=pl.lit(-FOREVER))
    )
    columns = ["patient_id", "time", *(c for c in state.columns if c not in ("patient_id", "time"))]
    whole = pl.concat([always, state.select(columns)], how="diagonal").with_columns(
        pl.col("support_lo", "support_hi").fill_null(0).cast(pl.Int64),
        pl.col("nothing").fill_null(True),
        pl.col("recorded", "needed", "stale", "open").fill_null(False),
    )
    here = (
        whole.select("patient_id", "time")
        .join(floating, on="patient_id")
        .filter(pl.col("since") <= pl.col("time"))
        .with_columns(speaks=pl.col("time") < pl.col("until"))
        .group_by("patient_id", "time")
        .agg(
            loose_lo=pl.col("lo").filter("speaks").min(),
            loose_hi=pl.col("hi").filter("speaks").max(),
            loose=(pl.col("gone") & (pl.col("speaks") | (pl.col("since") == -FOREVER))).any(),
        )
    )
    closed = pl.col("loose").fill_null(False) & pl.col("open")
    return (
        whole.join(here, on=["patient_id", "time"], how="left")
        .with_columns(
            support_lo=pl.min_horizontal("support_lo", "loose_lo", pl.when(closed).then(0)),
            support_hi=pl.max_horizontal("support_hi", "loose_hi"),
            nothing=pl.col("nothing") | closed,
        )
        .drop("loose", "loose_lo", "loose_hi", "open")
        .sort("patient_id", "time")
    )
