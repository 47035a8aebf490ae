"""Facts of hyperinflammation over time: ferritin, transaminases, fibrinogen, counts, haemophagocytosis.

What was not measured is unknown; haemophagocytosis that was not recorded was not found. Whether it is the
HLH-like syndrome (IEC-HS) is a judgement: the attribution of the axis `hyperinflammation`.
"""

from __future__ import annotations

import polars as pl

from becalm.record import Cohort
from becalm.timeline import _drugs
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.families._findings import last_of, signs
from becalm.timeline.families._ratios import (
    VALUE,
    Range,
    by_limit,
    divided,
    fact,
    with_baseline,
    with_previous,
)
from becalm.timeline.families.common import together
from becalm.timeline.families.limits import limit_range, with_children
from becalm.timeline.settings import Settings

SYNDROME = "iec_hs"
"""The cause, and the indication, that is the syndrome."""
TRANSAMINASES = ("alt", "ast")
COUNTS = ("platelets", "anc", "hemoglobin")
NUMBERS = (
    "ferritin_by_limit",
    "ferritin_by_baseline",
    "ferritin_rise",
    "transaminase_rise",
    "fibrinogen",
    "fibrinogen_by_limit",
)
YES_NO = (
    "cytopenia",
    "hemophagocytosis",
    "hyperinflammation_other_cause",
    "hyperinflammation_is_iec_hs",
    "iec_hs_treated",
)
OTHER, OWN = 1, 2
"""Levels of a judgement; 0 is none."""


