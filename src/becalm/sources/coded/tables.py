"""From statements with their meaning to the tables of the folder format."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from becalm.record import TABLES, vocabulary
from becalm.record.names import fold
from becalm.sources.coded.doubtful import doubted_rows, vague_devices
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.matching import NOT_MAPPED, matched, translated
from becalm.sources.coded.statements import OUTCOME, REFUSED, SET_ASIDE, UNKNOWN, conformed
from becalm.sources.coded.stays import stay_events
from becalm.sources.coded.support import devices_named, oxygen_rows

_SIGNED = r"^\s*(<=|>=|<|>|≤|≥)\s*([0-9]+(?:\.[0-9]+)?)\s*$"
_EXPOSED = ("drug", "fluid", "procedure")


@dataclass(frozen=True)
class Converted:
    """Statements as tables.

    `tables`: `observations`, `exposures`, `events` in the folder format (times as the source has them),
    each with the `file` and `row` of the source behind it. `outcomes`: OUTCOME of every statement that became
    no row. `meanings`: the statements with their meaning (`becalm.sources.coded.matching.MEANING`).
    """

    tables: dict[str, pl.DataFrame]
    outcomes: pl.DataFrame
    meanings: pl.DataFrame


def converted(statements: pl.DataFrame, lookup: Lookup) -> Converted:
    """STATEMENT -> tables of the folder format.

    Orders become nothing: a prescription is no dose. What is not mapped, or has no value where one is
    needed, is an outcome with its reason. A treatment that may have been given and cannot be used becomes a
    row that the format refuses, so that its class is unknown for that patient and not "not given".
    """
    rows = matched(statements, lookup)
    rows = rows.with_columns(statement=pl.int_range(pl.len()))
    begins = pl.col("start_only").fill_null(False)
    rows = rows.with_columns(end=pl.when(~begins).then("end"))
    again = _again(rows)
    rows, copies = rows.filter(~again), rows.filter(again)
    left = [
        _left(copies, "The same record was read again; the last one counts."),
        _left(
            rows.filter(pl.col("domain") == "order"), "An order says what was intended, not what was given."
        ),
    ]
    rest = rows.filter(pl.col("domain") != "order")
    doubted = rest.filter(pl.col("doubt").is_not_null())
    left.append(_left(doubted, pl.col("doubt"), REFUSED))
    rest = rest.filter(pl.col("doubt").is_null())
    named = rest.filter((pl.col("target") == "support") & (pl.col("name") == "device"))
    others = rest.join(named.select("statement"), on="statement", how="anti", maintain_order="left")
    devices = devices_named(named, lookup)
    rest = pl.concat([others, devices.select(others.columns)])
    unknown = rest.filter(pl.col("target") == NOT_MAPPED)
    ignored = rest.filter(pl.col("target") == "ignore")
    left += [
        _left(unknown, UNKNOWN),
        _left(
            ignored, pl.format("The mapping sets it aside: {}", pl.col("reason").fill_null("no reason given"))
        ),
    ]
    doubtful = pl.concat([doubted_rows(doubted), vague_devices(unknown)])
    observed, without_value = _observations(rest.filter(pl.col("target") == "observation"), lookup)
    oxygen, unread = oxygen_rows(
        _words(rest.filter(pl.col("target").is_in(["oxygen", "ventilation", "support"])), lookup), lookup
    )
    left += [_left(without_value, "It has no value."), _left(unread, pl.col("reason"))]
    exposures = pl.concat(
        [_exposures(_words(rest.filter(pl.col("target").is_in(_EXPOSED)), lookup), lookup), oxygen, doubtful],
        how="diagonal",
    )
    events = _events(rest)
    return Converted(
        {
            "observations": _in_format(observed, "observations"),
            "exposures": _in_format(exposures, "exposures"),
            "events": _in_format(events, "events"),
        },
        pl.concat(left),
        pl.concat([rest, doubted, rows.filter(pl.col("domain") == "order")]).drop("statement"),
    )


def _again(rows: pl.DataFrame) -> pl.Series:
    """Whether a statement's record is read again: overlapping exports give no second dose.

    Of a resource with a type and an id (`Observation/7`) that comes several times the last counts; of records
    with other ids only exact copies are told.
    """
    here = pl.struct("file", "row")
    replaced = here != here.last().over("patient_id", "record")
    content = rows.select(pl.exclude("file", "row", "statement"))
    plain = content.with_columns(pl.col("codes", "value_codes").list.join("\x1e"))
    copy = ~plain.select(pl.struct(pl.all()).is_last_distinct()).to_series()
    resource = pl.col("record").str.contains("/", literal=True)
    return rows.select(
        pl.when(resource).then(replaced).when(resource.is_not_null()).then(copy).otherwise(pl.lit(False))
    ).to_series()


def _in_format(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    columns = [name for name in TABLES[table].columns if name not in ("day", "start_day", "end_day")]
    schema = {name: pl.String() for name in columns} | {"file": pl.String(), "row": pl.Int64()}
    return conformed(frame, schema)


def _left(rows: pl.DataFrame, reason: str | pl.Expr, outcome: str = SET_ASIDE) -> pl.DataFrame:
    """The outcome of statements that became no row."""
    text = pl.lit(reason) if isinstance(reason, str) else reason
    said = pl.coalesce("text", pl.col("codes").list.first())
    return conformed(
        rows.select(
            "file", "row", "record", outcome=pl.lit(outcome), reason=text, given=said, count=pl.lit(1)
        ),
        OUTCOME,
    )


def _code(frame: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """The frame with `code_system` and `code` from the code that decided, or the first."""
    decided = pl.when(pl.col("how") == "name").then(None).otherwise("by")
    given = pl.coalesce(
        pl.when(pl.col("codes").list.contains(decided)).then(decided), pl.col("codes").list.first()
    )
    frame = frame.with_columns(given_code=given)
    frame = translated(frame, ("given_code",), "code_system", lambda c: lookup.split(c)[0] if c else None)
    return translated(frame, ("given_code",), "code", lambda c: lookup.split(c)[1] if c else None)


def _observations(rows: pl.DataFrame, lookup: Lookup) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Observations in the folder format, and the statements that have no value."""
    value = pl.coalesce("mapped_value", "value")
    rows = rows.with_columns(value=value)
    sign, number = (pl.col("value").str.extract(_SIGNED, group) for group in (1, 2))
    written = sign.is_not_null() & pl.col("comparator").is_null()
    rows = rows.with_columns(
        comparator=pl.when(written).then(sign).otherwise("comparator"),
        value=pl.when(written).then(number).otherwise("value"),
        unit=pl.coalesce("unit", "mapped_unit"),
        site=pl.coalesce("mapped_site", "site"),
        concept="name",
        time="start",
    )
    empty = pl.col("value").is_null() | (pl.col("value").str.strip_chars() == "")
    rows, without = rows.filter(~empty), rows.filter(empty)
    rows = translated(rows, ("unit", "concept"), "unit", lookup.unit)
    return _code(rows, lookup), without


