"""Organ toxicity by CTCAE grade: from the laboratory, and from the grades that events state."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from becalm.record import Cohort, vocabulary
from becalm.record.clock import HOUR
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.families._findings import last_of, since_infusion
from becalm.timeline.families.common import speaking, steps, together, values
from becalm.timeline.families.limits import limit_range, with_children
from becalm.timeline.settings import Settings

HIGHEST = 4
"""The highest grade that a laboratory value or an event of unknown grade may be (5 is death)."""
OTHER, UNNAMED = "other", "unnamed"
UNSAID = (OTHER, UNNAMED, "liver")
"""Organs without a laboratory value, of which nothing is said where no event names them."""
FACTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "transaminase_grade": (("transaminase",), ("liver", UNNAMED)),
    "bilirubin_grade": (("bilirubin",), ("liver", UNNAMED)),
    "liver_grade": (("transaminase", "bilirubin", "liver"), (UNNAMED,)),
    "creatinine_grade": (("creatinine",), (UNNAMED,)),
    "organ_grade": (("bilirubin", "creatinine", OTHER, UNNAMED), ("liver",)),
}
"""For each fact the organs that it counts for certain, and those that may be of its kind."""


@cache
def organs() -> Mapping[str, Mapping[str, Any]]:
    """Every organ of `organ_grades.toml`."""
    text = files("becalm.timeline").joinpath("organ_grades.toml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Any]] = tomllib.loads(text)["organ"]
    return found


def states(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """The grade of each organ over time (`Family.states`)."""
    unknown = settings.flag("unmeasured_organ_is_unknown")
    outside = (0.0, float(HIGHEST) if unknown else 0.0)
    parts = [cohort.patients.select("patient_id", time=pl.lit(-FOREVER, dtype=pl.Int64))]
    columns: dict[str, list[str]] = {}
    for name, organ in organs().items():
        found = [
            steps(_laboratory(cohort, one, settings), one["concept"], *outside)
            for one in organ.get("value", ())
        ]
        found.append(_events(cohort, name, organ, settings))
        columns[name] = [part.columns[2].removesuffix("_lo") for part in found]
        parts += found
    out = together(parts).with_columns(
        pl.col(f"{one}_{end}").cast(pl.Float64).fill_null(value)
        for names in columns.values()
        for one in names
        for end, value in zip(("lo", "hi"), outside, strict=True)
    )
    for fact, (certain, possible) in FACTS.items():
        names = {
            end: [one for name in mine for one in columns[name]]
            for end, mine in (("lo", certain), ("hi", (*certain, *possible)))
        }
        out = out.with_columns(_highest(names, fact, [name for name in certain if name not in UNSAID]))
    return out.select("patient_id", "time", *(f"{f}_{end}" for f in FACTS for end in ("lo", "hi", "says")))


def _highest(names: Mapping[str, Sequence[str]], fact: str, asked: Sequence[str]) -> list[pl.Expr]:
    """The highest of several grades, with what those above 0 rest on, and which organs nothing speaks of."""
    says = [pl.when(pl.col(f"{one}_hi") > 0).then(pl.col(f"{one}_says")) for one in names["hi"]]
    silent = [
        pl.when(pl.all_horizontal(pl.col(f"{one}_says").is_null() for one in _members(organ))).then(
            pl.lit(f"{organs()[organ]['label']} not known now")
        )
        for organ in asked
    ]
    text = pl.concat_str(*says, *silent, separator="; ", ignore_nulls=True)
    return [
        pl.max_horizontal(*(f"{one}_lo" for one in names["lo"])).alias(f"{fact}_lo"),
        pl.max_horizontal(*(f"{one}_hi" for one in names["hi"])).alias(f"{fact}_hi"),
        pl.when(text != "").then(text).alias(f"{fact}_says"),
    ]


def _members(organ: str) -> tuple[str, ...]:
    """The names under which the values and the events of an organ are held."""
    return (*(one["concept"] for one in organs()[organ].get("value", ())), f"{organ}_event")


def _laboratory(cohort: Cohort, one: Mapping[str, Any], settings: Settings) -> pl.DataFrame:
    """The grades of one laboratory value as intervals (`speaking`)."""
    concept, label = one["concept"], one["label"]
    rows = with_children(
        values(cohort, concept, label, also=["lower_limit", "upper_limit"]), cohort, settings
    )
    lowest, highest = limit_range(concept, "upper", settings)
    grade = {
        "lo": _grade(pl.col("lo"), highest, one["limit"], unknown=0),
        "hi": _grade(pl.col("hi"), lowest, one["limit"], unknown=HIGHEST),
    }
    if "baseline" in one and settings.flag("creatinine_baseline_used"):
        rows = rows.join(_baselines(cohort, concept), on="patient_id", how="left", maintain_order="left")
        grade = {
            "lo": pl.max_horizontal(
                grade["lo"], _grade(pl.col("lo"), pl.col("baseline_hi"), one["baseline"], unknown=0)
            ),
            "hi": pl.max_horizontal(
                grade["hi"], _grade(pl.col("hi"), pl.col("baseline_lo"), one["baseline"], unknown=0)
            ),
        }
    low, high = lowest.round_sig_figs(4), highest.round_sig_figs(4)
    limit = pl.when(low == high).then(pl.format("{}", low)).otherwise(pl.format("{} to {}", low, high))
    said = pl.concat_str("says", pl.lit(" (upper limit "), limit.fill_null(pl.lit("not known")), pl.lit(")"))
    rows = rows.with_columns(**grade, says=said)
    if not settings.flag("organ_grade_before_infusion_counts"):
        rows = _new_since_infusion(rows, cohort)
    validity = vocabulary().concepts[concept].validity_hours * HOUR * settings.number("validity_factor")
    return speaking(rows, round(validity))


def _new_since_infusion(rows: pl.DataFrame, cohort: Cohort) -> pl.DataFrame:
    """Graded values: one that was of that grade before the infusion may be none of the cells' doing."""
    rows = rows.join(cohort.patients.select("patient_id", "infusion"), on="patient_id", maintain_order="left")
    before = rows.filter(pl.col("time") <= pl.col("infusion")).sort("patient_id", "time")
    last = before.group_by("patient_id").agg(had=pl.col("hi").last())
    old = (pl.col("had") >= pl.col("lo")) & (pl.col("time") > pl.col("infusion"))
    return rows.join(last, on="patient_id", how="left", maintain_order="left").with_columns(
        lo=pl.when(old.fill_null(False)).then(0.0).otherwise("lo")
    )


