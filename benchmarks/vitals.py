"""The input of the measurements of grading: many patients of 30 days, quickly.

`POOL` patients are drawn by `becalm.synthetic` (complete records of a known course, of 10 to 16 days). Their
patients, exposures, events and laboratory values are kept; their vital signs are replaced by six concepts
charted on a grid, every 15 minutes for every other patient and every 4 hours for the rest: the latent
values of the course plus a small noise, and after the course a healthy patient's values up to day 30. More
patients than `POOL` are copies of these under new names, with other noise and other minutes. So the courses
repeat, the values do not. Columns are typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import polars as pl

from becalm.record import DAY, MINUTE, TABLES, Cohort, from_day
from becalm.sources import read_tables
from becalm.synthetic import Settings, generate

POOL, PER_BATCH, DAYS, SEED = 200, 100, 30, 20260301
GRID = {True: 15 * MINUTE, False: 240 * MINUTE}
"""Time between two chartings of a dense and of a sparse patient."""
CHARTED = ("temperature", "sbp", "map", "spo2", "heart_rate", "resp_rate")
UNITS = {
    "temperature": "Cel", "sbp": "mm[Hg]", "map": "mm[Hg]",
    "spo2": "%", "heart_rate": "/min", "resp_rate": "/min",
}  # fmt: skip
HEALTHY = {
    "temperature": 36.8,
    "sbp": 118.0,
    "map": 84.0,
    "spo2": 97.0,
    "heart_rate": 78.0,
    "resp_rate": 15.0,
}
NOISE = {"temperature": 0.05, "sbp": 2.0, "map": 2.0, "spo2": 0.4, "heart_rate": 4.0, "resp_rate": 1.5}
DECIMALS = {"temperature": 1}
MOST = {"spo2": 100.0}
FORMAT = {column for table in TABLES.values() for column in table.columns}
_DAY0 = 19723 * DAY  # 2024-01-01 after the epoch


@cache
def _pool() -> tuple[Cohort, pl.DataFrame]:
    """The patients to copy, and their latent course (patient_id | time | value of each concept)."""
    drawn = generate(POOL, SEED, Settings(complete=True))
    cohort = read_tables(drawn.tables)
    course = drawn.truth.select(
        "patient_id", *(name for name in HEALTHY if name in drawn.truth.columns),
        time=from_day(pl.col("start_day")), end=from_day(pl.col("end_day")),
    )  # fmt: skip
    well = course.group_by("patient_id", maintain_order=True).agg(time=pl.col("end").max())
    well = well.with_columns(
        pl.lit(value).alias(name) for name, value in HEALTHY.items() if name in course.columns
    )
    return cohort, pl.concat([course.drop("end"), well.select(course.drop("end").columns)]).sort(
        "patient_id", "time"
    )


def batch(first: int, patients: int) -> dict[str, pl.DataFrame]:
    """The tables of `patients` patients from number `first` on, typed, in the folder format."""
    cohort, course = _pool()
    ids = cohort.patients["patient_id"]
    own = np.arange(first, first + patients)
    numbers = pl.DataFrame({"number": own, "drawn": ids.gather(own % len(ids))}).with_columns(
        patient_id=pl.format("P{}", pl.col("number").cast(pl.String).str.zfill(6)),
        dense=pl.col("number") % 2 == 0,
        # Every patient has an own first day.
        midnight=_DAY0 + (pl.col("number") % 365) * DAY,
    )

    def copies(frame: pl.DataFrame, times: Mapping[str, str]) -> pl.DataFrame:
        out = numbers.join(frame.rename({"patient_id": "drawn"}), on="drawn", maintain_order="left")
        stamps = {
            new: (pl.col("midnight") + pl.col(old)).cast(pl.Datetime("us")) for old, new in times.items()
        }
        out = out.with_columns(**stamps)
        return out.select(name for name in out.columns if name in FORMAT)

    events = cohort.events.filter(~pl.col("whole_day"))
    persons = cohort.patients.with_columns(infusion_time="infusion")
    laboratory = cohort.observations.filter(~pl.col("concept").is_in([*CHARTED, "dbp"]), ~pl.col("whole_day"))
    laboratory = laboratory.select("patient_id", "concept", "unit", value="lo", at="time")
    observations = pl.concat(
        [_charted(numbers, cohort, course), copies(laboratory, {"at": "time"})], how="diagonal"
    )
    return {
        "patients": copies(persons, {"infusion": "infusion_time"}),
        "observations": observations.sort("time", "patient_id", "concept"),
        "exposures": copies(cohort.exposures, {"start": "start_time", "end": "end_time"}),
        "events": copies(events.rename({"time": "at"}), {"at": "time"}),
        "coverage": cohort.coverage.select("class"),
    }


def _charted(numbers: pl.DataFrame, cohort: Cohort, course: pl.DataFrame) -> pl.DataFrame:
    """The charted vital signs: patient_id | time | concept | value | unit."""
    deaths = (
        cohort.events.filter(pl.col("event") == "death")
        .group_by("patient_id")
        .agg(death=pl.col("time").min())
    )
    known = cohort.patients.select("patient_id", "infusion").join(deaths, on="patient_id", how="left")
    own = numbers.join(known.rename({"patient_id": "drawn"}), on="drawn", maintain_order="left").with_columns(
        begin=pl.col("infusion") - DAY // 2 + (pl.col("number") * 7 % 60) * MINUTE,
        step=pl.when("dense").then(GRID[True]).otherwise(GRID[False]),
        until=pl.min_horizontal(pl.col("infusion") + DAYS * DAY, "death"),
    )
    grid = (
        own.select("patient_id", "drawn", "midnight", time=pl.int_ranges("begin", "until", "step"))
        .explode("time")
        .join_asof(
            course.rename({"patient_id": "drawn"}),
            on="time",
            by="drawn",
            strategy="backward",
            check_sortedness=False,
        )
    )
    draw = np.random.default_rng([SEED, int(numbers["number"][0])])
    columns = {}
    for name in CHARTED:
        base = pl.col(name).fill_null(HEALTHY[name]) if name in grid.columns else pl.lit(HEALTHY[name])
        noise = pl.lit(pl.Series(draw.normal(0.0, NOISE[name], grid.height)))
        columns[name] = (base + noise).clip(upper_bound=MOST.get(name)).round(DECIMALS.get(name, 0))
    return (
        grid.with_columns(**columns)
        .unpivot(
            CHARTED, index=["patient_id", "time", "midnight"], variable_name="concept", value_name="value"
        )
        .select(
            "patient_id",
            "concept",
            "value",
            time=(pl.col("midnight") + pl.col("time")).cast(pl.Datetime("us")),
            unit=pl.col("concept").replace_strict(UNITS),
        )
    )
