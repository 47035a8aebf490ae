"""Sums of equivalent doses over windows of time, as ranges."""

from __future__ import annotations

import polars as pl

from becalm.markers.doses import NEVER, coverage_classes, hidden_from
from becalm.markers.readings import day_text
from becalm.markers.scoring.amounts import amounts
from becalm.markers.scoring.edition import Score, Window
from becalm.markers.scoring.words import first_of
from becalm.markers.settings import MarkerSettings
from becalm.record import Cohort, vocabulary
from becalm.record.clock import DAY, HOUR, from_day, to_day

SHOWN = 6
"""Doses that a sentence lists."""
PLACES = 9
"""Decimals of a sum: finer than any dose, coarser than the rounding of doubles."""
KEY = ("patient_id", "moment", "from_lo")


def summed(cohort: Cohort, score: Score, at: float | None, settings: MarkerSettings) -> pl.DataFrame:
    """The sum of equivalent doses in each window of the score.

    Args:
        cohort: the record.
        score: one of equivalent doses.
        at: only up to this day of the clock; a dose at that instant counts.
        settings: policies in force.

    Returns:
        patient_id | moment (the window) | day f64|null (of a window of one day, or the moment asked for) |
        value_min f64 | value_max f64|null (no limit) | because | missing, sorted by patient, window and day.
    """
    known = NEVER if at is None else from_day(at)
    given = amounts(cohort, score, known, settings)
    classes = sorted({name for one in score.equivalent for name in vocabulary().drugs[one.drug].classes})
    hidden = hidden_from(cohort, settings.timeline, coverage_classes(classes))
    people = cohort.patients.select(
        "patient_id",
        opens_lo="infusion",
        opens_hi=pl.when("infusion_known").then("infusion").otherwise(pl.col("infusion") + DAY - 1),
    ).join(hidden, on="patient_id", how="left", maintain_order="left")
    windows = [one for one in score.window if one.span != ("hours" if at is None else "day")]
    asked = pl.concat(
        [
            _asked(window, people, given, known).with_columns(place=pl.lit(place))
            for place, window in enumerate(windows)
        ]
    )
    rows = _within(asked.join(given, on="patient_id", maintain_order="left_right"))
    sums = rows.group_by(KEY).agg(
        value_min=pl.col("lo").sum().round(PLACES),
        value_max=pl.when(pl.col("hi").null_count() == 0).then(pl.col("hi").sum().round(PLACES)),
        text=first_of(pl.col("text"), SHOWN),
        lacks=pl.col("lacks").filter("open").drop_nulls().unique(maintain_order=True).str.join("; "),
    )
    out = asked.join(sums, on=list(KEY), how="left", maintain_order="left")
    bare = ((pl.col("hidden_from") < pl.col("until")) | pl.col("empty")).fill_null(False)
    lost = pl.format("the record of corticosteroids from {} on", day_text(pl.col("hidden_from")))
    lacks = [pl.when(pl.col("lacks") != "").then("lacks"), pl.when(bare).then(lost)]
    missing = pl.concat_str(lacks, separator="; ", ignore_nulls=True)
    until = pl.when(pl.col("until") < NEVER).then(day_text(pl.col("until")))
    return (
        out.join(cohort.patients.select("patient_id").with_row_index("patient"), on="patient_id")
        .sort("patient", "place", "from_lo")
        .select(
            "patient_id",
            "moment",
            "day",
            value_min=pl.col("value_min").fill_null(0.0),
            value_max=pl.when(~bare).then(pl.when(pl.col("text").is_null()).then(0.0).otherwise("value_max")),
            because=pl.format(
                "from {} to {}: {}",
                day_text(pl.col("from_lo")),
                until.fill_null("the end of the record"),
                pl.col("text").fill_null("no dose recorded"),
            ),
            missing=pl.when(missing != "").then(missing),
        )
    )


def _asked(window: Window, people: pl.DataFrame, given: pl.DataFrame, known: int) -> pl.DataFrame:
    """The times of one window: KEY | day | from_hi | until (not part of it) | hidden_from | empty.

    Args:
        window: of the score.
        people: patient_id | opens_lo | opens_hi | hidden_from.
        given: as `amounts` returns.
        known: the data known: up to it (NEVER: all).
    """
    until = pl.lit(known if known == NEVER else known + 1, dtype=pl.Int64)
    day: pl.Expr = pl.lit(None if known == NEVER else to_day(known), dtype=pl.Float64)
    from_lo, from_hi, empty = pl.col("opens_lo"), pl.col("opens_hi"), pl.lit(False)
    if window.span == "covered":
        until = pl.min_horizontal(until, "hidden_from")
        empty = pl.col("hidden_from") <= pl.col("opens_hi")
    elif window.span == "hours":
        from_lo = from_hi = pl.lit(known - round((window.hours or 0) * HOUR) + 1, dtype=pl.Int64)
    elif window.span == "day":
        people = people.join(_days(people, given), on="patient_id", maintain_order="left_right")
        begin = pl.col("date") * DAY
        day, until = pl.col("date").cast(pl.Float64), begin + DAY
        from_lo, from_hi = (pl.max_horizontal(begin, side) for side in ("opens_lo", "opens_hi"))
    return people.select(
        "patient_id",
        "hidden_from",
        moment=pl.lit(window.id),
        day=day,
        from_lo=from_lo,
        from_hi=from_hi,
        until=until,
        empty=empty.fill_null(False),
    )


def _last() -> pl.Expr:
    """The last instant of a dose that is given once."""
    return pl.when("single").then("latest").otherwise("end_hi")


def _days(people: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    """The days of the clock with a recorded dose from the infusion on: patient_id | date."""
    ended = pl.when(pl.col("end_hi") < NEVER).then("end_hi").otherwise("end_lo") - 1
    last = pl.when("single").then("latest").otherwise(pl.max_horizontal(ended, "earliest"))
    return (
        given.join(people.select("patient_id", "opens_lo"), on="patient_id")
        .with_columns(last=last, first=pl.max_horizontal("earliest", "opens_lo"))
        .filter(pl.col("earliest") > -NEVER, pl.col("last") >= pl.col("first"))
        .select("patient_id", date=pl.int_ranges(pl.col("first") // DAY, pl.col("last") // DAY + 1))
        .explode("date")
        .unique()
        .sort("patient_id", "date")
    )


def _within(rows: pl.DataFrame) -> pl.DataFrame:
    """The doses that may lie in their window, with what they give in it: lo, hi (null: no limit), open."""
    until = pl.col("until")
    most = pl.min_horizontal(until, "end_hi") - pl.max_horizontal("from_lo", "earliest")
    least = pl.min_horizontal(until, "end_lo") - pl.max_horizontal("from_hi", "latest")
    possible = (pl.col("earliest") < until) & (_last() >= pl.col("from_lo"))
    ended = pl.when("single").then(pl.col("latest") < until).otherwise(pl.col("end_hi") <= until)
    surely = (pl.col("earliest") >= pl.col("from_hi")) & ended
    bounded = (until < NEVER) | (pl.col("end_hi") < NEVER)
    return (
        rows.filter(pl.when("hourly").then(most > 0).otherwise(possible))
        .with_columns(
            lo=pl.when("hourly")
            .then(pl.col("amount_lo") * least.clip(lower_bound=0) / HOUR)
            .otherwise(pl.when(surely).then("amount_lo").otherwise(0.0)),
            hi=pl.when("hourly")
            .then(pl.when(bounded).then(pl.col("amount_hi") * most / HOUR))
            .otherwise("amount_hi"),
        )
        .with_columns(open=(pl.col("lo") != pl.col("hi")).fill_null(True))
    )