def _grade(value: pl.Expr, limit: pl.Expr, levels: Sequence[tuple[int, float]], unknown: int) -> pl.Expr:
    """The highest grade whose multiple of a limit is exceeded."""
    found = pl.lit(0.0)
    for grade, times in levels:
        # Rounded, so that 1.2 x 6 is 7.2: a value at the border is not above it.
        above = value.round(9) > (limit * times).round(9)
        found = pl.when(above).then(float(grade)).otherwise(found)
    return pl.when(limit.is_null()).then(float(unknown)).otherwise(found)


def _baselines(cohort: Cohort, concept: str) -> pl.DataFrame:
    """The last value of a concept up to the infusion: patient_id | baseline_lo | baseline_hi."""
    rows = cohort.observations.filter(pl.col("concept") == concept, ~pl.col("whole_day"))
    rows = rows.join(cohort.patients.select("patient_id", "infusion"), on="patient_id")
    before = rows.filter(pl.col("time") <= pl.col("infusion")).sort("patient_id", "time")
    last = pl.col("time") == pl.col("time").max().over("patient_id")
    return before.filter(last).group_by("patient_id").agg(
        baseline_lo=pl.col("lo").min(), baseline_hi=pl.col("hi").max()
    )  # fmt: skip


def _events(cohort: Cohort, name: str, organ: Mapping[str, Any], settings: Settings) -> pl.DataFrame:
    """The grades that `organ_toxicity` events state: each until the next of its site, 0 ends it."""
    named = [site for one in organs().values() for site in one["sites"]]
    site = pl.col("site").fill_null("")
    mine = {OTHER: ~site.is_in(named) & (site != ""), UNNAMED: site == ""}.get(
        name, site.is_in(organ["sites"])
    )
    grade = pl.col("value").cast(pl.Int64, strict=False)
    rows = cohort.events.filter(pl.col("event") == "organ_toxicity", mine).select(
        "patient_id",
        "time",
        "whole_day",
        track=site,
        lo=grade.fill_null(1),
        hi=pl.min_horizontal(grade.fill_null(HIGHEST), HIGHEST),
        text=pl.concat_str(
            pl.lit("toxicity of "),
            pl.when(site == "").then(pl.lit("an organ not named")).otherwise(site.str.replace_all("_", " ")),
            pl.concat_str(pl.lit(" grade "), "value").fill_null(" of a grade not given"),
        ),
    )
    rows = rows.with_columns(lo=pl.min_horizontal("lo", HIGHEST))
    if not settings.flag("organ_grade_before_infusion_counts"):
        rows = since_infusion(rows, cohort, settings)
    return last_of(rows, f"{name}_event", settings)
