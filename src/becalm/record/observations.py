"""The checks of observations: exact copies, known concepts, a place on the clock, a value as a range."""

from __future__ import annotations

import polars as pl

from becalm.record.cells import require
from becalm.record.placing import place, place_problems
from becalm.record.plain import plain_observations
from becalm.record.ranges import as_ranges
from becalm.record.report import Checked, put_aside
from becalm.record.schema import OBSERVATIONS, SET_ASIDE, TABLES, FrameSchema, conform, empty
from becalm.record.tables import fold_column, resolve_names
from becalm.record.values import read_values
from becalm.record.vocabulary import Vocabulary

_AS_TEXT: FrameSchema = {
    **dict.fromkeys((*TABLES["observations"].columns, "file"), pl.String()),
    "row": pl.Int64(),
}


def check_observations(raw: pl.DataFrame, anchors: pl.DataFrame, vocab: Vocabulary) -> Checked:
    """Raw observations -> the observations of a Cohort, every value a range in its concept's canonical unit.

    A number that cannot be (101.3 Cel) or whose unit is not accepted stays as the range of the plausible
    limits, with `refused` true; a row without a readable value, a concept, a patient or a time is left out.
    Exact copies of a row and rows of concepts outside the vocabulary are set aside.
    """
    rows, copies = _without_copies(raw)
    plain, rest = plain_observations(rows, anchors, vocab)
    if rest.is_empty():
        return Checked(plain, [], [copies])
    rows = conform(rest, _AS_TEXT)
    rows, no_patient = require(rows, "patient_id", "the id of a patient")
    rows, no_concept = require(rows, "concept", "the name of what was measured, such as temperature")
    rows, foreign = _known_concepts(rows, vocab)
    rows = pl.concat([rows, place(rows, anchors, time="time", day="day", instants=False)], how="horizontal")
    refusals = [no_patient, no_concept, *place_problems(rows, "problem", time="time", day="day")]
    rows, unreadable = read_values(rows.filter(pl.col("problem").is_null()), vocab)
    rows, implausible = as_ranges(rows, vocab)
    high = (
        pl.when(pl.col("value_high").is_not_null())
        .then(pl.format(" to {}", "high_shown"))
        .otherwise(pl.lit(""))
    )
    frame = fold_column(rows, "site").with_columns(
        time=pl.col("instant"),
        comparator=pl.col("sign"),
        value_given=pl.format("{}{}", "value_shown", high),
        unit_given=pl.col("unit"),
        unit=pl.col("canonical"),
    )
    found = pl.concat([plain, conform(frame, OBSERVATIONS)])
    return Checked(found, [*refusals, *unreadable, *implausible], [copies, foreign])


def _without_copies(raw: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    used = [name for name in TABLES["observations"].columns if raw[name].null_count() < raw.height]
    hashes = raw.select(used).hash_rows()
    if hashes.n_unique() == raw.height:
        return raw, empty(SET_ASIDE)
    # Rows that are alike have one hash; whether rows of one hash are alike is asked of their texts.
    alike = hashes.is_duplicated()
    texts = conform(raw.filter(alike), _AS_TEXT)
    first = texts.select("file", "row", copy=~pl.struct(used).is_first_distinct()).filter("copy")
    reason = "The row is an exact copy of an earlier row of observations."
    others = raw.join(first, on=["file", "row"], how="anti", maintain_order="left")
    return others, put_aside(first, pl.lit(True), "", reason)


def _known_concepts(rows: pl.DataFrame, vocab: Vocabulary) -> tuple[pl.DataFrame, pl.DataFrame]:
    names = resolve_names(rows["concept"], "concept", vocab).rename({"text": "concept", "name": "known"})
    rows = rows.join(names, on="concept", how="left", maintain_order="left")
    hint = pl.when(pl.col("meant").is_not_null()).then(pl.format(" Did you mean {}?", "meant"))
    reason = pl.format("becalm does not use the concept '{}'.{}", "concept", hint.otherwise(pl.lit("")))
    foreign = put_aside(rows, pl.col("known").is_null(), "concept", reason)
    known = rows.filter(pl.col("known").is_not_null()).drop("concept", "meant").rename({"known": "concept"})
    return known, foreign
