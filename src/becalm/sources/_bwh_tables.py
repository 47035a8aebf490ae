"""The used cells of the BWH sheet as tables of the folder format."""

from __future__ import annotations

import polars as pl

from becalm.sources._bwh_mapping import Mapping

GRADE = "{grade}"


def bwh_tables(kept: pl.DataFrame, persons: pl.DataFrame, plan: Mapping) -> dict[str, pl.DataFrame]:
    """The tables `patients`, `observations`, `exposures` and `coverage`.

    `kept`: the used cells with contents; `persons`: patient_id and each column about the person.
    """
    observations = pl.concat([_observations(kept, plan), _grades(kept, plan)])
    return {
        "patients": _by_patient(_patients(persons, plan)),
        "observations": _by_patient(observations, "concept", "day"),
        "exposures": _by_patient(_doses(kept, plan)),
        "coverage": _by_patient(_coverage(kept, plan)),
    }


def _by_patient(frame: pl.DataFrame, *then: str) -> pl.DataFrame:
    """Rows by patient, numbered ids in the order of their numbers."""
    number = pl.col("patient_id").cast(pl.Int64, strict=False)
    return frame.sort(number, "patient_id", *then, maintain_order=True)


def _line(note: str | pl.Expr = "note") -> pl.Expr:
    """Where a value stands in the sheet, and what else is to say of it."""
    more = pl.col(note) if isinstance(note, str) else note
    line = pl.format("line {}", pl.col("row") + 1)
    return pl.when(more != "").then(pl.format("{}: {}", line, more)).otherwise(line)


def _patients(persons: pl.DataFrame, plan: Mapping) -> pl.DataFrame:
    noted = [
        pl.when(pl.col(name).is_not_null()).then(pl.format("{}: {}", pl.lit(name), name))
        for name in plan.noted
    ]
    return persons.select(
        "patient_id",
        age_years=plan.age,
        sex=plan.sex,
        disease=plan.disease,
        note=pl.concat_str(noted, separator="; ", ignore_nulls=True),
    )


def _observations(kept: pl.DataFrame, plan: Mapping) -> pl.DataFrame:
    concepts = {one.column: one.concept for one in plan.measurement} | {plan.icans: "icans_grade_recorded"}
    return kept.filter(pl.col("column").is_in(list(concepts)), pl.col("value").is_not_null()).select(
        "patient_id",
        "day",
        concept=pl.col("column").replace_strict(concepts, return_dtype=pl.String),
        value="value",
        unit=pl.col("unit").fill_null(GRADE),
        value_high="value_high",
        comparator="comparator",
        note=_line(),
    )


def _grades(kept: pl.DataFrame, plan: Mapping) -> pl.DataFrame:
    """The recorded highest grade of CRS: its time is not given; the recorded days stand in the note."""
    days = [
        kept.filter(pl.col("column") == column, pl.col("value").is_not_null())
        .group_by("patient_id")
        .agg(pl.col("value").first().alias(name))
        for column, name in ((plan.onset, "onset"), (plan.peak, "peak"))
    ]
    grades = kept.filter(pl.col("column") == plan.severity, pl.col("value").is_not_null())
    for one in days:
        grades = grades.join(one, on="patient_id", how="left", maintain_order="left")
    said = [
        pl.when(pl.col(name).is_not_null()).then(pl.format("recorded " + name + " on day {}", name))
        for name in ("onset", "peak")
    ]
    words = pl.concat_str(
        [pl.lit("highest grade, its scale not named"), *said, pl.when(pl.col("note") != "").then("note")],
        separator="; ",
        ignore_nulls=True,
    )
    return grades.select(
        "patient_id",
        day=pl.lit(None, dtype=pl.Int64),
        concept=pl.lit("crs_grade_recorded"),
        value="value",
        unit=pl.lit(GRADE),
        value_high="value_high",
        comparator=pl.lit(None, dtype=pl.String),
        note=_line(words),
    )


def _doses(kept: pl.DataFrame, plan: Mapping) -> pl.DataFrame:
    """One row for each tocilizumab dose: the sheet counts them and gives no time, dose or route."""
    counts = kept.filter(pl.col("column") == plan.doses).with_columns(count=pl.col("value").cast(pl.Int64))
    numbered = (
        counts.with_columns(dose=pl.int_ranges(1, pl.col("count") + 1)).explode("dose").drop_nulls("dose")
    )
    said = pl.format("dose {} of {}, its time not recorded", "dose", "count")
    return numbered.select(
        "patient_id",
        start_day=pl.lit(None, dtype=pl.Float64),
        kind=pl.lit("drug"),
        name=pl.lit("tocilizumab"),
        note=_line(said),
    )


def _coverage(kept: pl.DataFrame, plan: Mapping) -> pl.DataFrame:
    """Anti-cytokine drugs, for each patient whose tocilizumab doses were counted; nothing else is covered."""
    counted = kept.filter(pl.col("column") == plan.doses)
    return counted.select(pl.lit("anti_cytokine").alias("class"), "patient_id")
