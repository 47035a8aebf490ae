"""Low pressure from the systolic and the mean pressure, by age and the patient's own baseline."""

from __future__ import annotations

import polars as pl

from becalm.timeline.settings import Settings


def limits(patients: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The pressure limits of each patient.

    Returns:
        patient_id | sbp_limit_lo | sbp_limit_hi (mm[Hg]; they differ where the age is unknown) |
        baseline_sbp | map_used_lo bool | map_used_hi bool.
    """
    age = pl.col("age_years").floor()
    adult_from = settings.number("adult_from_age")
    adult, child_base = settings.number("sbp_limit"), settings.number("child_sbp_base")
    limit = (
        pl.when(age >= adult_from)
        .then(pl.lit(adult))
        .when(age.is_not_null())
        .then(child_base + settings.number("child_sbp_per_year") * age)
    )
    baseline = pl.col("baseline_sbp") if settings.flag("baseline_used") else pl.lit(None, dtype=pl.Float64)
    return patients.select(
        "patient_id",
        sbp_limit_lo=limit.fill_null(min(adult, child_base)),
        sbp_limit_hi=limit.fill_null(max(adult, child_base)),
        baseline_sbp=baseline,
        map_used_lo=(age >= adult_from).fill_null(False),
        map_used_hi=(age >= adult_from).fill_null(True),
    )


def _low_systolic(value: pl.Expr, limit: pl.Expr, settings: Settings) -> pl.Expr:
    """Is this systolic pressure hypotension? Null where the value is."""
    drop = pl.col("baseline_sbp") - value
    with_baseline = ((value < limit) & (drop >= settings.number("baseline_drop"))) | (
        drop >= settings.number("baseline_large_drop")
    )
    return pl.when(pl.col("baseline_sbp").is_null()).then(value < limit).otherwise(with_baseline)


def low_pressure(settings: Settings) -> dict[str, pl.Expr]:
    """Expressions over the columns of `limits` and of the readings in force.

    Returns:
        pressure_gap: no usable pressure in force; low_lo and low_hi: hypotension by pressure must or may
        be (false in a gap); undated_low: a pressure without a date may be low.
    """
    map_limit = settings.number("map_limit")
    systolic_lo = _low_systolic(pl.col("sbp_hi"), pl.col("sbp_limit_lo"), settings)
    systolic_hi = _low_systolic(pl.col("sbp_lo"), pl.col("sbp_limit_hi"), settings)
    mean_lo = (pl.col("map_hi") < map_limit) & pl.col("map_used_lo")
    mean_hi = (pl.col("map_lo") < map_limit) & pl.col("map_used_hi")
    sbp_known = pl.col("sbp_lo").is_not_null()
    map_known = pl.col("map_lo").is_not_null() & pl.col("map_used_hi")
    gap = ~sbp_known & ~map_known
    undated = pl.any_horizontal(
        _low_systolic(pl.col("sbp_undated_lo"), pl.col("sbp_limit_hi"), settings).fill_null(False),
        ((pl.col("map_undated_lo") < map_limit) & pl.col("map_used_hi")).fill_null(False),
    )
    may = systolic_hi.fill_null(False) | mean_hi.fill_null(False)
    if settings.flag("one_pressure_suffices"):
        # A mean pressure alone decides nothing where the age, and so its use, is unknown.
        may = may | (~sbp_known & map_known & ~pl.col("map_used_lo"))
    else:
        may = may | (~gap & (~sbp_known | (~map_known & pl.col("map_used_hi"))))
    return {
        "pressure_gap": gap,
        "low_lo": systolic_lo.fill_null(False) | mean_lo.fill_null(False),
        "low_hi": may | (undated & ~gap),
        "undated_low": undated,
    }
