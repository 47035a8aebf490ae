"""From a batch of extracted rows to statements, and to what became of the rows that make none."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from becalm.sources.coded.statements import REFUSED, SET_ASIDE, STATEMENT, conformed, outcomes
from becalm.sources.omop.doses import UNKNOWN_TYPE, notes, with_doses
from becalm.sources.omop.plan import KEY, Plan
from becalm.sources.omop.readings import NO_VALUE, UNCLEAR_BOUND, UNKNOWN_OPERATOR, with_readings
from becalm.sources.omop.settings import Settings
from becalm.sources.omop.tables import NUMBERS
from becalm.sources.omop.times import blank_is_null, is_day, is_wrong, when

NO_PERSON = (
    "Its person is not in the table person. A person_id of that table is expected. Export the person too, or "
    "correct the id."
)
TREATMENTS = ("drug", "device", "procedure")
"""Domains of what a patient was given."""
WRONG_TIME = "Its date or time is not one. YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS, is expected. Correct the row."
_SOURCE_WORDS = {
    "observation": {"qualifier": "qualifier_source_value"},
    "procedure_occurrence": {"modifier": "modifier_source_value"},
    "condition_occurrence": {"status": "condition_status_source_value"},
}


@dataclass(frozen=True)
class Shaped:
    """What a batch became. `rows`: how many it had; `days`: how many of the statements are dated by a day."""

    statements: pl.DataFrame
    outcomes: pl.DataFrame
    rows: int
    days: int


def typed(rows: pl.DataFrame) -> pl.DataFrame:
    """Ids as whole numbers, everything else as text, whatever the database calls its types."""
    return rows.select(
        pl.col(name).cast(pl.Int64 if name in NUMBERS else pl.String, strict=False) for name in rows.columns
    )


def shaped(
    batch: pl.DataFrame, plan: Plan, persons: pl.Series, settings: Settings, check: bool, before: int = 0
) -> Shaped:
    """The statements of a batch of one event table. `before`: how many rows came before it.

    `persons`: the ids of the table person, sorted. `check`: the times are text and must be read with care.
    """
    rows = typed(batch).with_columns(
        pl.col("concept_id").fill_null(0), pl.col("source_concept_id").fill_null(0)
    )
    if rows["row_id"].null_count():
        # A row without an id of its own is told apart by a number that no id has.
        rows = rows.with_columns(row_id=pl.col("row_id").fill_null(-1 - before - pl.int_range(pl.len())))
    bare = pl.col("concept_id") == 0
    rows = rows.with_columns(
        key_value=pl.when(bare).then(pl.col("source_value")).fill_null("") if _any(rows, bare) else pl.lit("")
    )
    rows, count = _wanted(rows, plan)
    rows = _domain(rows, plan, settings)
    rows = rows.with_columns(
        start=when("start", settings.midnight, check),
        end=when("end", settings.midnight, check)
        if "end_date" in rows.columns
        else pl.lit(None, dtype=pl.String),
    )
    return _split(rows, plan, persons, check, count)


def _wanted(rows: pl.DataFrame, plan: Plan) -> tuple[pl.DataFrame, int]:
    """The rows of wanted keys with their codes, and how many rows they were before a drug made several."""
    if not plan.telling:
        joined = rows.join(plan.wanted, on=KEY, how="inner", maintain_order="left")
        return joined, joined["row_id"].n_unique()
    # Only the place in the plan is joined, on as few columns as tell the keys apart: far quicker.
    keys = list(plan.telling)
    places = plan.wanted.select(keys).with_row_index("place")
    place = rows.select(keys).join(places, on=keys, how="left", maintain_order="left")["place"]
    if place.null_count():
        rows, place = rows.filter(place.is_not_null()), place.drop_nulls()
    given = plan.wanted.select("codes", "text", "reading")[place]
    return rows.hstack(given), rows.height


def _any(rows: pl.DataFrame, condition: pl.Expr) -> bool:
    return bool(rows.select(condition.any()).item())


def _domain(rows: pl.DataFrame, plan: Plan, settings: Settings) -> pl.DataFrame:
    """The columns that only some tables have."""
    table = plan.table
    if table.domain in ("measurement", "observation"):
        rows = with_readings(rows, settings.comparators)
    if table.domain == "drug":
        return with_doses(rows, settings.drug_types, settings.unknown_drug_type)
    words = _SOURCE_WORDS.get(table.name, {})
    if words:
        rows = rows.with_columns(note=notes({name: blank_is_null(column) for name, column in words.items()}))
    return rows.with_columns(domain=pl.lit(table.domain))


def _split(rows: pl.DataFrame, plan: Plan, persons: pl.Series, check: bool, count: int) -> Shaped:
    """Take out the rows that make no statement, each with its reason.

    A treatment that may have been given, but whose time is none or whose type is not known, stays, with its
    reason as a doubt and without the time: to leave it out would read as not given.
    """
    lost = [(~pl.col("person_id").is_in(persons.implode()).fill_null(False), REFUSED, NO_PERSON)]
    rows = rows.with_columns(doubt=pl.lit(None, dtype=pl.String))
    if check:
        rows, wrong = _timed(rows)
        lost.append((wrong, REFUSED, WRONG_TIME))
    if "bad_operator" in rows.columns:
        lost.append((pl.col("bad_operator"), REFUSED, UNKNOWN_OPERATOR))
    if "bad_bound" in rows.columns:
        lost.append((pl.col("bad_bound"), REFUSED, UNCLEAR_BOUND))
    if "unknown_type" in rows.columns:
        unknown = pl.when("unknown_type").then(pl.lit(UNKNOWN_TYPE))
        rows = rows.with_columns(doubt=pl.coalesce("doubt", unknown))
    if "value" in rows.columns:
        lost.append((pl.col("reading") & pl.col("value").is_null(), SET_ASIDE, NO_VALUE))
    parts = []
    for condition, outcome, reason in lost:
        hit = rows.select(condition.fill_null(False).alias("hit"))["hit"]
        if hit.any():
            parts.append(_outcome(rows.filter(hit), plan, outcome, reason))
            rows = rows.filter(~hit)
    statements = conformed(
        rows.with_columns(
            patient_id=pl.col("person_id"), file=pl.lit(plan.table.name), row=pl.col("row_id"),
            record=pl.col("row_id"),
        ),
        STATEMENT,
    )  # fmt: skip
    days = rows.select(is_day("start").sum()).item() or 0
    return Shaped(statements, pl.concat([outcomes([]), *parts]), count, days)


def _timed(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Expr]:
    """The rows with a doubt and without the time where that of a treatment is none; which others are lost."""
    treatment = pl.col("domain").is_in(TREATMENTS)
    wrong = pl.lit(False)
    for name in ("start", "end") if "end_date" in rows.columns else ("start",):
        rows = rows.with_columns(is_wrong(name).fill_null(False).alias(f"{name}_wrong"))
        unusable = treatment & pl.col(f"{name}_wrong")
        rows = rows.with_columns(
            pl.when(~unusable).then(name).alias(name),
            doubt=pl.coalesce("doubt", pl.when(unusable).then(pl.lit(WRONG_TIME))),
        )
        wrong = wrong | pl.col(f"{name}_wrong")
    return rows, wrong & ~treatment


def _outcome(rows: pl.DataFrame, plan: Plan, outcome: str, reason: str) -> pl.DataFrame:
    """Refused rows one by one; rows set aside counted by what they are."""
    rows = rows.unique("row_id", maintain_order=True)
    named = pl.concat_str(pl.col("codes").list.first(), pl.lit(" "), pl.col("text").fill_null(""))
    lines = rows.select(
        file=pl.lit(plan.table.name),
        row=pl.col("row_id"),
        record=pl.col("row_id").cast(pl.String),
        outcome=pl.lit(outcome),
        reason=pl.lit(reason),
        given=named.str.strip_chars(),
        count=pl.lit(1, dtype=pl.Int64),
    )
    if outcome == REFUSED:
        return outcomes(lines)
    by = ["file", "outcome", "reason", "given"]
    counted = lines.group_by(by, maintain_order=True).agg(
        pl.col("row").min(), pl.col("record").sort_by("row").first(), pl.col("count").sum()
    )
    return outcomes(counted)
