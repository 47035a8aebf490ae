"""Fluid boluses, drugs into a vein, plasma and stays in hospital, as the older grading systems count them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY
from becalm.timeline._coverage import covered
from becalm.timeline._drugs import steps as totals
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.families.common import on_day, together
from becalm.timeline.settings import Settings

SINCE_ONSET = "_since_onset"


def states(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """The facts of `supportive.toml` over time (`Family.states`)."""
    rows = cohort.exposures.with_columns(
        folded=pl.col("name").str.to_lowercase().str.replace_all(r"[\s/-]+", "_"),
        time="start",
        whole_day=pl.col("start_whole_day").fill_null(False),
    )
    given = ((pl.col("rate") == 0) | (pl.col("dose") == 0)).fill_null(False).not_() & (
        pl.col("kind") == "drug"
    )
    reason = pl.col("indication").is_in(list(settings.names("intravenous_other_indications")))
    other = reason.fill_null(False)
    fluids = rows.filter((pl.col("kind") == "fluid") & ~other)
    for_pressure = (pl.col("indication") == "hypotension").fill_null(False)
    boluses = fluids.filter(for_pressure | pl.col("indication").is_null())
    vein = pl.col("route").is_in(list(settings.names("intravenous_routes")))
    veins = rows.filter(
        given
        & ~other
        & (vein | pl.col("route").is_null())
        & ~_of(settings.names("intravenous_other_classes"))
    )
    symptomatic = rows.filter(given & ~other & _of(settings.names("symptomatic_classes")))
    factors = rows.filter(pl.col("folded").is_in(list(settings.names("clotting_factor_names"))))
    admissions = cohort.events.filter(pl.col("event") == "admission")
    classes = settings.names("intravenous_coverage")
    parts = [
        cohort.patients.select("patient_id", time=pl.lit(-FOREVER, dtype=pl.Int64)),
        _recent(boluses, "fluid_boluses_24h", settings, sure=for_pressure),
        _recent(veins, "intravenous_drug_24h", settings, sure=vein),
        _recent(_unexplained(rows.filter(given), cohort), "infection_drug_24h", settings),
        _recent(factors, "clotting_factors_24h", settings),
        _so_far(fluids, "fluids_since_onset", settings),
        _so_far(veins, "intravenous_drugs_since_onset", settings, sure=vein),
        _so_far(symptomatic, "symptomatic_drugs_since_onset", settings),
        _so_far(admissions, "admissions_since_onset", settings),
        *(
            covered(cohort, settings, name).rename({"covered": f"covers_{name}"})
            for name in ("fluid", *classes)
        ),
    ]
    out = together(parts)
    fluid_known = pl.col("covers_fluid").fill_null(False)
    drugs_known = pl.all_horizontal(pl.col(f"covers_{name}").fill_null(False) for name in classes)
    known = {
        "fluid_boluses_24h": fluid_known,
        "fluids_since_onset": fluid_known,
        "intravenous_drugs_since_onset": drugs_known,
        "symptomatic_drugs_since_onset": pl.lit(True),
        "admissions_since_onset": pl.lit(True),
    }
    flags = {
        "intravenous_drug_24h": drugs_known,
        "clotting_factors_24h": pl.lit(True),
        "infection_drug_24h": pl.lit(True),
    }
    counted = {
        name: pl.col(name).fill_null(0) for one in (*known, *flags) for name in (f"{one}_lo", f"{one}_hi")
    }
    return out.select(
        "patient_id",
        "time",
        *(counted[f"{name}_lo"].cast(pl.Float64) for name in known),
        *(pl.when(there).then(counted[f"{name}_hi"].cast(pl.Float64)) for name, there in known.items()),
        *((counted[f"{name}_lo"] > 0) for name in flags),
        *((counted[f"{name}_hi"] > 0) | ~there for name, there in flags.items()),
        *(f"{name}_says" for name in (*known, *flags)),
        *(
            pl.col(f"{name}_past_{end}").fill_null(0).cast(pl.Float64)
            for name in known
            if name.endswith(SINCE_ONSET)
            for end in ("lo", "hi")
        ),
    )


def _unexplained(rows: pl.DataFrame, cohort: Cohort) -> pl.DataFrame:
    """Drugs given for an infection before any row that tells of one."""
    told = cohort.events.filter(pl.col("event").is_in(["infection", "blood_culture"]))
    first = told.group_by("patient_id").agg(told=pl.col("time").fill_null(-FOREVER).min())
    known = rows.filter(pl.col("indication") == "infection").join(first, on="patient_id", how="left")
    return known.filter((pl.col("start") < pl.col("told")).fill_null(True)).drop("told")


def _of(classes: Sequence[str]) -> pl.Expr:
    """Whether a drug is of one of some classes."""
    wanted = pl.lit(list(classes), dtype=pl.List(pl.String))
    return (pl.col("classes").list.set_intersection(wanted).list.len() > 0).fill_null(False)


def _so_far(rows: pl.DataFrame, name: str, settings: Settings, sure: pl.Expr | None = None) -> pl.DataFrame:
    """How many treatments or events there were so far, and how many are over.

    `sure`: which of the rows are such a treatment for certain; all if not given.

    Returns:
        patient_id | time | NAME_lo | NAME_hi (begun) | NAME_past_lo | NAME_past_hi (over) | NAME_says (none).
    """
    vague = pl.col("whole_day") & settings.flag("whole_day_order_unknown")
    day = pl.when(vague).then(DAY).otherwise(0)
    begin = pl.col("time")
    end = pl.col("end") if "end" in rows.columns else pl.lit(None, pl.Int64)
    if not settings.flag("dose_across_onset_counts"):
        end = pl.lit(None, pl.Int64)
    over = pl.coalesce(end, begin)
    known = pl.col("time").is_not_null()
    certain = known if sure is None else known & sure
    moments = {
        f"{name}_hi": (pl.lit(True), begin.fill_null(-FOREVER)),
        f"{name}_lo": (certain, begin + day),
        f"{name}_past_hi": (pl.lit(True), over.fill_null(-FOREVER)),
        f"{name}_past_lo": (certain, over + pl.when(vague & end.is_null()).then(DAY).otherwise(0)),
    }
    counts = pl.concat(
        [
            rows.filter(which).select(
                "patient_id", time=when, **{c: pl.lit(int(c == column), pl.Int64) for c in moments}
            )
            for column, (which, when) in moments.items()
        ]
    )
    totals = counts.group_by("patient_id", "time").agg(pl.col(c).sum() for c in moments)
    return totals.sort("patient_id", "time").select(
        "patient_id",
        "time",
        *(pl.col(c).cum_sum().over("patient_id") for c in moments),
        pl.lit(None, pl.String).alias(f"{name}_says"),
    )


def _recent(rows: pl.DataFrame, name: str, settings: Settings, sure: pl.Expr | None = None) -> pl.DataFrame:
    """How many treatments were begun within the last hours, or run still: steps with NAME_lo, _hi, _says.

    `sure`: which of the rows are such a treatment for certain; all if not given.
    """
    hours = settings.hours("recent_treatment_hours")
    vague = pl.col("start_whole_day").fill_null(False) & settings.flag("whole_day_order_unknown")
    undated = pl.col("start").is_null()
    latest = pl.col("start") + pl.when(vague).then(DAY).otherwise(0)
    runs_until = pl.coalesce("end", "start") + pl.when("end_whole_day").then(DAY).otherwise(0)
    some_time = rows.select(
        "patient_id",
        start=pl.col("start").fill_null(-FOREVER),
        end=pl.when(undated).then(FOREVER).otherwise(pl.max_horizontal(latest + hours, runs_until)),
        certain=pl.lit(0, dtype=pl.Int64),
        possible=pl.lit(1, dtype=pl.Int64),
    )
    surely = rows.filter(~undated & ~vague, True if sure is None else sure).select(
        "patient_id",
        "start",
        end=pl.max_horizontal(pl.col("start") + hours, pl.col("end").fill_null(pl.col("start"))),
        certain=pl.lit(1, dtype=pl.Int64),
        possible=pl.lit(0, dtype=pl.Int64),
    )
    counts = totals(
        pl.concat([some_time, surely]),
        ["patient_id"],
        {f"{name}_lo": pl.col("certain"), f"{name}_hi": pl.col("possible")},
    )
    said = (
        rows.filter(~undated)
        .group_by("patient_id", "start")
        .agg(
            says=pl.concat_str(
                pl.col("name").str.replace_all("_", " ").unique(maintain_order=True).str.join(", "),
                pl.lit(" on "),
                on_day(pl.col("start").first()),
            )
        )
        .sort("patient_id", "start")
    )
    shown = counts.join_asof(said, left_on="time", right_on="start", by="patient_id", check_sortedness=False)
    return shown.select(
        "patient_id",
        "time",
        f"{name}_lo",
        f"{name}_hi",
        pl.when(pl.col(f"{name}_hi") > 0).then("says").alias(f"{name}_says"),
    )
