"""The rows of one patient's record that stand behind a state, found again for an explanation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import to_day
from becalm.timeline import _drugs, _readings
from becalm.timeline._knowledge import FOREVER, GRADED_CONCEPTS
from becalm.timeline._worlds import AXES
from becalm.timeline.settings import Settings

Given = tuple[int, int, str, bool, int | None]
"""start, end, name, certain, and the start as given (None where there is none)."""


def _day(instant: int | None) -> str:
    """An instant as text."""
    if instant is None:
        return "a day not given"
    return f"day {to_day(instant):.3f}".rstrip("0").rstrip(".")


def _plain(name: str) -> str:
    """A name of the vocabulary as one writes it."""
    return name.replace("_", " ")


@dataclass(frozen=True)
class Course:
    """What one patient was given and what happened, in order.

    pressors and waiving: drug intervals; attributed: (time, axis, cause); first_fever: the time of the first
    reading that may be fever; doubts: what leaves the course open (events without an hour, ranged
    temperatures, values and doses without a time), by time.
    """

    pressors: tuple[Given, ...] = ()
    waiving: tuple[Given, ...] = ()
    attributed: tuple[tuple[int, str, str], ...] = ()
    first_fever: int | None = None
    doubts: tuple[tuple[int, str], ...] = ()

    def vasopressors(self, at: int) -> str:
        """The vasopressors that run at an instant, with their start; empty if none."""
        running = [
            f"{_plain(name)} since {_day(given)}{'' if sure else ' (perhaps ended)'}"
            for start, end, name, sure, given in self.pressors
            if start <= at < end
        ]
        return ", ".join(dict.fromkeys(running))

    def doses(self, since: int | None, at: int) -> str:
        """The first drugs that lift the need for fever, given from `since` to `at`; empty if none."""
        found: dict[str, str] = {}
        for start, end, name, _, given in self.waiving:
            if start <= at and (since is None or start >= since or end > since):
                found.setdefault(name, f"{_plain(name)} on {_day(given)}")
        return ", ".join(list(found.values())[:3])

    def attribution(self, axis: str, at: int) -> tuple[str | None, int | None]:
        """The last attribution of an axis: its cause and since when."""
        before = [(time, cause) for time, name, cause in self.attributed if name == axis and time <= at]
        return (before[-1][1] or None, before[-1][0]) if before else (None, None)

    def open_questions(self, at: int, most: int = 3) -> str:
        """The last things before an instant that leave the course open; empty if there is none."""
        found = [text for time, text in self.doubts if time <= at]
        return ", ".join(dict.fromkeys(found[-most:]))

    def fever_before(self, at: int) -> bool:
        """Whether a fever may have been recorded up to an instant."""
        return self.first_fever is not None and self.first_fever <= at


def courses(cohort: Cohort, settings: Settings) -> dict[str, Course]:
    """The course of every patient that has one."""
    drugs = _drugs.running(cohort.exposures, settings)
    pressors = _drugs.pressors(drugs, settings)
    waiving = _drugs.waiving_doses(drugs, settings)
    limit = settings.number("fever_from_cel")
    fevers = (
        cohort.observations.filter(
            pl.col("concept") == "temperature", pl.col("hi") >= limit, pl.col("time").is_not_null()
        )
        .join(cohort.patients.select("patient_id", "infusion"), on="patient_id")
        .filter(pl.col("time") >= pl.col("infusion"))
        .group_by("patient_id")
        .agg(pl.col("time").min())
    )
    attributed = cohort.events.filter(pl.col("event") == "attribution", pl.col("time").is_not_null())
    attributed = attributed.with_columns(pl.col("cause").fill_null(""))
    by_pressor = _rows(pressors, ["start", "end", "name", "certain", "given"])
    by_waiving = _rows(waiving, ["start", "end", "name", "certain", "given"])
    by_cause = _rows(attributed, ["time", "axis", "cause"])
    by_fever: dict[str, int] = dict(fevers.iter_rows())
    by_doubt = _rows(_doubts(cohort, settings), ["time", "text"])
    return {
        owner: Course(
            by_pressor.get(owner, ()),
            by_waiving.get(owner, ()),
            by_cause.get(owner, ()),
            by_fever.get(owner),
            by_doubt.get(owner, ()),
        )
        for owner in cohort.patients["patient_id"]
    }


def with_values(rows: pl.DataFrame, readings: pl.DataFrame, observations: pl.DataFrame) -> pl.DataFrame:
    """Intervals with the values that stand behind them as text.

    Args:
        rows: patient_id | unit | start | the columns of `States.pieces`.
        readings: as in `States`.
        observations: those of the cohort.

    Returns:
        rows with, for each graded concept c: c_given (the value in force, as given), and, where none is in
        force, c_last (the last value before `start` with its time; null if there is none).
    """
    for concept in GRADED_CONCEPTS:
        start, last = f"{concept}_start", f"{concept}_last"
        asked = rows.filter(pl.col(start).is_not_null()).select("unit", time=start)
        texts = _readings.given(readings, observations, concept, asked).rename(
            {"given": f"{concept}_given", "time": start}
        )
        rows = rows.join(texts, on=["unit", start], how="left", maintain_order="left")
        asked = rows.filter(pl.col(start).is_null()).select("patient_id", "start").unique()
        before = _last_values(observations, concept, asked).rename({"text": last})
        rows = rows.join(before, on=["patient_id", "start"], how="left", maintain_order="left")
        rows = rows.with_columns(pl.when(pl.col(start).is_null()).then(last).alias(last))
    return rows


def _last_values(observations: pl.DataFrame, concept: str, asked: pl.DataFrame) -> pl.DataFrame:
    """The last value of a concept at or before each instant: patient_id | start | text."""
    if asked.is_empty():
        return asked.with_columns(text=pl.lit(None, dtype=pl.String))
    values = observations.filter(pl.col("concept") == concept, pl.col("time").is_not_null()).select(
        "patient_id", "time", "comparator", "value_given", "unit_given"
    )
    found = asked.sort("patient_id", "start").join_asof(
        values, left_on="start", right_on="time", by="patient_id", coalesce=False, check_sortedness=False
    )
    value = pl.concat_str(
        pl.col("comparator").fill_null(""), "value_given", pl.lit(" "), pl.col("unit_given").fill_null("")
    )
    days = [None if time is None else _day(time) for time in found["time"].to_list()]
    said = pl.concat_str(value, pl.lit(" on "), pl.Series(days, dtype=pl.String))
    return found.select("patient_id", "start", text=said)


def _rows(frame: pl.DataFrame, columns: list[str]) -> dict[str, tuple[tuple[Any, ...], ...]]:
    """The rows of each patient, in order of time."""
    out: dict[str, list[tuple[Any, ...]]] = {}
    order = "time" if "time" in columns else "start"
    for owner, *row in frame.sort("patient_id", order).select("patient_id", *columns).iter_rows():
        out.setdefault(owner, []).append(tuple(row))
    return {owner: tuple(rows) for owner, rows in out.items()}


def _doubts(cohort: Cohort, settings: Settings) -> pl.DataFrame:
    """Rows that leave a course open: patient_id | time | text."""
    limit = settings.number("fever_from_cel")
    undated = pl.col("time").is_null()
    when = (
        pl.when(undated)
        .then(pl.lit("without a time"))
        .otherwise(pl.format("of day {} without an hour", to_day(pl.col("time")).cast(pl.Int64)))
    )
    events = cohort.events.filter(
        pl.col("event").is_in(["attribution", "hypotension"]),
        pl.col("whole_day") | undated,
        pl.col("axis").is_null() | pl.col("axis").is_in(AXES),
    ).select(
        "patient_id",
        time=pl.col("time").fill_null(-FOREVER),
        text=pl.concat_str(
            pl.col("event"), pl.concat_str(pl.lit(" of "), "axis").fill_null(""), pl.lit(" "), when
        ),
    )
    ranged = cohort.observations.filter(
        pl.col("concept") == "temperature", (pl.col("lo") < limit) & (pl.col("hi") >= limit) | undated
    ).select(
        "patient_id",
        time=pl.col("time").fill_null(-FOREVER),
        text=pl.concat_str(
            pl.lit("temperature "),
            pl.col("comparator").fill_null(""),
            "value_given",
            pl.lit(" "),
            pl.col("unit_given").fill_null(""),
            pl.when(undated)
            .then(pl.lit(" without a time"))
            .otherwise(pl.format(" on day {}", to_day(pl.col("time")).round(3))),
        ),
    )
    doses = cohort.exposures.filter(pl.col("start").is_null()).select(
        "patient_id", time=pl.lit(-FOREVER), text=pl.format("{} without a time", pl.col("name"))
    )
    classes = [*settings.names("waiver_classes"), "vasopressor"]
    drug = pl.col("classes").list.eval(pl.element().is_in(classes)).list.any()
    deciding = drug | pl.col("kind").is_in(["oxygen", "ventilation"])
    by_day = cohort.exposures.filter(pl.col("start_whole_day").fill_null(False) & deciding.fill_null(False))
    days = by_day.select(
        "patient_id",
        time="start",
        text=pl.format(
            "{} of day {} without an hour", pl.col("name"), to_day(pl.col("start")).floor().cast(pl.Int64)
        ),
    )
    return pl.concat([events, ranged, doses, days]).sort("patient_id", "time")
