"""The readings of the markers: what each may be, when it may have been taken, how a sentence names it."""

from __future__ import annotations

import polars as pl

from becalm.markers.doses import NEVER
from becalm.markers.settings import MarkerSettings
from becalm.record import Cohort, vocabulary
from becalm.record.clock import DAY, HOUR, to_day


def day_text(instant: pl.Expr) -> pl.Expr:
    """An instant as `day 6.5`, to a thousandth of a day."""
    # By whole thousandths, so that a microsecond before midnight is no -0.0.
    thousandths = (to_day(instant) * 1000).round().cast(pl.Int64)
    text = (thousandths / 1000).cast(pl.String).str.strip_suffix(".0")
    return pl.concat_str(pl.lit("day "), text)


def readings(cohort: Cohort, concepts: list[str], settings: MarkerSettings) -> pl.DataFrame:
    """Every value of some concepts as a range, with the instants at which it may have been taken.

    Returns:
        patient_id | marker | time i64|null | whole_day | earliest i64 | latest i64 (both included) |
        replaced_at i64|null (when a timed value of the same day takes its place) | until i64 (its validity
        ends) | lo | hi (null: no limit) | assay | text (value, unit and day, as a sentence says it),
        sorted by patient, marker and time.
    """
    whole_day = pl.col("whole_day") & pl.lit(settings.timeline.flag("whole_day_order_unknown"))
    factor = settings.timeline.number("validity_factor")
    validity = {c: round(vocabulary().concepts[c].validity_hours * HOUR * factor) for c in concepts}
    open_above = pl.col("refused") | pl.col("comparator").is_in([">", ">="]).fill_null(False)
    rows = cohort.observations.filter(pl.col("concept").is_in(concepts)).with_columns(
        date=pl.col("time").floordiv(DAY)
    )
    arrivals = (
        rows.filter(~pl.col("whole_day"), pl.col("time").is_not_null())
        .group_by("patient_id", "concept", "date")
        .agg(arrival=pl.col("time").min())
    )
    if not settings.timeline.flag("whole_day_yields"):
        arrivals = arrivals.clear()
    return (
        rows.join(arrivals, on=["patient_id", "concept", "date"], how="left")
        .select(
            "patient_id",
            "time",
            "whole_day",
            "lo",
            marker="concept",
            earliest=pl.col("time").fill_null(-NEVER),
            latest=pl.when(whole_day).then(pl.col("time") + (DAY - 1)).otherwise("time").fill_null(NEVER),
            replaced_at=pl.when("whole_day").then("arrival"),
            until=pl.col("time")
            + pl.when("whole_day")
            .then(DAY)
            .otherwise(pl.col("concept").replace_strict(validity, default=0, return_dtype=pl.Int64)),
            hi=pl.when(~open_above).then("hi"),
            assay="assay",
            text=_text(),
        )
        .sort("patient_id", "marker", "earliest", "lo", "hi", "text")
    )


def _text() -> pl.Expr:
    """`0.5 mg/dL (5 mg/L) on day -0.4 (elecsys)`."""
    given_unit = pl.col("unit_given").fill_null("")
    value = pl.concat_str(pl.col("comparator").fill_null(""), "value_given", pl.lit(" "), given_unit)
    converted = pl.when(
        given_unit != pl.col("unit"), ~pl.col("refused"), pl.col("comparator").is_null()
    ).then(_canonical())
    refused = pl.when("refused").then(pl.lit(" (refused: not plausible or unit not known)"))
    when = (
        pl.when(pl.col("time").is_null())
        .then(pl.lit("at a time not given"))
        .otherwise(pl.concat_str(pl.lit("on "), day_text(pl.col("time"))))
    )
    whole = pl.when("whole_day").then(pl.lit(" (some time of that day)"))
    assay = pl.when(pl.col("assay").is_not_null()).then(pl.format(" ({})", "assay"))
    parts = [value.str.strip_chars(), converted, refused, pl.lit(" "), when, whole, assay]
    return pl.concat_str([part.fill_null("") for part in parts])


def _canonical() -> pl.Expr:
    """The value in the canonical unit, in brackets."""
    lowest, highest = (
        pl.col(end).round_sig_figs(6).cast(pl.String).str.strip_suffix(".0") for end in ("lo", "hi")
    )
    one = pl.format(" ({} {})", lowest, "unit")
    return (
        pl.when(pl.col("lo") == pl.col("hi"))
        .then(one)
        .otherwise(pl.format(" ({} to {} {})", lowest, highest, "unit"))
    )
