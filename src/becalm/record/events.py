"""The checks of events: known names, and for each event the closed lists of its columns."""

from __future__ import annotations

import polars as pl

from becalm.record.cells import number_cell, one_of, require, with_term
from becalm.record.placing import place, place_problems
from becalm.record.report import Checked
from becalm.record.schema import EVENTS, conform
from becalm.record.tables import fold_column, resolve_names
from becalm.record.vocabulary import EventKind, Vocabulary


def infusion_events(raw: pl.DataFrame, vocab: Vocabulary) -> pl.DataFrame:
    """The raw events that are infusions of a named patient."""
    names = resolve_names(raw["event"], "event", vocab).filter(pl.col("name") == "infusion")["text"]
    return raw.filter(pl.col("event").is_in(names.to_list()) & pl.col("patient_id").is_not_null())


def check_events(raw: pl.DataFrame, anchors: pl.DataFrame, vocab: Vocabulary) -> Checked:
    """Raw events -> the events of a Cohort.

    A `value` or `axis` outside its event's list refuses the row; a `cause`, a `severity`, a CTCAE grade or
    the value of a seizure or another clinical finding outside its list becomes null and the row stays, since
    a death remains a death.
    """
    rows, nameless = require(raw, "patient_id", "the id of a patient")
    rows, no_event = require(rows, "event", one_of("event", vocab))
    rows, unknown = with_term(rows, "event", "event", vocab)
    rows = rows.filter(pl.col("event").is_not_null()).drop("event_given", "event_meant")
    rows = pl.concat([rows, place(rows, anchors, time="time", day="day", instants=False)], how="horizontal")
    refusals = [nameless, no_event, unknown, *place_problems(rows, "problem", time="time", day="day")]
    parts = []
    for part in rows.filter(pl.col("problem").is_null()).partition_by("event"):
        checked, refused = _columns(part, vocab.events[part["event"][0]], vocab)
        parts.append(checked)
        refusals += refused
    rows = pl.concat([rows.clear(), *parts]).with_columns(time=pl.col("instant"))
    return Checked(conform(fold_column(rows, "site"), EVENTS), refusals)


def _columns(
    rows: pl.DataFrame, event: EventKind, vocab: Vocabulary
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The rows of one event, each column that has a closed list checked against it."""
    refusals: list[pl.DataFrame] = []
    columns = rows.columns
    for column, group in event.lists.items():
        if group == "grade":
            rows, refused = number_cell(rows, column, vocab, rule="grade")
            refusals += refused
            rows = rows.with_columns(pl.col(column).cast(pl.Int64).cast(pl.String))
            continue
        rows, unknown = with_term(rows, column, group, vocab)
        refusals.append(unknown)
        if column in ("value", "axis") and not event.unknown_value_is_blank:
            rows = rows.filter(pl.col(column).is_not_null() | pl.col(f"{column}_given").is_null())
        rows = rows.select(columns).with_columns(
            pl.when(pl.col(column) != "present").then(column).alias(column)
        )
    for column in event.required:
        rows, blank = require(rows, column, one_of(event.lists[column], vocab))
        refusals.append(blank)
    return rows, refusals
