"""Rates of vasopressors in common units, and norepinephrine equivalents by named formulas.

What is not known of a rate (no rate, an unknown unit, no body weight) leaves the dose without an upper limit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.timeline import _drugs
from becalm.timeline._coverage import covered
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.settings import Settings

_PARTS = ("fixed", "by_weight")
"""Amounts per minute that are written as such, and those written per kilogram."""


@cache
def dose_file() -> Mapping[str, Any]:
    """`vasopressor_doses.toml`: units, doses and formulas."""
    text = files("becalm.timeline").joinpath("vasopressor_doses.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def states(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Every dose and every equivalent over time (`Family.states`)."""
    rows = _rates(_drugs.pressors(_drugs.running(cohort.exposures, settings), settings))
    totals = _drugs.steps(rows, ["patient_id", "name"], _sums())
    class_covered = covered(cohort, settings, "vasopressor")
    weights = body_weight(cohort)
    times = [frame.select("patient_id", "time") for frame in (totals, class_covered, weights)]
    out = pl.concat(times).unique().sort("patient_id", "time")
    for part in (class_covered, weights):
        out = out.join_asof(part, on="time", by="patient_id", check_sortedness=False)
    found = dose_file()
    for name, dose in found["doses"].items():
        out = _with_dose(out, totals, name, dose)
    for name, formula in found["formulas"].items():
        out = out.with_columns(_equivalent(name, formula))
    names = [*found["doses"], *found["formulas"]]
    return out.select("patient_id", "time", *(f"{n}_{end}" for n in names for end in ("lo", "hi", "says")))


def body_weight(cohort: Cohort) -> pl.DataFrame:
    """The last body weight measured, else that given with the patient.

    Returns:
        patient_id | time | kg_lo | kg_hi (null: not known), sorted.
    """
    given = cohort.patients.select(
        "patient_id", time=pl.lit(-FOREVER, dtype=pl.Int64), kg_lo="weight_kg", kg_hi="weight_kg"
    )
    rows = cohort.observations.filter(pl.col("concept") == "weight", pl.col("time").is_not_null())
    measured = rows.group_by("patient_id", "time").agg(kg_lo=pl.col("lo").min(), kg_hi=pl.col("hi").max())
    return pl.concat([given, measured.select(given.columns)]).sort("patient_id", "time")


def _rates(running: pl.DataFrame) -> pl.DataFrame:
    """Running vasopressors with `substance`, `amount` a minute (null: not known) and `per_kg`."""
    file = dose_file()
    units = dict(file["units"])
    for code, spellings in file["spellings"].items():
        units |= dict.fromkeys(spellings, file["units"][code])
    table = pl.DataFrame(
        [
            (unit.lower(), float(rule["factor"]), rule["substance"], rule.get("per_kg", False))
            for unit, rule in units.items()
        ],
        schema={"unit": pl.String, "factor": pl.Float64, "substance": pl.String, "per_kg": pl.Boolean},
        orient="row",
    ).unique("unit")  # fmt: skip
    unit = pl.col("rate_unit").str.replace_all("µ|μ", "u").str.to_lowercase().str.replace_all(" ", "")
    rows = running.with_columns(unit=unit).join(table, on="unit", how="left", maintain_order="left")
    # A rate in another substance (units for micrograms) says nothing of the dose.
    expected = {dose["drug"]: dose["substance"] for dose in file["doses"].values()}
    own = pl.col("name").replace_strict(expected, default=None, return_dtype=pl.String)
    fits = (pl.col("substance") == own).fill_null(False)
    return rows.with_columns(
        amount=pl.when(fits).then(pl.col("rate") * pl.col("factor")),
        per_kg=pl.col("per_kg").fill_null(False),
    )


