"""DM: persons, reference dates and deaths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from becalm.sources.coded.fates import with_columns
from becalm.sources.coded.statements import Chunk, persons
from becalm.sources.sdtm.parts import chunk

_NEEDED = [
    "USUBJID",
    "RFSTDTC",
    "RFXSTDTC",
    "DTHDTC",
    "DTHFL",
    "BRTHDTC",
    "AGE",
    "AGEU",
    "SEX",
    "ARM",
    "ACTARM",
]
_YEARS: Mapping[str, float] = {"YEARS": 1.0, "MONTHS": 12.0, "WEEKS": 52.1775, "DAYS": 365.25}
_WHOLE = r"^\d{4}-\d{2}-\d{2}"


@dataclass(frozen=True)
class Subjects:
    """What other domains need of DM.

    `reference`: USUBJID, RFSTDTC. `deaths`: subjects of whose death DM tells. `first`: subject to the moment
    that a person wants to count days from, where the option `infusion` is given.
    """

    reference: pl.DataFrame
    deaths: set[str]
    first: Mapping[str, str]


def subjects(rows: pl.DataFrame, first: Mapping[str, str]) -> Subjects:
    """What other domains need, from all rows of DM."""
    frame = with_columns(rows, *_NEEDED).filter(pl.col("USUBJID").is_not_null())
    reference = frame.select("USUBJID", "RFSTDTC").unique("USUBJID", keep="first", maintain_order=True)
    dead = frame.filter(_died())["USUBJID"]
    return Subjects(reference, set(dead), first)


def moments(rows: pl.DataFrame, column: str) -> dict[str, str]:
    """Subject to a date of DM (RFSTDTC, RFXSTDTC), where it is whole."""
    frame = with_columns(rows, "USUBJID", column)
    good = frame.filter(pl.col("USUBJID").is_not_null() & pl.col(column).str.contains(_WHOLE))
    return dict(good.select("USUBJID", column).iter_rows())


def _died() -> pl.Expr:
    return pl.col("DTHDTC").is_not_null() | (pl.col("DTHFL").str.to_uppercase() == "Y").fill_null(False)


def demographics(file: str, rows: pl.DataFrame, known: Subjects) -> Chunk:
    """Rows of DM as persons and deaths.

    A death without a whole date is a death at a time that is not known: it is never left out.
    """
    frame = with_columns(rows, *_NEEDED)
    unit = pl.col("AGEU").str.to_uppercase().fill_null("YEARS")
    age = pl.col("AGE").cast(pl.Float64, strict=False)
    years = age / unit.replace_strict(_YEARS, default=None, return_dtype=pl.Float64)
    first = pl.DataFrame(
        {"USUBJID": list(known.first), "FIRST": list(known.first.values())},
        schema={"USUBJID": pl.String, "FIRST": pl.String},
    )
    frame = frame.join(first, on="USUBJID", how="left", maintain_order="left")
    people = frame.filter(pl.col("USUBJID").is_not_null()).select(
        "row",
        patient_id="USUBJID",
        birth_date="BRTHDTC",
        age_years=pl.when(unit == "YEARS").then("AGE").otherwise(years.round(3).cast(pl.String)),
        sex="SEX",
        infusion_time="FIRST",
        note=pl.format("arm {}", pl.coalesce("ACTARM", "ARM")),
        file=pl.lit(file),
    )
    whole = pl.col("DTHDTC").str.contains(_WHOLE)
    deaths = frame.filter(_died() & pl.col("USUBJID").is_not_null()).with_columns(
        domain=pl.lit("death"),
        codes=pl.lit(["becalm|death"]),
        start=pl.when(whole).then("DTHDTC"),
        note=pl.when(~whole).then(pl.format("date of death {}", "DTHDTC")),
    )
    lost = chunk(file, frame.filter(pl.col("USUBJID").is_null()))
    told = chunk(file, deaths)
    return replace(told, persons=persons(people), outcomes=lost.outcomes, read={file: frame.height})
