"""When the window of the peak opens and closes, as far as the record says, with the data up to a moment."""

from __future__ import annotations

import polars as pl

from becalm.markers.doses import NEVER, coverage_classes, doses, hidden_from
from becalm.markers.readings import day_text
from becalm.markers.settings import MarkerSettings
from becalm.record import Cohort
from becalm.record.clock import DAY


def windows(cohort: Cohort, asked: pl.DataFrame, settings: MarkerSettings) -> pl.DataFrame:
    """The window of the peak of each patient, seen from each moment asked for.

    Args:
        cohort: the record.
        asked: patient_id | at i64 (NEVER: with all data).
        settings: policies in force.

    Returns:
        patient_id | at | opens_lo | opens_hi (the infusion: an instant, or day 0) | closes (the first dated
        dose, NEVER if none) | closes_lo (the first dose that may have been given: of a time not given or not
        covered) | limit (the last instant of the last day) | drug, closing (texts).
    """
    closing_classes = settings.names("peak_closing_classes")
    given = doses(cohort, settings.timeline, classes=closing_classes)
    dated = given.filter(pl.col("start").is_not_null())
    undated = given.filter(pl.col("start").is_null()).select("patient_id", undated=pl.lit(True)).unique()
    first = (
        dated.sort("patient_id", "latest", "start", "name")
        .group_by("patient_id", maintain_order=True)
        .first()
    )
    first = first.join(dated.group_by("patient_id").agg(maybe=pl.col("start").min()), on="patient_id")
    hidden = hidden_from(cohort, settings.timeline, coverage_classes(closing_classes))
    frame = asked.join(
        cohort.patients.select("patient_id", "infusion", "infusion_known"), on="patient_id", how="left"
    ).join(first, on="patient_id", how="left")
    frame = frame.join(undated, on="patient_id", how="left").join(hidden, on="patient_id", how="left")
    known = pl.col("latest") <= pl.col("at")
    maybe = pl.when(pl.col("maybe") <= pl.col("at")).then("maybe")
    unseen = pl.col("hidden_from") <= pl.col("at")
    frame = frame.with_columns(
        opens_lo="infusion",
        opens_hi=pl.when("infusion_known").then("infusion").otherwise(pl.col("infusion") + DAY - 1),
        closes=pl.when(known).then("latest").otherwise(NEVER),
        maybe=maybe.fill_null(NEVER),
        drug=pl.when(known).then("name"),
        unseen_from=pl.when(unseen).then("hidden_from"),
        undated=pl.col("undated").fill_null(False),
        limit=pl.lit(round(settings.number("peak_until_day") * DAY), dtype=pl.Int64),
    ).with_columns(
        closes_lo=pl.when("undated")
        .then(-NEVER)
        .otherwise(pl.min_horizontal("closes", "maybe", pl.col("unseen_from").fill_null(NEVER)))
    )
    columns = ["opens_lo", "opens_hi", "closes", "closes_lo", "limit", "drug", "closing"]
    return frame.with_columns(closing=_closing()).select("patient_id", "at", *columns)


def _closing() -> pl.Expr:
    """Why the window closes when it does, and what makes that uncertain."""
    limit = day_text(pl.col("limit"))
    by_dose = pl.col("closes") <= pl.col("limit")
    plain = (
        pl.when(by_dose)
        .then(pl.format("the window of the peak closes with {} on {}", "drug", day_text(pl.col("closes"))))
        .otherwise(pl.format("the window of the peak closes after {}", limit))
    )
    hidden = pl.col("unseen_from").is_not_null() & (
        pl.col("unseen_from") < pl.min_horizontal("closes", "limit")
    )
    doubt = (
        pl.when("undated")
        .then(pl.lit(", or earlier: a drug that closes it was given at a time not recorded"))
        .when(hidden)
        .then(
            pl.format(
                ", or earlier: from {} on the record does not cover the drugs that close it",
                day_text(pl.col("unseen_from")),
            )
        )
        .when(pl.col("maybe") < pl.min_horizontal("closes", "limit"))
        .then(pl.lit(", or earlier: of a drug that closes it the day is known, not the hour"))
        .otherwise(pl.lit(""))
    )
    return pl.concat_str(plain, doubt)
