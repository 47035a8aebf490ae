"""Infections and blood cultures as rows of tracks (a site, a kind of organism), and what the last says."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.record import Cohort, vocabulary
from becalm.timeline.families._findings import last_of
from becalm.timeline.families.common import together
from becalm.timeline.settings import Settings

BLOOD = "bloodstream"
WORSE = ("symptomatic", "hospitalised", "life_threatening")
"""Severities beyond a mild infection."""
Levels = tuple[pl.Expr, pl.Expr]


def infection_rows(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Infections and blood cultures, a track a site or a kind of organism.

    Returns:
        patient_id | time | whole_day | track | place | organism | severity | grade (0: none given) | blood |
        there (1, 0 where it has gone) | known (a grade was given) | text.
    """
    vocab = vocabulary()
    events = cohort.events.filter(pl.col("event").is_in(["infection", "blood_culture"]))
    sites = {
        text: vocab.resolve("infection_site", text) or "other"
        for text in events["site"].unique().drop_nulls()
    }
    culture = pl.col("event") == "blood_culture"
    grade = pl.col("value").cast(pl.Int64, strict=False)
    rows = events.select(
        "patient_id",
        "time",
        "whole_day",
        "severity",
        organism="cause",
        blood=culture,
        place=pl.when(~culture).then(
            pl.col("site").replace_strict(sites, default=None, return_dtype=pl.String)
        ),
        grade=pl.when(culture).then(None).otherwise(grade),
        there=pl.when(culture)
        .then(pl.col("value") == "positive")
        .otherwise((grade != 0).fill_null(True))
        .cast(pl.Int64),
        named=pl.when(culture)
        .then(
            pl.concat_str(pl.col("cause").fill_null("organisms"), pl.lit(" in the blood, culture "), "value")
        )
        .otherwise(pl.concat_str(pl.lit("infection, site "), pl.col("site").str.replace_all("_", " "))),
    )
    # An infection of the blood is also the finding of organisms in it.
    rows = pl.concat(
        [rows, rows.filter((pl.col("place") == BLOOD).fill_null(False)).with_columns(blood=pl.lit(True))]
    )
    rows = rows.with_columns(track=pl.when("blood").then("organism").otherwise("place").fill_null(""))
    gone = rows.filter(
        (pl.col("there") == 0) & (pl.col("track") == ""),
        pl.col("blood") | settings.flag("infection_resolved_without_site_ends_all"),
    ).drop("track")
    others = rows.select("patient_id", "blood", "track").filter(pl.col("track") != "").unique()
    rows = pl.concat([rows, gone.join(others, on=["patient_id", "blood"]).select(rows.columns)])
    how = pl.when(pl.col("severity").is_not_null()).then(
        pl.format(", {}", pl.col("severity").str.replace_all("_", " "))
    )
    graded = pl.when(pl.col("grade") > 0).then(pl.format(", grade {} by the team", "grade"))
    blank = pl.lit("")
    return (
        rows.with_columns(
            track=pl.concat_str(pl.when("blood").then(pl.lit("blood:")).otherwise(pl.lit("site:")), "track"),
            known=pl.col("grade").is_not_null(),
            grade=pl.col("grade").fill_null(0),
            text=pl.when((pl.col("there") == 0) & ~pl.col("blood"))
            .then(pl.lit("infection resolved"))
            .otherwise(
                pl.concat_str(
                    pl.col("named").fill_null("infection"), how.otherwise(blank), graded.otherwise(blank)
                )
            ),
        )
        .drop("named")
        .unique(maintain_order=True)
    )


def levels(rows: pl.DataFrame, lo: pl.Expr, hi: pl.Expr) -> pl.DataFrame:
    """Rows as events with levels; what has gone is level 0."""
    there = pl.col("there") > 0
    return rows.select(
        "patient_id", "time", "whole_day", "track", "text",
        lo=pl.when(there).then(lo.cast(pl.Int64)).otherwise(0),
        hi=pl.when(there).then(hi.cast(pl.Int64)).otherwise(0),
    )  # fmt: skip


def findings(rows: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """What the last row of each track says, over the tracks of a patient: columns of levels (0 none)."""
    infections, cultures = rows.filter(~pl.col("blood")), rows.filter("blood")

    def at(policy: str) -> Levels:
        inside = pl.col("place").is_in(list(settings.names(policy)))
        return inside.fill_null(False), inside.fill_null(True)

    def elsewhere(ends: Levels) -> Levels:
        return ~ends[1], ~ends[0]

    place = pl.col("place")
    other = ((place == "other").fill_null(False), (place == "other").fill_null(True))
    severity, unsaid = pl.col("severity"), pl.col("severity").is_null()
    # What grows in a culture and is not named is a bacterium or a fungus.
    grown = (pl.col("organism").is_in(["bacteria", "fungus"]).fill_null(True),) * 2
    fungus_or_virus = pl.col("organism").is_in(["fungus", "virus"])

    def severe(*names: str) -> Levels:
        return severity.is_in(names).fill_null(False), severity.is_in(names).fill_null(True)

    one = pl.lit(1)
    treated = at("infection_sites_by_treatment")
    asked: Sequence[tuple[str, pl.DataFrame, Levels]] = [
        ("infection", infections, (one, one)),
        ("infection_grade_recorded", infections, (pl.col("grade"), pl.col("grade"))),
        ("site_by_treatment", infections, treated),
        ("site_not_by_treatment", infections, elsewhere(treated)),
        ("infection_site_from_grade_2", infections, at("infection_sites_from_grade_2")),
        ("infection_site_from_grade_3", infections, at("infection_sites_from_grade_3")),
        ("infection_site_from_grade_3_in_v4", infections, at("infection_sites_from_grade_3_in_v4")),
        ("site_other", infections, other),
        ("site_not_other", infections, elsewhere(other)),
        ("infection_moderate", infections, severe(*WORSE)),
        ("infection_hospitalised", rows, severe("hospitalised", "life_threatening")),
        ("said_life_threatening", rows, (severe("life_threatening")[0],) * 2),
        ("unsaid", rows, (unsaid & ~pl.col("known"),) * 2),
        ("ungraded", infections, (~pl.col("known"),) * 2),
        ("blood_culture_positive", cultures, (one, one)),
        ("blood_culture_bacteria_or_fungus", cultures, grown),
        (
            "blood_culture_fungus_or_virus",
            cultures,
            (fungus_or_virus.fill_null(False), fungus_or_virus.fill_null(True)),
        ),
    ]
    return together([last_of(levels(frame, *ends), name, settings) for name, frame, ends in asked])
