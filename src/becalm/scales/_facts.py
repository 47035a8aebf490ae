"""The facts of a grading rule: exact history joined with what the record shows at the time.

A situation fixes whether hypotension and hypoxia are present and not attributed to another cause. Given
that, the support that runs may still be a range; a sign that is present must have a reason.
"""

from __future__ import annotations

import polars as pl

from becalm.timeline import Settings
from becalm.timeline.states import FOUND, NO_FINDING

PIECE_SCHEMA: dict[str, type[pl.DataType]] = {
    "vasopressors_lo": pl.Int64,
    "vasopressors_hi": pl.Int64,
    "vasopressors_all_lo": pl.Int64,
    "vasopressors_all_hi": pl.Int64,
    "support_lo": pl.Int64,
    "support_hi": pl.Int64,
    "low_lo": pl.Boolean,
    "low_hi": pl.Boolean,
    "pressure_gap": pl.Boolean,
    "bolus_hi": pl.Boolean,
    "spo2_lo": pl.Float64,
    "fio2_lo": pl.Float64,
    "fio2_hi": pl.Float64,
    "ventilation_lo": pl.Int64,
    "ventilation_hi": pl.Int64,
}
PIECE_COLUMNS = tuple(PIECE_SCHEMA)


def fact_columns(settings: Settings) -> list[pl.Expr]:
    """Expressions for every fact of `facts.toml`, over `Situation` and `PIECE_COLUMNS` side by side."""
    unknown_now = pl.lit(settings.flag("gap_is_unknown_now"))
    low_pressure = pl.col("low_hi") | (pl.col("pressure_gap") & unknown_now)
    may_be_low = (
        (pl.col("finding") == FOUND) | ((pl.col("finding") == NO_FINDING) & low_pressure) | pl.col("bolus_hi")
    )
    saturation = pl.col("spo2_lo")
    may_be_desaturated = (saturation < settings.number("spo2_limit")).fill_null(unknown_now)
    tension, air = pl.col("hypotension"), pl.col("hypoxia")
    found = pl.col("finding") == FOUND
    read = pl.col("finding") == NO_FINDING
    columns = [pl.col(name).alias(name) for name in ("fio2_lo", "fio2_hi")] + [
        pl.col(f"ventilation_{end}").cast(pl.Int8) for end in ("lo", "hi")
    ]
    columns += [
        (found | (read & pl.col("low_lo") & ~pl.col("pressure_gap"))).alias("low_pressure_lo"),
        (found | (read & low_pressure)).alias("low_pressure_hi"),
    ]
    for name in ("crs", "fever", "recent_fever", "fever_waived", "hypotension", "hypoxia"):
        columns += [pl.col(name).alias(f"{name}_lo"), pl.col(name).alias(f"{name}_hi")]
    for name, source in (
        ("vasopressors", "vasopressors"),
        ("vasopressors_with_vasopressin", "vasopressors_all"),
    ):
        lowest, highest = pl.col(f"{source}_lo"), pl.col(f"{source}_hi")
        needed = pl.when(may_be_low).then(lowest).otherwise(pl.max_horizontal(lowest, 1))
        columns += [
            pl.when(tension).then(needed).otherwise(0).cast(pl.Float64).alias(f"{name}_lo"),
            pl.when(tension)
            .then(pl.max_horizontal(highest, needed))
            .otherwise(0)
            .cast(pl.Float64)
            .alias(f"{name}_hi"),
        ]
    support_lo, support_hi = pl.col("support_lo"), pl.col("support_hi")
    needed = pl.when(may_be_desaturated).then(support_lo).otherwise(pl.max_horizontal(support_lo, 1))
    columns += [
        pl.when(air).then(needed).otherwise(0).cast(pl.Int8).alias("oxygen_lo"),
        pl.when(air)
        .then(pl.max_horizontal(support_hi, needed))
        .otherwise(0)
        .cast(pl.Int8)
        .alias("oxygen_hi"),
    ]
    return columns
