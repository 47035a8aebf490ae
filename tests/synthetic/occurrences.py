"""How often each feature of the synthetic records is seen in the tables themselves."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from becalm.synthetic import SyntheticCohort

Seen = Callable[[SyntheticCohort], int]
VITALS = ("temperature", "sbp", "map", "spo2")
VITALS_AS_WRITTEN = (*VITALS, "Temp", "systolic", "MBP", "SaO2")


def rows(table: str, *conditions: pl.Expr) -> Seen:
    """How many rows of a table satisfy all conditions (null counts as no)."""

    def count(cohort: SyntheticCohort) -> int:
        frame = cohort.tables[table]
        missing = [
            c for condition in conditions for c in condition.meta.root_names() if c not in frame.columns
        ]
        frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(c) for c in set(missing))
        return frame.filter(*conditions).height

    return count


def col(name: str) -> pl.Expr:
    return pl.col(name)


def has(name: str) -> pl.Expr:
    return pl.col(name).is_not_null()


def blank(name: str) -> pl.Expr:
    return pl.col(name).is_null()


def _whole(cohort: SyntheticCohort, table: str, what: pl.Expr) -> int:
    by_day = rows(table, what, ~col("day").str.contains(".", literal=True))(cohort)
    return by_day + rows(table, what, col("time").str.len_chars() == len("2024-01-01"))(cohort)


def _never_measured(cohort: SyntheticCohort) -> int:
    observed = cohort.tables["observations"]
    names = {"Temp": "temperature", "systolic": "sbp", "MBP": "map", "SaO2": "spo2"}
    seen = observed.select("patient_id", col("concept").replace(names)).unique()
    return 4 * cohort.tables["patients"].height - seen.filter(col("concept").is_in(VITALS)).height


def _gaps(cohort: SyntheticCohort) -> int:
    """Stretches of more than nine hours between two temperatures in days (without discharges)."""
    days = cohort.tables["observations"].filter(col("concept") == "temperature", has("day"))
    days = days.select("patient_id", col("day").cast(pl.Float64)).sort("patient_id", "day")
    return days.filter(col("day").diff().over("patient_id") > 9.5 / 24).height


def _repeated(cohort: SyntheticCohort) -> int:
    keys = ["patient_id", "concept", "day" if "day" in cohort.tables["observations"].columns else "time"]
    return (
        cohort.tables["observations"].filter(has(keys[2])).group_by(keys).len().filter(col("len") > 1).height
    )


def _late_fever(cohort: SyntheticCohort) -> int:
    return cohort.truth.filter(col("fever"), col("start_day") >= 14.5).height


def _fever_at_infusion(cohort: SyntheticCohort) -> int:
    first = cohort.truth.group_by("patient_id", maintain_order=True).first()
    return first.filter("fever").height


def _offsets(cohort: SyntheticCohort) -> int:
    return rows("observations", col("time").str.contains(r"[+-]\d\d:\d\d$"))(cohort)


def _by_name(*names: str) -> pl.Expr:
    return col("name").is_in(names)


OPEN = (blank("end_day"), blank("end_time"))
PRESSORS = (
    "norepinephrine",
    "Noradrenaline",
    "epinephrine",
    "adrenaline",
    "phenylephrine",
    "dopamine",
    "angiotensin_ii",
    "Angiotensin II",
)

SEEN: dict[str, Seen] = {
    "unit_mixtures": rows(
        "observations", col("unit").is_in(["[degF]", "1", "mg/dL", "ug/L"]), col("concept") != "creatinine"
    ),
    "assay_limits": rows("observations", has("comparator"), ~col("concept").is_in(VITALS_AS_WRITTEN)),
    "assay_change": rows("observations", has("assay")),
    "gaps": _gaps,
    "never_measured": _never_measured,
    "whole_day_values": lambda c: _whole(c, "observations", has("concept")),
    "value_ranges": rows("observations", has("value_high")),
    "vital_comparators": rows("observations", has("comparator"), col("concept").is_in(VITALS_AS_WRITTEN)),
    "repeated_values": _repeated,
    "implausible": rows("observations", col("note") == "as transmitted"),
    "blank_times": rows("observations", blank("day"), blank("time")),
    "blank_event_times": rows("events", blank("day"), blank("time")),
    "synonyms": rows("observations", col("concept").is_in(["Temp", "SaO2", "IL-6", "systolic"])),
    "open_ends": rows("exposures", *OPEN, has("rate"), _by_name(*PRESSORS), col("rate") != "0"),
    "rate_zero_stops": rows("exposures", col("rate") == "0"),
    "vasopressin": rows("exposures", _by_name("vasopressin", "terlipressin")),
    "inotropes": rows("exposures", _by_name("dobutamine", "milrinone")),
    "procedure_pressor": rows(
        "exposures", col("indication").is_in(["anaesthesia", "procedure", "anaphylaxis"])
    ),
    "comfort_oxygen": rows("exposures", col("indication") == "comfort"),
    "home_cpap": rows("patients", col("home_cpap") == "true"),
    "missing_flow": rows("exposures", _by_name("nasal_cannula", "nasal prongs"), blank("flow_l_min")),
    "fluids": rows("exposures", col("kind") == "fluid"),
    "bolus_without_end": rows("exposures", col("kind") == "fluid", *OPEN),
    "findings": rows("events", col("event") == "hypotension"),
    "prophylaxis": rows("exposures", col("indication") == "prophylaxis"),
    "eye_drops": rows("exposures", col("route") == "ophthalmic"),
    "drug_infusions": rows(
        "exposures", _by_name("dexamethasone", "methylprednisolone"), has("end_day") | has("end_time")
    ),
    "infection": rows("events", col("event") == "attribution", col("cause") == "infection"),
    "withdrawn": rows("events", col("event") == "attribution", col("cause") == "crs"),
    "local": rows("events", col("event") == "local_sign", col("value") == "swelling"),
    "unknown_cause": rows("events", col("event") == "attribution", col("cause") == "unknown"),
    "recurrence": lambda c: c.truth.filter(col("episode") == 2).height,
    "late_fever": _late_fever,
    "fever_at_infusion": _fever_at_infusion,
    "children": rows("patients", col("age_years").cast(pl.Float64) < 11),
    "age_unknown": rows("patients", blank("age_years")),
    "baseline_sbp": rows("patients", has("baseline_sbp")),
    "readmission": rows("events", col("event") == "discharge"),
    "icu": rows("events", col("event") == "icu_admission"),
    "death_cause_blank": rows("events", col("event") == "death", blank("cause")),
    "death_by_day": lambda c: _whole(c, "events", col("event") == "death"),
    "clock_times": rows("observations", has("time")),
    "time_offsets": _offsets,
    "recorded_grades": rows("observations", col("concept") == "crs_grade_recorded"),
    "neurology": rows("observations", col("concept") == "ice"),
    "organ_toxicity": rows("events", col("event") == "organ_toxicity"),
    "other_events": rows("events", col("event") == "last_followup"),
}
