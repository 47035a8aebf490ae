"""Drugs whose start or end is a date alone: some time of that day, never its midnight.

Between the earliest and the latest start a drug may run, then it runs, then it may, until its latest end. One
dose is given at one instant of its day.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from becalm.record.clock import DAY
from becalm.timeline._happenings import DOSE, Happening
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.settings import Settings


def by_day(settings: Settings) -> pl.Expr:
    """Whether a row's start or end is a date alone."""
    if not settings.flag("whole_day_order_unknown"):
        return pl.lit(False)
    return pl.col("start_whole_day").fill_null(False) | pl.col("end_whole_day").fill_null(False)


def intervals(rows: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Intervals of the drug rows whose start or end is a date alone.

    Args:
        rows: exposures with a start, and `following`, the start of the next row of the same name.
        settings: policies in force.

    Returns:
        The columns of `_drugs.running`, with `stopped`.
    """
    vague = {side: pl.col(f"{side}_whole_day").fill_null(False) for side in ("start", "end")}
    day_of = {side: pl.when(where).then(DAY).otherwise(0) for side, where in vague.items()}
    open_end = pl.col("end").is_null()
    stopped = (pl.col("rate") == 0).fill_null(False)
    lasting = open_end & pl.col("rate").is_not_null() & ~stopped
    latest_start = pl.col("start") + day_of["start"]
    until = pl.coalesce("following", pl.lit(FOREVER))
    first_end = pl.when(lasting).then(latest_start).when(open_end | stopped).then("start").otherwise("end")
    last_end = (
        pl.when(lasting).then(pl.max_horizontal(until, latest_start))
        .when(open_end | stopped).then(latest_start)
        .otherwise(pl.max_horizontal(pl.col("end") + day_of["end"], "start"))
    )  # fmt: skip
    edges = rows.with_columns(stopped=stopped, earliest="start", a=latest_start, b=first_end, z=last_end)
    edges = edges.with_columns(a=pl.min_horizontal("a", "z"))
    sure = pl.col("a") < pl.col("b")
    one = ~sure & vague["start"] & ~pl.col("stopped")
    instant = settings.hours("instant_seconds")
    after = pl.max_horizontal("a", "b")
    nothing = pl.lit(False)
    # A dose at a known hour that ends at some time of its day was given, however short it was.
    given = ~sure & ~vague["start"] & ~pl.col("stopped")
    parts = [
        _Part(pl.col("earliest") < pl.col("a"), pl.col("earliest"), pl.col("a"), False, False, one),
        _Part(sure & ~pl.col("stopped"), pl.col("a"), pl.col("b"), True, False, nothing),
        _Part(after < pl.col("z"), after, pl.col("z"), False, False, nothing),
        _Part(given, pl.col("earliest"), pl.col("earliest") + instant, True, True, nothing),
    ]
    return pl.concat([part.of(edges) for part in parts])


class _Part(NamedTuple):
    """A kind of interval: of which rows, from where to where, and what it says."""

    where: pl.Expr
    start: pl.Expr
    end: pl.Expr
    certain: bool
    single: bool
    some_time: pl.Expr

    def of(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The intervals of this kind."""
        return rows.filter(self.where).select(
            "patient_id",
            "name",
            "classes",
            "indication",
            "rate",
            "rate_unit",
            given="earliest",
            start=self.start,
            end=self.end,
            certain=pl.lit(self.certain),
            stopped=pl.lit(False),
            single=pl.lit(self.single),
            some_time=self.some_time,
        )


def happenings(doses: pl.DataFrame) -> dict[str, list[Happening]]:
    """Doses given at some time of a day, by patient."""
    rows = doses.filter("some_time").select("patient_id", "start", "end").unique().sort("patient_id", "start")
    out: dict[str, list[Happening]] = {}
    for owner, earliest, latest in rows.iter_rows():
        out.setdefault(owner, []).append(Happening(earliest, latest, DOSE, 0))
    return out