def _sums() -> dict[str, pl.Expr]:
    """What is summed over the lines of a drug while they run."""
    amount = pl.col("amount").fill_null(0.0)
    out = {"unknown": pl.col("amount").is_null().cast(pl.Int64), "runs": pl.lit(1, dtype=pl.Int64)}
    for part, mine in zip(_PARTS, (~pl.col("per_kg"), pl.col("per_kg")), strict=True):
        out[f"{part}_hi"] = pl.when(mine).then(amount).otherwise(0.0)
        out[f"{part}_lo"] = pl.when(mine & pl.col("certain")).then(amount).otherwise(0.0)
    return out


def _with_dose(out: pl.DataFrame, totals: pl.DataFrame, name: str, dose: Mapping[str, Any]) -> pl.DataFrame:
    """`out` with the columns of one dose."""
    columns = ["unknown", "runs", *(f"{part}_{end}" for part in _PARTS for end in ("lo", "hi"))]
    mine = totals.filter(pl.col("name") == dose["drug"]).select("patient_id", "time", *columns)
    rest = out.select("patient_id", "time").join_asof(
        mine, on="time", by="patient_id", check_sortedness=False
    )
    known = {c: pl.col(c).fill_null(0) for c in columns}
    unknown, runs = known["unknown"], known["runs"]
    lowest, highest = pl.col("kg_lo"), pl.col("kg_hi")
    if dose["per_kg"]:
        fixed = (known["fixed_lo"] / highest, known["fixed_hi"] / lowest)
        sums = [known["by_weight_lo"] + fixed[0].fill_null(0.0), known["by_weight_hi"] + fixed[1]]
        sums[1] = pl.when(known["fixed_hi"] == 0).then(known["by_weight_hi"]).otherwise(sums[1])
    else:
        weighed = (known["by_weight_lo"] * lowest, known["by_weight_hi"] * highest)
        sums = [known["fixed_lo"] + weighed[0].fill_null(0.0), known["fixed_hi"] + weighed[1]]
        sums[1] = pl.when(known["by_weight_hi"] == 0).then(known["fixed_hi"]).otherwise(sums[1])
    hidden = ~pl.col("covered").fill_null(False)
    shown = pl.concat([out.select("covered", "kg_lo", "kg_hi"), rest], how="horizontal")
    found = shown.select(
        sums[0].round(9).alias(f"{name}_lo"),
        pl.when((unknown == 0) & ~hidden).then(sums[1].round(9)).alias(f"{name}_hi"),
        pl.when(runs > 0).then(pl.lit(dose["drug"].replace("_", " "))).alias("drug"),
    )
    unit = {("mass", False): "ug/min", ("mass", True): "ug/kg/min"}.get(
        (dose["substance"], dose["per_kg"]), "U/min"
    )
    low, high = pl.col(f"{name}_lo").round(3), pl.col(f"{name}_hi").round(3)
    said = (
        pl.when(high.is_null()).then(pl.format(f"{{}} at a rate not known in {unit}", "drug"))
        .when(low == high).then(pl.format(f"{{}} {{}} {unit}", "drug", low))
        .otherwise(pl.format(f"{{}} {{}} to {{}} {unit}", "drug", low, high))
    )  # fmt: skip
    found = found.select(f"{name}_lo", f"{name}_hi", said.alias(f"{name}_says"))
    return pl.concat([out, found], how="horizontal")


def _equivalent(name: str, formula: Mapping[str, Any]) -> list[pl.Expr]:
    """The columns of one norepinephrine equivalent."""
    terms = formula["terms"]
    low, high = (
        pl.sum_horizontal(
            *(pl.col(f"{t['dose']}_{end}") * t["factor"] for t in terms), ignore_nulls=False
        ).round(9)
        for end in ("lo", "hi")
    )
    unit = "ug/kg/min" if formula["per_kg"] else "ug/min"
    text = pl.when(low == high).then(pl.format("{}", low.round(3))).otherwise(
        pl.format("{} to {}", low.round(3), high.round(3))
    )  # fmt: skip
    said = pl.format(f"norepinephrine equivalent {{}} {unit} ({formula['says']})", text)
    return [
        low.alias(f"{name}_lo"),
        high.alias(f"{name}_hi"),
        pl.when(low > 0).then(said).alias(f"{name}_says"),
    ]
