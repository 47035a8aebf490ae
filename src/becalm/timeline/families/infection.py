"""Infections and organisms in the blood: where, how bad, and what was given for them (CTCAE).

An infection lasts until its grade is 0; the next row of its site replaces what the last one said. The CTCAE
grade that the team gave is part of the grade, and settles what the rest of the record leaves open. Severity
that nobody recorded is in question where vasopressors, ventilation or intensive care raise it.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from becalm.record import Cohort
from becalm.timeline._coverage import covered
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.families._causes import causes
from becalm.timeline.families._findings import last_of
from becalm.timeline.families._infection_course import courses, given, seen, so_far
from becalm.timeline.families._infection_rows import WORSE, findings, infection_rows, levels
from becalm.timeline.families.common import in_force, steps, together
from becalm.timeline.settings import Settings

NONE, LOCAL, ORAL, INTRAVENOUS, INVASIVE = range(5)
"""Positions of `infection_treatment`."""


def states(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """The facts of `infection.toml` over time.

    Returns:
        patient_id | time | X_lo | X_hi | X_says: booleans, the position of `infection_treatment` (Int8) and
        the recorded grade. From before the record on nothing is found.
    """
    rows = infection_rows(cohort, settings)
    found = findings(rows, settings)
    there = levels(rows, pl.col("there"), pl.col("there"))
    open_now = courses(last_of(there, "open", settings), "open")
    parts = [
        found,
        _treated(cohort, open_now, settings),
        _urgent(cohort, open_now, settings),
        _signs(cohort, rows, courses(found, "blood_culture_positive"), settings),
        *(
            covered(cohort, settings, name).rename({"covered": f"{name}_covered"})
            for name in ("anti_infective", "fluid")
        ),
    ]
    return _as_facts(together(parts), settings)


def _treated(cohort: Cohort, within: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """`infection_treatment` and `infection_iv_fluid` so far in a course."""
    route = pl.col("route")
    kinds = {
        INTRAVENOUS: route.is_in(list(settings.names("infection_intravenous_routes"))),
        ORAL: route.is_in(list(settings.names("infection_oral_routes"))),
    }
    worth = pl.when(kinds[INTRAVENOUS]).then(INTRAVENOUS).when(kinds[ORAL]).then(ORAL)
    level = (
        worth.when(route.is_null()).then(ORAL).otherwise(LOCAL),
        worth.when(route.is_null()).then(INTRAVENOUS).otherwise(LOCAL),
    )
    rows = cohort.exposures.join(within.select("patient_id").unique(), on="patient_id", how="semi")
    nothing = (pl.col("dose") == 0).fill_null(False) | (pl.col("rate") == 0).fill_null(False)
    drugs = rows.filter(pl.col("kind") == "drug", pl.col("classes").list.contains("anti_infective"), ~nothing)
    procedures = rows.filter(pl.col("kind") == "procedure")
    fluids = rows.filter(pl.col("kind") == "fluid", route.is_null() | kinds[INTRAVENOUS].fill_null(False))
    treatment = [
        given(drugs, level, settings),
        given(procedures, (pl.lit(INVASIVE), pl.lit(INVASIVE)), settings),
    ]
    return together(
        [
            so_far(treatment, within, "infection_treatment"),
            so_far([given(fluids, (pl.lit(1), pl.lit(1)), settings)], within, "infection_iv_fluid"),
        ]
    )


def _urgent(cohort: Cohort, within: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """`urgent` so far in a course: vasopressors, ventilation and intensive care, for it perhaps."""
    supports = cohort.exposures.filter(
        pl.col("classes").list.contains("vasopressor") | (pl.col("kind") == "ventilation"),
        ~pl.col("indication")
        .is_in(list(settings.names("infection_not_urgent_indications")))
        .fill_null(False),
    )
    stays = cohort.events.filter(pl.col("event").is_in(["icu_admission", "icu_discharge"])).sort(
        "patient_id", "time"
    )
    leaves = pl.col("time").shift(-1).over("patient_id").fill_null(FOREVER)
    stays = stays.with_columns(end=leaves, start="time", start_whole_day="whole_day").filter(
        pl.col("event") == "icu_admission"
    )
    own = pl.col("indication").is_in(list(settings.names("infection_urgent_indications"))).fill_null(False)
    end = pl.coalesce("end", pl.col("start") + settings.hours("infection_dose_hours"), pl.lit(FOREVER))
    name = pl.col("name").str.replace_all("_", " ")
    return so_far(
        [
            seen(supports, end=end, lo=own, hi=pl.lit(1), says=name),
            seen(stays, end=pl.col("end"), lo=pl.lit(0), hi=pl.lit(1), says=pl.lit("intensive care")),
        ],
        within,
        "urgent",
    )


def _signs(cohort: Cohort, rows: pl.DataFrame, within: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """`signs` so far in a course of organisms in the blood; `asymptomatic`: the record says there were none.

    Certain are a fever that is not attributed to another cause, and what the severity of a row says; without
    either there may have been signs that nobody recorded.
    """
    ids = within.select("patient_id").unique()
    severity = pl.col("severity")
    said = severity.is_in(["mild", *WORSE]).fill_null(False)
    silent = (severity == "asymptomatic").fill_null(False)
    vital = together(
        [
            steps(in_force(cohort, "temperature", settings), "temperature"),
            causes(cohort, "fever", ("infection",), settings),
            last_of(levels(rows, said, said), "said", settings),
        ]
    ).join(ids, on="patient_id", how="semi", maintain_order="left")
    hot = (pl.col("temperature_lo") >= settings.number("fever_from_cel")).fill_null(False)
    hot = hot & settings.flag("infection_fever_is_a_sign") & (pl.col("fever_cause_hi").fill_null(0) == 0)
    certain = hot | (pl.col("said_lo") > 0).fill_null(False)
    spans = vital.with_columns(
        start="time", end=pl.col("time").shift(-1).over("patient_id").fill_null(FOREVER)
    ).filter(certain)
    evidence = pl.coalesce(pl.when(hot).then("temperature_says"), "said_says")
    signs = seen(spans, end=pl.col("end"), lo=pl.lit(1), hi=pl.lit(1), says=evidence)
    none = last_of(levels(rows.filter("blood"), silent, silent), "asymptomatic", settings)
    return together([so_far([signs], within, "signs"), none])


def _as_facts(frame: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The facts from what was found, seen and given."""

    def is_(name: str, side: str) -> pl.Expr:
        return pl.col(f"{name}_{side}").fill_null(0) > 0

    there, maybe = is_("infection", "lo"), is_("infection", "hi")
    blood = is_("blood_culture_positive", "hi")
    # The grade of the team settles what is open, unless a culture asks the same.
    graded = there & ~is_("ungraded", "hi")
    urgent = is_("said_life_threatening", "lo") | is_("urgent", "lo")
    raised = is_("urgent", "hi") | (not settings.flag("infection_unsaid_severity_needs_a_reason"))
    ranges: Mapping[str, tuple[pl.Expr, pl.Expr]] = {
        "infection_site_by_treatment": (
            is_("site_by_treatment", "lo") & ~is_("site_not_by_treatment", "hi"),
            is_("site_by_treatment", "hi"),
        ),
        "infection_site_other": (
            is_("site_other", "lo") & ~is_("site_not_other", "hi"),
            is_("site_other", "hi"),
        ),
        "infection_life_threatening": (
            urgent,
            urgent | is_("said_life_threatening", "hi") | (raised & is_("unsaid", "hi")),
        ),
        "infection_iv_fluid": (
            is_("infection_iv_fluid", "lo"),
            is_("infection_iv_fluid", "hi") | (maybe & ~pl.col("fluid_covered").fill_null(False)),
        ),
    }
    plain = (
        "infection_site_from_grade_2",
        "infection_site_from_grade_3",
        "infection_site_from_grade_3_in_v4",
        "infection_moderate",
        "infection_hospitalised",
    )
    ranges = {**ranges, **{name: (is_(name, "lo"), is_(name, "hi")) for name in plain}}
    columns: dict[str, pl.Expr] = {}
    for name, (lo, hi) in ranges.items():
        shared = name in ("infection_hospitalised", "infection_life_threatening")
        settled = graded & ~blood if shared else graded
        columns[f"{name}_lo"] = lo
        columns[f"{name}_hi"] = pl.when(settled).then(lo).otherwise(hi)
    given_lo, given_hi = (pl.col(f"infection_treatment_{side}").fill_null(0) for side in ("lo", "hi"))
    unknown = maybe & ~pl.col("anti_infective_covered").fill_null(False)
    most = pl.when(unknown).then(pl.max_horizontal(given_hi, pl.lit(INTRAVENOUS))).otherwise(given_hi)
    columns["infection_treatment_lo"] = given_lo.cast(pl.Int8)
    columns["infection_treatment_hi"] = pl.when(graded).then(given_lo).otherwise(most).cast(pl.Int8)
    for side in ("lo", "hi"):
        grade = f"infection_grade_recorded_{side}"
        columns[grade] = pl.col(grade).fill_null(0).cast(pl.Float64)
        for name in ("positive", "bacteria_or_fungus", "fungus_or_virus"):
            columns[f"blood_culture_{name}_{side}"] = is_(f"blood_culture_{name}", side)
        columns[f"infection_{side}"] = is_("infection", side)
    columns["blood_culture_signs_lo"] = is_("signs", "lo") & ~is_("asymptomatic", "hi")
    columns["blood_culture_signs_hi"] = blood & ~is_("asymptomatic", "lo")
    says = {
        "infection": "infection_says",
        "infection_treatment": "infection_treatment_says",
        "infection_iv_fluid": "infection_iv_fluid_says",
        "infection_life_threatening": "urgent_says",
        "blood_culture_positive": "blood_culture_positive_says",
        "blood_culture_signs": "signs_says",
    }
    facts = dict.fromkeys(name.removesuffix("_lo") for name in columns if name.endswith("_lo"))
    texts = {
        f"{fact}_says": pl.col(says[fact]) if fact in says else pl.lit(None, pl.String) for fact in facts
    }
    out = frame.select("patient_id", "time", **columns, **texts)
    return out.select("patient_id", "time", *(f"{f}_{end}" for f in facts for end in ("lo", "hi", "says")))
