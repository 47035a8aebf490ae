"""Death closes a record: what it does to the intervals of a patient."""

from __future__ import annotations

import polars as pl

from becalm.record.clock import DAY
from becalm.timeline.settings import Settings


def close(
    intervals: pl.DataFrame, pieces: pl.DataFrame, spans: pl.DataFrame, settings: Settings, cause: str
) -> pl.DataFrame:
    """Cut intervals at death and say in each whether the patient may have died of the toxicity.

    A death dated by a whole day may have been at any time of it. After a death the state is frozen as it
    was then (a whole-day death: as it was at any time of that day). Where death is not covered the patient
    is alive while observations go on and may be dead after the last.

    Args:
        intervals: patient_id | start | end | piece | onset_lo | onset_hi |
            fever_from_before | source (the answer), in order.
        pieces: for covered_death.
        spans: as `record_ends` returns.
        settings: policies in force.
        cause: the cause of death that is the toxicity, such as crs; empty: every death ends the record.

    Returns:
        The intervals with sources list[u32] | death_from_toxicity_lo | death_from_toxicity_hi | ended bool
        (died of another cause: no grade any more) | dead bool (after a death).
    """
    frame = (
        intervals.join(pieces.select("piece", "covered_death"), on="piece", how="left", maintain_order="left")
        .join(spans, on="patient_id", how="left", maintain_order="left")
        .with_columns(dead_from=pl.col("death") + pl.when("death_whole_day").then(DAY).otherwise(0))
    )
    by_toxicity = (pl.col("death_cause").is_null() | (pl.col("death_cause") == cause)) & bool(cause)
    after = (pl.col("start") >= pl.col("dead_from")).fill_null(False)
    perhaps = (pl.col("start") >= pl.col("death")).fill_null(False)
    undated = pl.col("died") & pl.col("death").is_null()
    before = (pl.col("start") < pl.col("death")).fill_null(True) & ~undated
    unseen = before & ~pl.col("covered_death")
    if settings.flag("death_uncovered_is_alive_while_observed"):
        unseen = unseen & (pl.col("start") > pl.col("last_observation")).fill_null(True)
    if not settings.flag("uncovered_is_unknown") or not cause:
        unseen = pl.lit(False)
    frame = frame.with_columns(
        after=after,
        dead=after,
        on_day=perhaps & pl.col("death_whole_day").fill_null(False) & ~after,
        death_from_toxicity_lo=after & (pl.col("death_cause") == cause).fill_null(False),
        death_from_toxicity_hi=((perhaps | undated) & by_toxicity) | unseen,
        ended=after & ~by_toxicity,
    )
    columns = ["patient_id", "start", "end", "piece", "onset_lo", "onset_hi", "fever_from_before", "sources"]
    flags = ["death_from_toxicity_lo", "death_from_toxicity_hi", "ended", "dead"]
    alive = _of_the_day(frame.filter(~pl.col("after"))).select(*columns, *flags)
    dead = frame.filter("after")
    frozen = frame.filter("on_day").group_by("patient_id").agg(of_day=pl.col("source"))
    # "The last grade": what stood just before the death, not what ended with it.
    eve = (
        frame.filter(pl.col("start") < pl.col("death"))
        .group_by("patient_id", maintain_order=True)
        .agg(eve=pl.col("source").last())
    )
    last = (
        dead.group_by("patient_id", maintain_order=True)
        .agg(
            pl.col("start").min(),
            pl.col("end").max(),
            pl.col("piece", "onset_lo", "onset_hi", "fever_from_before").first(),
            own=pl.col("source").first(),
            flags=pl.struct(flags).first(),
        )
        .unnest("flags")
        .join(frozen, on="patient_id", how="left")
        .join(eve, on="patient_id", how="left")
        .with_columns(sources=pl.coalesce("of_day", pl.concat_list(pl.coalesce("eve", "own"))))
    )
    return (
        pl.concat([alive, last.select(alive.columns)]).sort("patient_id", "start").with_row_index("interval")
    )


def _of_the_day(frame: pl.DataFrame) -> pl.DataFrame:
    """Intervals before the end of a death's day with their `sources`.

    On a day in which a patient died of no known cause, at no known hour, the death may have been before an
    interval: then the grade is that of an earlier one of the day, or of its eve.
    """
    here = pl.col("on_day") & pl.col("death_cause").is_null()
    dying = frame.filter(here).select("patient_id", "start", "death")
    earlier = frame.select("patient_id", "source", before="start").join(
        frame.filter(pl.col("start") < pl.col("death")).group_by("patient_id").agg(eve=pl.col("start").max()),
        on="patient_id",
        how="left",
    )
    past = (
        dying.join(earlier, on="patient_id")
        .filter(
            pl.col("before") <= pl.col("start"),
            (pl.col("before") >= pl.col("death")) | (pl.col("before") == pl.col("eve")).fill_null(False),
        )
        .group_by("patient_id", "start")
        .agg(past=pl.col("source").sort())
    )
    return frame.join(past, on=["patient_id", "start"], how="left", maintain_order="left").with_columns(
        sources=pl.coalesce("past", pl.concat_list("source"))
    )
