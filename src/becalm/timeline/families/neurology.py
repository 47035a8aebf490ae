"""Neurological facts over time: scores, consciousness, seizures, weakness, oedema (Lee 2019, ICANS).

A score or a level of consciousness that was not recorded is unknown; a seizure, a weakness or an oedema that
was not recorded was not found. Intracranial haemorrhage, tremor, myoclonus and headache are no facts: the
consensus does not count them.
"""

from __future__ import annotations

import polars as pl

from becalm.record import Cohort
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.families._causes import causes, without_other_causes
from becalm.timeline.families._consciousness import LOW_IS_BAD, bounded, normal, scores
from becalm.timeline.families._findings import last_of, lasting, signs, since_infusion, with_sites
from becalm.timeline.families.common import together
from becalm.timeline.settings import Settings

AXES = {
    "ice": "cognition",
    "capd": "cognition",
    "consciousness": "consciousness",
    "seizure": "seizure",
    "motor_weakness": "motor",
    "cerebral_edema": "edema",
    "raised_icp": "edema",
}
"""The axis of attribution of each fact."""
OWN_CAUSES = ("icans",)
LEVELS = ("consciousness", "seizure", "cerebral_edema")
SEIZURES = {
    "brief": (1, 1),
    "nonconvulsive": (1, 1),
    "prolonged": (2, 2),
    "repetitive": (2, 2),
    "resolved": (0, 0),
}
OEDEMA = {"focal": (1, 1), "diffuse": (2, 2), "resolved": (0, 0)}
NOT_SAID = (1, 2)
"""A seizure or an oedema of which the record does not say what kind it is."""


def states(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """The neurological facts of every patient.

    Returns:
        patient_id | time | X_lo | X_hi | X_says for each fact of neurology.toml, sorted; each row holds until
        the next of its patient and follows from data up to its time.
    """
    table = _child_table(cohort, settings)
    seizures = _kinds(cohort, "seizure", SEIZURES)
    oedema = with_sites(_kinds(cohort, "cerebral_edema", OEDEMA))
    weakness = with_sites(signs(cohort, "motor_weakness", "deep focal weakness"))
    pressure = signs(cohort, "raised_intracranial_pressure", "raised intracranial pressure")
    if not settings.flag("signs_before_infusion_count"):
        seizures, oedema, weakness, pressure = (
            since_infusion(rows, cohort, settings) for rows in (seizures, oedema, weakness, pressure)
        )
    found = [
        lasting(seizures, "seizure", settings.hours("seizure_hours"), settings),
        last_of(oedema, "cerebral_edema", settings),
        last_of(weakness, "motor_weakness", settings),
        last_of(pressure, "raised_icp", settings),
    ]
    judged = [causes(cohort, axis, OWN_CAUSES, settings) for axis in dict.fromkeys(AXES.values())]
    nothing = {
        column: 0
        for frame in (*found, *judged)
        for column in frame.columns
        if column.endswith(("_lo", "_hi"))
    }
    rows = together([table, *scores(cohort, settings), *found, *judged], nothing)
    rows = rows.with_columns(bounded(settings))
    for fact, axis in AXES.items():
        usual = normal(fact) if fact in ("ice", "capd") else 0
        rows = rows.with_columns(without_other_causes(fact, axis, usual, low_is_bad=fact in LOW_IS_BAD))
    return rows.select("patient_id", "time", *_columns()).sort("patient_id", "time")


def _columns() -> list[pl.Expr]:
    """The columns of the facts in their types."""
    out = []
    for fact in ("child_table", *AXES):
        for end in ("lo", "hi"):
            column = pl.col(f"{fact}_{end}")
            if fact in LEVELS:
                column = column.cast(pl.Int8)
            elif fact in ("motor_weakness", "raised_icp"):
                column = column > 0
            elif fact in ("ice", "capd"):
                column = column.cast(pl.Float64)
            out.append(column.alias(f"{fact}_{end}"))
        out.append(pl.col(f"{fact}_says"))
    return out


def _child_table(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Whether a patient is a child in the sense of the table, once for the whole record."""
    limit, age = settings.number("ice_from_age"), pl.col("age_years")
    return cohort.patients.sort("patient_id").select(
        "patient_id",
        time=pl.lit(-FOREVER),
        child_table_lo=(age < limit).fill_null(False),
        child_table_hi=(age < limit).fill_null(not settings.flag("unknown_age_uses_ice")),
        child_table_says=pl.when(age.is_null())
        .then(pl.lit("age not given"))
        .otherwise(pl.format("age {}", age.floor().cast(pl.Int64, strict=False))),
    )


def _kinds(cohort: Cohort, event: str, kinds: dict[str, tuple[int, int]]) -> pl.DataFrame:
    """Events of a finding with levels, as `last_of` and `lasting` ask for them, without its track."""
    named = event.replace("_", " ").replace("edema", "oedema")
    level = {
        end: pl.col("value").replace_strict(
            {value: ends[place] for value, ends in kinds.items()},
            default=NOT_SAID[place],
            return_dtype=pl.Int64,
        )
        for place, end in enumerate(("lo", "hi"))
    }
    kind = pl.when(pl.col("value").is_null()).then(pl.lit(" (kind not given)"))
    text = pl.concat_str(
        pl.lit(named),
        kind.when(pl.col("value") == "resolved").then(pl.lit(" resolved")).otherwise(
            pl.concat_str(pl.lit(" ("), "value", pl.lit(")"))
        ),
    )  # fmt: skip
    return cohort.events.filter(pl.col("event") == event).select(
        "patient_id", "time", "whole_day", pl.col("site").fill_null(""), **level, text=text
    )
