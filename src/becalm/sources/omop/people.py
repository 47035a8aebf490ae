"""Persons and deaths."""

from __future__ import annotations

import polars as pl

from becalm.sources.coded.statements import REFUSED, STATEMENT, conformed, outcomes, persons
from becalm.sources.omop.shaping import NO_PERSON, WRONG_TIME, typed
from becalm.sources.omop.tables import DEATH, PERSON
from becalm.sources.omop.times import DAY, blank_is_null, is_wrong, when

_NO_ID = "It has no person_id. A whole number is expected. Correct the row."
_TWICE = "Its person_id stands in the table person before. One row for each person is expected. Take one out."


def person_rows(batch: pl.DataFrame, file: str = PERSON) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `person.sql` -> PERSON, OUTCOME. A birth date may be only a year, or a year and a month."""
    # A database gives its rows in any order: of a person who stands twice, the fullest row is the first.
    rows = typed(batch)
    rows = rows.sort(rows.columns, nulls_last=True)
    year, month, day = (
        blank_is_null(f"{part}_of_birth").cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
        for part in ("year", "month", "day")
    )
    text = (
        pl.when(year.is_not_null() & month.is_not_null() & day.is_not_null())
        .then(pl.format("{}-{}-{}", _digits(year, 4), _digits(month, 2), _digits(day, 2)))
        .when(blank_is_null("birth_datetime").is_not_null())
        .then(pl.col("birth_datetime").str.slice(0, DAY))
        .when(year.is_not_null() & month.is_not_null())
        .then(pl.format("{}-{}", _digits(year, 4), _digits(month, 2)))
        .otherwise(_digits(year, 4))
    )
    rows = rows.with_columns(
        patient_id=pl.col("person_id").cast(pl.String),
        birth_date=text,
        sex=pl.coalesce(blank_is_null("gender_name"), blank_is_null("gender_source_value")),
        file=pl.lit(file),
        row=pl.col("row_id"),
    )
    nobody = rows.filter(pl.col("person_id").is_null())
    rows = rows.filter(pl.col("person_id").is_not_null())
    again = rows.filter(~pl.col("person_id").is_first_distinct())
    rows = rows.filter(pl.col("person_id").is_first_distinct())
    lost = [_refused(nobody, PERSON, _NO_ID), _refused(again, PERSON, _TWICE)]
    return persons(rows), pl.concat(lost)


def _digits(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)


def death_rows(
    batch: pl.DataFrame, known: pl.Series, midnight: str, check: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `death.sql` -> STATEMENT of domain `death`, OUTCOME."""
    rows = typed(batch).with_columns(start=when("start", midnight, check))
    strangers = ~pl.col("person_id").is_in(known.implode()).fill_null(False)
    lost = [_refused(rows.filter(strangers), DEATH, NO_PERSON)]
    rows = rows.filter(~strangers)
    if check:
        wrong = is_wrong("start").fill_null(False)
        lost.append(_refused(rows.filter(wrong), DEATH, WRONG_TIME))
        rows = rows.filter(~wrong)
    made = rows.with_columns(
        patient_id=pl.col("person_id"),
        domain=pl.lit("death"),
        codes=pl.lit(["becalm|death"], dtype=pl.List(pl.String)),
        text=pl.lit("death"),
        cause=pl.coalesce(blank_is_null("cause_name"), blank_is_null("cause_source_value")),
        file=pl.lit(DEATH),
        row=pl.col("row_id"),
        record=pl.col("row_id"),
    )
    return conformed(made, STATEMENT), pl.concat(lost)


def _refused(rows: pl.DataFrame, file: str, reason: str) -> pl.DataFrame:
    return outcomes(
        rows.select(
            file=pl.lit(file),
            row=pl.col("row_id").fill_null(0),
            record=pl.col("row_id").cast(pl.String),
            outcome=pl.lit(REFUSED),
            reason=pl.lit(reason),
        )
    )
