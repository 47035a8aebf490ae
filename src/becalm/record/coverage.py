"""Which classes of exposures and events a source covers (design section 3): declared, or shown by rows."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from becalm.record.cells import require, with_term
from becalm.record.placing import backwards, place, place_problems
from becalm.record.report import Checked
from becalm.record.schema import COVERAGE, DOUBTS, conform
from becalm.record.vocabulary import Vocabulary

_DRUG_CLASSES = ("vasopressor", "antipyretic", "anti_cytokine", "corticosteroid", "anti_infective")


@dataclass(frozen=True)
class SourceCoverage:
    """What a whole source says of coverage, for the Cohort of a part of its patients.

    `for_all`: the checked coverage that it declares for everyone. `shown`: the classes of which it has a row.
    `declared`: the classes that it declares, for anyone. The last two may be left out for all its patients.
    """

    for_all: pl.DataFrame
    shown: frozenset[str] | None = None
    declared: frozenset[str] | None = None


def check_coverage(raw: pl.DataFrame, anchors: pl.DataFrame, vocab: Vocabulary) -> Checked:
    """Raw coverage -> the coverage of a Cohort: a class, for one patient or all, always or in an interval.

    A class that the vocabulary does not know refuses its row.
    """
    rows, no_class = require(raw, "class", "a coverage class")
    rows, unknown = with_term(rows, "class", "coverage_class", vocab)
    rows = rows.filter(pl.col("class").is_not_null())
    refusals = [no_class, unknown]
    for side in ("start", "end"):
        placed = place(rows, anchors, time=None, day=f"{side}_day", instants=True)
        rows = pl.concat([rows, placed.select(pl.col("instant").alias(side), "problem")], how="horizontal")
        refusals += place_problems(rows, "problem", time=None, day=f"{side}_day")
        rows = rows.filter(pl.col("problem").is_null()).drop("problem")
    rows, reversed_rows = backwards(rows, "end_day", pl.col("start_day"), pl.col("end_day"))
    return Checked(conform(rows, COVERAGE), [*refusals, reversed_rows])


def exposure_coverage_classes() -> pl.Expr:
    """The coverage classes of a row of `Cohort.exposures`: a list of strings, empty for most drugs."""
    by_kind = (
        pl.when(pl.col("kind").is_in(["oxygen", "ventilation"]))
        .then(pl.lit(["oxygen"]))
        .when(pl.col("kind") == "fluid")
        .then(pl.lit(["fluid"]))
        .otherwise(pl.lit([], dtype=pl.List(pl.String)))
    )
    by_drug = pl.col("classes").list.set_intersection(pl.lit(list(_DRUG_CLASSES)))
    return pl.concat_list(by_kind, by_drug)


def event_coverage_class(vocab: Vocabulary) -> pl.Expr:
    """The coverage class that a row of `Cohort.events` belongs to, null for most events."""
    classes = {event.name: event.coverage_class for event in vocab.events.values()}
    return pl.col("event").replace_strict(classes, default=None, return_dtype=pl.String)


def shown_classes(exposures: pl.DataFrame, events: pl.DataFrame, vocab: Vocabulary) -> frozenset[str]:
    """The coverage classes of which the source has at least one row."""
    from_exposures = exposures.select(exposure_coverage_classes().alias("c"))["c"].explode().drop_nulls()
    from_events = events.select(event_coverage_class(vocab).alias("c"))["c"].drop_nulls()
    return frozenset(from_exposures.to_list()) | frozenset(from_events.to_list())


def doubts_of(rows: pl.DataFrame, classes: pl.Expr) -> pl.DataFrame:
    """One row for each coverage class of rows that were refused whole.

    `classes` is the coverage class of a row, or the list of them.
    """
    found = rows.with_columns(classes.alias("class"))
    if found.schema["class"] == pl.List(pl.String):
        found = found.explode("class")
    return conform(found.filter(pl.col("class").is_not_null()), DOUBTS)
