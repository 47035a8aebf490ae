"""The patients of a coded source: one row each, with the age in completed years on day zero."""

from __future__ import annotations

import polars as pl

from becalm.record import TABLES
from becalm.record.names import fold
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.matching import translated
from becalm.sources.coded.statements import conformed


def patients_table(persons: pl.DataFrame, zeros: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """PERSON and `patient_id`, `infusion_time` -> `patients` of the folder format, for everyone in `zeros`.

    An age given decides; else it is counted from the birth date. Of a birth year or month alone the age is
    known to one year only: it is given, as the lower of the two, where both are of `adult_from_years` (an
    option of the mapping) or more, and left blank otherwise.
    """
    columns = [name for name in persons.columns if name not in ("patient_id", "file", "row")]
    one = persons.group_by("patient_id", maintain_order=True).agg(
        pl.col(name).drop_nulls().first() for name in columns
    )
    rows = zeros.join(one, on="patient_id", how="left", suffix="_stated").sort("patient_id")
    rows = translated(rows, ("sex",), "sex", lambda word: _sex(lookup, word))
    birth = pl.col("birth_date")
    born = (
        birth.str.extract(r"^(\d{4})", 1).cast(pl.Int32),
        birth.str.extract(r"^\d{4}-(\d{2})", 1).cast(pl.Int32),
        birth.str.extract(r"^\d{4}-\d{2}-(\d{2})", 1).cast(pl.Int32),
    )
    then = pl.col("infusion_time")
    year, month, day = (
        then.str.slice(at, size).cast(pl.Int32, strict=False) for at, size in ((0, 4), (5, 2), (8, 2))
    )
    years = year - born[0]
    exact = years - ((month < born[1]) | ((month == born[1]) & (day < born[2]))).cast(pl.Int32)
    adult = int(lookup.options.get("adult_from_years", 200))
    about = pl.when(years - 1 >= adult).then(years - 1)
    age = pl.when(born[2].is_not_null()).then(exact).otherwise(about)
    rows = rows.with_columns(age_years=pl.coalesce("age_years", age.cast(pl.String)))
    return conformed(rows, {name: pl.String() for name in TABLES["patients"].columns})


def _sex(lookup: Lookup, word: str | None) -> str | None:
    entry = lookup.values.get(fold(word or ""))
    return (entry.sex if entry else None) or word
