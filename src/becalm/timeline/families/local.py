"""Local signs at tumour sites, and what was known of the tumour before.

A sign holds until the next of its site or `resolved`. It needs no systemic syndrome and does not end with one
(Wei 2020, Luan 2021: early or late, with or without fever). Signs of a site that are of one instant hold
together. Where local signs are not covered they are unknown.
"""

from __future__ import annotations

import polars as pl

from becalm.record import Cohort
from becalm.timeline._coverage import covered
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.families._findings import last_of, since_infusion, with_sites
from becalm.timeline.families.common import together
from becalm.timeline.settings import Settings

SIGN = {"resolved": 0, "swelling": 1}
"""Positions of `local_sign`; those of other values by the policies of the family."""
COMPRESSION, EXTENSIVE = 2, 3
FINDINGS = (
    "local_compression",
    "local_decompensation",
    "local_decompensation_since_infusion",
    "local_gastrointestinal_sign",
    "local_gastrointestinal_bleeding",
)


def states(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """The facts of `local.toml` over time.

    Returns:
        patient_id | time | X_lo | X_hi | X_says: positions of `local_sign` (Int8), booleans, cm.
    """
    events = _signs(cohort, settings)
    worse = pl.col("worse_lo"), pl.col("worse_hi")
    parts = [
        _found(events, "local_sign_since_infusion", pl.col("sign"), pl.col("sign"), settings, cohort),
        _found(events, "local_decompensation_since_infusion", *worse, settings, cohort),
        _found(events, "local_sign", pl.col("sign"), pl.col("sign"), settings),
        _found(events, "local_compression", pl.col("presses"), pl.col("presses"), settings),
        _found(events, "local_decompensation", *worse, settings),
        _found(events, "local_gastrointestinal_sign", pl.col("gut_lo"), pl.col("gut_hi"), settings),
        _found(events, "local_gastrointestinal_bleeding", pl.col("bleeds_lo"), pl.col("bleeds_hi"), settings),
        covered(cohort, settings, "local_sign"),
        _tumour(cohort),
    ]
    out = together(parts)
    known = pl.col("covered")
    for name in ("local_sign", "local_sign_since_infusion"):
        lo, hi = (pl.col(f"{name}_{side}") for side in ("lo", "hi"))
        out = out.with_columns(
            pl.when(known | (lo > 0)).then(lo.fill_null(0)).cast(pl.Int8),
            pl.when(known).then(hi.fill_null(0)).otherwise(EXTENSIVE).cast(pl.Int8).alias(f"{name}_hi"),
        )
    for name in FINDINGS:
        lo, hi = (pl.col(f"{name}_{side}").fill_null(0) > 0 for side in ("lo", "hi"))
        out = out.with_columns(lo.alias(f"{name}_lo"), (hi | ~known).alias(f"{name}_hi"))
    return out.drop("covered")


def _signs(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Local signs, those of one site and instant as one, with the levels that each leaves behind (0 none).

    Returns:
        patient_id | time | whole_day | track (the site) | text | sign | presses (compression) | worse_lo |
        worse_hi (decompensated) | gut_lo | gut_hi | bleeds_lo | bleeds_hi.
    """
    rows = cohort.events.filter(pl.col("event") == "local_sign").with_columns(
        track=pl.col("site").fill_null("")
    )
    if settings.flag("local_resolved_without_site_ends_all"):
        everywhere = rows.filter(pl.col("value") == "resolved", pl.col("track") == "").drop("track")
        sites = rows.select("patient_id", "track").filter(pl.col("track") != "").unique()
        rows = pl.concat([rows, everywhere.join(sites, on="patient_id").select(rows.columns)])
    levels = SIGN | dict.fromkeys(settings.names("local_compression_values"), COMPRESSION)
    levels |= dict.fromkeys(settings.names("local_extensive_values"), EXTENSIVE)
    resolved, severity = pl.col("value") == "resolved", pl.col("severity")
    named, gut = pl.col("track") != "", pl.col("track").is_in(list(settings.names("gastrointestinal_sites")))
    bleeds = pl.col("value").is_in(list(settings.names("local_bleeding_values")))
    where = pl.when(named).then(pl.format(" of the {}", pl.col("track").str.replace_all("_", " ")))
    how = pl.when(severity.is_not_null()).then(pl.format(", {}", severity))
    kinds = {
        "sign": pl.col("value").replace_strict(levels, return_dtype=pl.Int32),
        "presses": pl.col("value").is_in(list(settings.names("local_pressing_values"))),
        "worse_lo": severity == "decompensated",
        "worse_hi": severity.is_null() | (severity == "decompensated"),
        "gut_lo": gut,
        "gut_hi": gut | ~named,
        "bleeds_lo": gut & bleeds,
        "bleeds_hi": (gut | ~named) & bleeds,
    }
    events = rows.select(
        "patient_id",
        "time",
        "whole_day",
        "track",
        resolved=resolved,
        text=pl.concat_str(
            pl.lit("local "),
            pl.col("value").str.replace_all("_", " "),
            where.otherwise(pl.lit("")),
            how.otherwise(pl.lit("")),
        ),
        **{
            name: kind if name == "sign" else pl.when(resolved).then(0).otherwise(kind.cast(pl.Int32))
            for name, kind in kinds.items()
        },
    )
    # What is dated by a day alone may have come one after the other.
    apart = pl.when(pl.col("whole_day") | pl.col("time").is_null()).then(pl.int_range(pl.len()))
    return (
        events.group_by(
            "patient_id", "time", "whole_day", "track", "resolved", apart=apart, maintain_order=True
        )
        .agg(pl.col("text").unique(maintain_order=True).str.join(", "), pl.col(*kinds).max())
        .drop("resolved", "apart")
    )


def _found(
    events: pl.DataFrame,
    name: str,
    lo: pl.Expr,
    hi: pl.Expr,
    settings: Settings,
    infused: Cohort | None = None,
) -> pl.DataFrame:
    """What the last sign of each site left behind; with `infused`, of signs since the infusion alone."""
    plain = events.select("patient_id", "time", "whole_day", "text", "sign", site="track", lo=lo, hi=hi)
    plain = with_sites(plain, pl.col("sign") == 0, everywhere=False).drop("sign", "site")
    if infused is not None:
        plain = since_infusion(plain, infused, settings)
    return last_of(plain, name, settings)


def _tumour(cohort: Cohort) -> pl.DataFrame:
    """`tumour_diameter` and `tumour_mass`, from the patients table."""
    size, pattern = pl.col("tumour_diameter_cm"), pl.col("disease_pattern")
    compartmental = (pattern == "compartmental").fill_null(False)
    measured = pl.when(size.is_not_null()).then(pl.format("tumour diameter {} cm", size))
    region = pl.when(compartmental).then(pl.lit("disease pattern compartmental"))
    return cohort.patients.sort("patient_id").select(
        "patient_id",
        time=pl.lit(-FOREVER, dtype=pl.Int64),
        tumour_diameter_lo=size,
        tumour_diameter_hi=size,
        tumour_diameter_says=measured,
        tumour_mass_lo=(size > 0).fill_null(False) | compartmental,
        tumour_mass_hi=(size > 0).fill_null(True) | compartmental,
        tumour_mass_says=pl.coalesce(measured, region),
    )