def states(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """The facts of hyperinflammation of every patient.

    Returns:
        patient_id | time | X_lo | X_hi | X_says for each fact X of hyperinflammation.toml, sorted; each row
        holds until the next of its patient and follows from data up to its time.
    """
    begin = cohort.patients.sort("patient_id").select("patient_id", time=pl.lit(-FOREVER))
    seen = signs(cohort, "hemophagocytosis", "haemophagocytosis")
    found = [
        last_of(seen, "hemophagocytosis", settings),
        _judged(cohort, settings),
        _treated(cohort, settings),
    ]
    measured = [
        *_ferritin(cohort, settings),
        *(_transaminase(cohort, concept, settings) for concept in TRANSAMINASES),
        fact(cohort, cohort.observations, "fibrinogen", "fibrinogen", "fibrinogen", VALUE, settings),
        by_limit(cohort, "fibrinogen", "fibrinogen_by_limit", "fibrinogen", settings, "lower"),
        *(by_limit(cohort, concept, concept, concept, settings, "lower") for concept in COUNTS),
    ]
    nothing = {c: 0 for frame in found for c in frame.columns if c.endswith(("_lo", "_hi"))}
    rows = together([begin, *measured, *found], nothing)
    rows = rows.with_columns(*_higher(), *_low_counts(), *_judgement())
    return rows.select("patient_id", "time", *_columns()).sort("patient_id", "time")


def _columns() -> list[pl.Expr]:
    """The columns of the facts in their types."""
    ends = [pl.col(f"{name}_{end}").cast(pl.Float64) for name in NUMBERS for end in ("lo", "hi")]
    ends += [pl.col(f"{name}_{end}").cast(pl.Boolean) for name in YES_NO for end in ("lo", "hi")]
    return [*ends, *(pl.col(f"{name}_says") for name in (*NUMBERS, *YES_NO))]


def _ferritin(cohort: Cohort, settings: Settings) -> list[pl.DataFrame]:
    """Ferritin against its limit, against the infusion and against the value before."""
    days, hours = settings.number("ferritin_baseline_days"), settings.number("ferritin_rise_hours")
    based = with_baseline(cohort, "ferritin", days)
    before = with_previous(cohort, "ferritin", hours)
    rise = divided(VALUE, (pl.col("past_lo"), pl.col("past_hi")))
    none = pl.col("past_lo").is_null()
    shown = pl.when(none).then(1.0).otherwise(rise[0]), pl.when(none).then(1.0).otherwise(rise[1])
    base = divided(VALUE, (pl.col("base_lo"), pl.col("base_hi")))
    return [
        by_limit(cohort, "ferritin", "ferritin_by_limit", "ferritin", settings),
        fact(cohort, based, "ferritin", "ferritin_by_baseline", "ferritin", base, settings),
        fact(cohort, before, "ferritin", "ferritin_rise", "ferritin", shown, settings),
    ]


def _transaminase(cohort: Cohort, concept: str, settings: Settings) -> pl.DataFrame:
    """ALT or AST in multiples of its limit, or of the value at infusion where that was above the limit."""
    values = with_baseline(cohort, concept, settings.number("ferritin_baseline_days"))
    values = with_children(values, cohort, settings)
    lowest, highest = limit_range(concept, "upper", settings)
    base_lo, base_hi = pl.col("base_lo"), pl.col("base_hi")
    # Without a value at infusion it may have been abnormal: no lower bound.
    surely_above = (base_lo > highest).fill_null(False)
    below: Range = (
        pl.when(surely_above).then(base_lo).otherwise(lowest),
        pl.when(base_hi.is_not_null()).then(
            pl.when((base_hi <= lowest).fill_null(False)).then(highest).otherwise(
                pl.when(highest.is_not_null()).then(pl.max_horizontal(base_hi, highest))
            )
        ),
    )  # fmt: skip
    return fact(cohort, values, concept, concept, concept.upper(), divided(VALUE, below), settings)


def _higher() -> list[pl.Expr]:
    """transaminase_rise of ALT and AST: the higher of those in force."""
    there = {concept: pl.col(f"{concept}_says").is_not_null() for concept in TRANSAMINASES}
    lows = [pl.col(f"{concept}_lo") for concept in TRANSAMINASES]
    bounded = pl.all_horizontal(pl.col(f"{c}_hi").is_not_null() | ~here for c, here in there.items())
    highs = [pl.col(f"{concept}_hi") for concept in TRANSAMINASES]
    return [
        pl.max_horizontal(lows).alias("transaminase_rise_lo"),
        pl.when(bounded).then(pl.max_horizontal(highs)).alias("transaminase_rise_hi"),
        _joined([f"{concept}_says" for concept in TRANSAMINASES]).alias("transaminase_rise_says"),
    ]


def _low_counts() -> list[pl.Expr]:
    """Cytopenia: a count below its lower limit; excluded only where all counts are known."""
    surely = [(pl.col(f"{concept}_hi") < 1).fill_null(False) for concept in COUNTS]
    perhaps = [(pl.col(f"{concept}_lo") < 1).fill_null(True) for concept in COUNTS]
    return [
        pl.any_horizontal(surely).alias("cytopenia_lo"),
        pl.any_horizontal(perhaps).alias("cytopenia_hi"),
        _joined([f"{concept}_says" for concept in COUNTS]).alias("cytopenia_says"),
    ]


def _joined(texts: list[str]) -> pl.Expr:
    """Texts side by side, null where there is none."""
    said = pl.concat_str(texts, separator=", ", ignore_nulls=True)
    return pl.when(said != "").then(said)


def _judged(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """What the team attributes the hyperinflammation to: judged_lo and judged_hi from 0 (nothing) to OWN."""
    rows = cohort.events.filter(pl.col("event") == "attribution", pl.col("axis") == "hyperinflammation")
    if not settings.flag("attribution_used"):
        rows = rows.clear()
    open_again = (pl.col("value") == "resolved").fill_null(False)
    unknown = pl.col("cause").fill_null("unknown") == "unknown"
    level = pl.when(open_again | unknown).then(0).when(pl.col("cause") == SYNDROME).then(OWN).otherwise(OTHER)
    text = (
        pl.when(open_again)
        .then(pl.lit("attribution of the hyperinflammation withdrawn"))
        .otherwise(pl.format("hyperinflammation attributed to {}", pl.col("cause").fill_null("unknown")))
    )
    events = rows.select("patient_id", "time", "whole_day", track=pl.lit(""), lo=level, hi=level, text=text)
    return last_of(events, "judged", settings)


def _judgement() -> list[pl.Expr]:
    """The two facts of a judgement."""
    low, high = pl.col("judged_lo"), pl.col("judged_hi")
    return [
        ((low == OTHER) & (high == OTHER)).alias("hyperinflammation_other_cause_lo"),
        ((low <= OTHER) & (high >= OTHER)).alias("hyperinflammation_other_cause_hi"),
        (low == OWN).alias("hyperinflammation_is_iec_hs_lo"),
        (high == OWN).alias("hyperinflammation_is_iec_hs_hi"),
        pl.when(high != OWN).then("judged_says").alias("hyperinflammation_other_cause_says"),
        pl.when(high == OWN).then("judged_says").alias("hyperinflammation_is_iec_hs_says"),
    ]


def _treated(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Whether a drug was given for the syndrome: from the first certain dose on, perhaps from the first."""
    drugs = _drugs.running(cohort.exposures, settings).filter(pl.col("indication") == SYNDROME)
    sure = pl.when("certain").then("start").when("some_time").then("end")
    events = drugs.with_columns(sure=sure).group_by("patient_id").agg(
        perhaps=pl.col("start").min(),
        sure=pl.col("sure").min(),
        says=pl.format("{} for IEC-HS", pl.col("name").sort_by("start", "name").first()),
    )  # fmt: skip
    steps = [
        events.select("patient_id", "says", time="perhaps", lo=pl.col("sure") <= pl.col("perhaps"), hi=True),
        events.filter(pl.col("sure") > pl.col("perhaps")).select(
            "patient_id", "says", time="sure", lo=True, hi=True
        ),
    ]
    return (
        pl.concat([step.with_columns(pl.col("lo").fill_null(False)) for step in steps])
        .select(
            "patient_id",
            "time",
            iec_hs_treated_lo=pl.col("lo").cast(pl.Int64),
            iec_hs_treated_hi=pl.col("hi").cast(pl.Int64),
            iec_hs_treated_says="says",
        )
        .sort("patient_id", "time")
    )