def _words(rows: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """Routes and indications in the words of the vocabulary, where the mapping knows the source's."""

    def indication(word: str | None) -> str | None:
        entry = lookup.values.get(fold(word or ""))
        found = entry.indication if entry else None
        return found or (vocabulary().resolve("indication", word) if word else None)

    rows = rows.with_columns(route=pl.coalesce("route", "mapped_route"), reason_given=pl.col("indication"))
    rows = translated(rows, ("route", "text"), "route", lookup.route)
    rows = translated(rows, ("indication",), "indication", indication)
    unread = pl.col("indication").is_null() & pl.col("reason_given").is_not_null()
    said = pl.when(unread).then(pl.format("indication: {}", "reason_given"))
    return rows.with_columns(
        indication=pl.coalesce("indication", "mapped_indication"),
        note=pl.concat_str(["note", said], separator="; ", ignore_nulls=True).replace("", None),
    )


def _exposures(rows: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """Drugs, fluids and procedures in the folder format."""
    for column in ("dose_unit", "rate_unit"):
        rows = translated(rows, (column,), column, lookup.unit)
    return _code(rows, lookup).with_columns(
        kind="target",
        start_time="start",
        end_time="end",
        note=pl.concat_str(["note", "text"], separator="; ", ignore_nulls=True).replace("", None),
    )


def _events(rows: pl.DataFrame) -> pl.DataFrame:
    """Events in the folder format: those mapped to an event, and the beginnings and ends of stays."""
    graded = [name for name, kind in vocabulary().events.items() if kind.lists.get("value") == "grade"]
    own = pl.col("domain") == "event"
    happened = rows.filter(pl.col("target") == "event").with_columns(
        time="start",
        event="name",
        value=pl.coalesce("mapped_value", pl.when(pl.col("name").is_in(graded) | own).then("value")),
        axis=pl.coalesce("mapped_axis", "axis"),
        cause=pl.coalesce("mapped_cause", pl.when((pl.col("name") == "death") | own).then("cause")),
        site=pl.coalesce("mapped_site", "site"),
        severity=pl.coalesce("mapped_severity", pl.when(own).then("severity")),
    )
    stays = rows.filter(pl.col("target") == "stay")
    return pl.concat([happened, stay_events(stays)], how="diagonal")
