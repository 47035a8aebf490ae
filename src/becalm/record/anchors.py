"""Where each patient's clock begins: the infusion, from `infusion_time` or from the first `infusion` event.

An anchor is one row a patient: `patient_id`; `midnight`, i64 microseconds of local time at the beginning of
day 0 (null when no date was given); `offset`, i64 microseconds east of UTC (null for a naive time); `kind`
(`none`, `date`, `naive`, `aware`); `infusion`, i64 microseconds since that midnight (0 when unknown);
`infusion_known`.
"""

from __future__ import annotations

import polars as pl

from becalm.record.clock import DAY, from_day, read_times
from becalm.record.numbers import number

_ANCHOR = ("local", "offset", "date_only", "kind")


def anchors_of(patients: pl.DataFrame, events: pl.DataFrame, everyone: pl.Series) -> pl.DataFrame:
    """The anchor of every patient in `everyone`.

    `patients`: `patient_id`, `infusion_time`, one row a patient. `events`: `patient_id`, `time`, `day` of
    the `infusion` events. `patients` decides; an event dates the infusion only where `patients` does not,
    and gives the instant where `patients` gives only the date. Design section 3: several infusions are
    events, the clock runs from the first.
    """
    told = _timed(patients.rename({"infusion_time": "time"})).select("patient_id", *_ANCHOR)
    seen = _timed(events.with_columns(number("day").alias("day")))
    on_day_0 = pl.col("day").is_between(0, 1, closed="left")
    dated = seen.filter(pl.col("local").is_not_null() & (pl.col("day").is_null() | on_day_0))
    moment = pl.col("local") - pl.col("offset").fill_null(0)
    first = (
        dated.sort("patient_id", moment, "date_only", "offset")
        .group_by("patient_id", maintain_order=True)
        .first()
        .select("patient_id", *_ANCHOR)
    )
    clock_time = (
        seen.filter(on_day_0 & (pl.col("day") > 0))
        .group_by("patient_id")
        .agg(from_day(pl.col("day").min()).alias("at_day"))
    )
    both = (
        pl.DataFrame({"patient_id": everyone}, schema={"patient_id": pl.String})
        .join(told, on="patient_id", how="left")
        .join(first, on="patient_id", how="left", suffix="_event")
        .join(clock_time, on="patient_id", how="left")
    )
    return _anchor(both).sort("patient_id")


def _anchor(both: pl.DataFrame) -> pl.DataFrame:
    same_date = pl.col("local").floordiv(DAY) == pl.col("local_event").floordiv(DAY)
    adds_the_hour = pl.col("date_only") & ~pl.col("date_only_event") & same_date
    use_event = (pl.col("local").is_null() | adds_the_hour).fill_null(False)
    both = both.with_columns(
        pl.when(use_event).then(f"{name}_event").otherwise(name).alias(name) for name in _ANCHOR
    )
    exact = (pl.col("local").is_not_null() & ~pl.col("date_only")).fill_null(False)
    midnight = pl.col("local").floordiv(DAY) * DAY
    hour = pl.when(exact).then(pl.col("local") - midnight).otherwise("at_day")
    return both.select(
        "patient_id",
        "offset",
        midnight=midnight,
        kind=pl.col("kind").fill_null("none"),
        infusion=hour.fill_null(0),
        infusion_known=hour.is_not_null(),
    )


def _timed(frame: pl.DataFrame) -> pl.DataFrame:
    read = read_times(frame["time"]).rename({"text": "time"})
    has_zone = pl.col("offset").is_not_null()
    kind = (
        pl.when("date_only")
        .then(pl.lit("date"))
        .when(has_zone)
        .then(pl.lit("aware"))
        .otherwise(pl.lit("naive"))
    )
    return frame.join(read, on="time", how="left", maintain_order="left").with_columns(
        kind=pl.when(pl.col("local").is_not_null()).then(kind)
    )
