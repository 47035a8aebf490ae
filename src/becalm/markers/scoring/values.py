"""The last value of a concept up to a moment: a range where several may be it."""

from __future__ import annotations

import polars as pl

from becalm.markers.doses import NEVER
from becalm.markers.readings import day_text, readings
from becalm.markers.scoring.edition import Input
from becalm.markers.scoring.exact import in_unit
from becalm.markers.settings import MarkerSettings
from becalm.record import Cohort

KEY = ("patient_id", "moment")


def known_readings(
    cohort: Cohort, asked: pl.DataFrame, concept: str, settings: MarkerSettings
) -> pl.DataFrame:
    """The readings of a concept that are known at each moment: `asked` with the columns of `readings`."""
    found = readings(cohort, [concept], settings).drop("marker")
    current = pl.col("replaced_at").is_null() | (pl.col("replaced_at") > pl.col("at"))
    rows = asked.join(found, on="patient_id", how="inner", maintain_order="left_right")
    return rows.filter((pl.col("time") <= pl.col("at")).fill_null(True), current)


def last_values(cohort: Cohort, asked: pl.DataFrame, one: Input, settings: MarkerSettings) -> pl.DataFrame:
    """The last value of the concept of an input up to each moment, not older than the moment allows.

    A value or a moment whose time is not exactly known makes several orders possible; each value that is the
    last in one of them is in the range. Where in one of them there is none, nothing is known. At a moment
    asked for a value of a whole day is in force from the begin of its day.

    Args:
        cohort: the record.
        asked: as `becalm.markers.scoring.moments.asked` returns.
        one: the input.
        settings: policies in force.

    Returns:
        patient_id | moment | lo, hi f64|null (null: no limit; both null: no such value) | says, in the order
        of `asked`; numbers in the unit of the input.
    """
    until_lo, until_hi, reach = pl.col("until_lo"), pl.col("until_hi"), pl.col("reach")
    # At a given moment a value of a whole day is in force from the begin of that day.
    in_force = pl.col("whole_day") & (pl.col("at") < NEVER)
    near = (
        known_readings(cohort, asked, one.concept, settings)
        .with_columns(latest=pl.when(in_force).then("earliest").otherwise("latest"))
        .filter(pl.col("latest") >= until_lo - reach, pl.col("earliest") <= until_hi)
        .with_row_index("reading")
        .with_columns(bound=pl.max_horizontal("until_lo", "earliest"))
        .with_columns(place=pl.min_horizontal("latest", "bound"))
    )
    others = near.select("reading", *KEY, begin="earliest", end="latest")
    later = (
        near.select("reading", *KEY, "place", "bound")
        .join(others, on=list(KEY), suffix="_other")
        .filter(pl.col("begin") > pl.col("place"), pl.col("end") <= pl.col("bound"))
        .select("reading")
        .unique()
    )
    surely = (pl.col("earliest") >= until_hi - reach) & (pl.col("latest") <= until_lo)
    sure = near.filter(surely).select(KEY).unique().with_columns(sure=pl.lit(True))
    found = (
        near.join(later, on="reading", how="anti", maintain_order="left")
        .group_by(KEY, maintain_order=True)
        .agg(
            pl.col("lo").min(),
            hi=pl.when(pl.col("hi").null_count() == 0).then(pl.col("hi").max()),
            text=pl.col("text").unique(maintain_order=True).str.join(" or "),
        )
    )
    rows = (
        asked.join(found, on=list(KEY), how="left", maintain_order="left")
        .join(sure, on=list(KEY), how="left", maintain_order="left")
        .with_columns(pl.col("sure").fill_null(False))
        .with_columns(pl.when("sure").then(side).alias(side) for side in ("lo", "hi"))
    )
    nothing = (
        pl.when(pl.col("lacks").is_not_null())
        .then(pl.lit(f"{one.label} not known"))
        .when(pl.col("text").is_not_null())
        .then(pl.format(f"no certain {one.label}: {{}} may be too late or too old", "text"))
        .otherwise(
            pl.format(
                f"no {one.label} from {{}} to {{}}",
                day_text(pl.col("until_lo") - pl.col("reach")),
                day_text(pl.col("until_hi")),
            )
        )
    )
    says = pl.when("sure").then(pl.format(f"{one.label} {{}}", "text")).otherwise(nothing)
    return in_unit(rows.select(*KEY, "lo", "hi", says=says), one.concept, one.unit)
