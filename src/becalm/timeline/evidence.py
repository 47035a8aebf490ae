"""The rows of one patient's record that stand behind a state, found again for an explanation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import to_day
from becalm.timeline import _drugs
from becalm.timeline._knowledge import FOREVER
from becalm.timeline.settings import Settings

Given = tuple[int, int, str, bool, int | None]
"""start, end, name, certain, and the start as given (None where there is none)."""


def _day(instant: int | None) -> str:
    """An instant as text."""
    if instant is None:
        return "a day not given"
    return f"day {to_day(instant):.3f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Course:
    """What one patient was given and measured, in order.

    pressors and waiving: drug intervals; measured: concept to (time, text); attributed: (time, axis,
    cause); fevers: times of readings that may be fever; doubts: what leaves the course open (events without
    an hour, ranged temperatures, values and doses without a time), by time.
    """

    pressors: tuple[Given, ...] = ()
    waiving: tuple[Given, ...] = ()
    measured: tuple[tuple[str, int, str], ...] = ()
    attributed: tuple[tuple[int, str, str], ...] = ()
    fevers: tuple[int, ...] = ()
    doubts: tuple[tuple[int, str], ...] = ()

    def vasopressors(self, at: int) -> str:
        """The vasopressors that run at an instant, with their start; empty if none."""
        running = [
            f"{name} since {_day(given)}{'' if sure else ' (perhaps ended)'}"
            for start, end, name, sure, given in self.pressors
            if start <= at < end
        ]
        return ", ".join(dict.fromkeys(running))

    def doses(self, since: int | None, at: int) -> str:
        """The first drugs that lift the need for fever, given from `since` to `at`; empty if none."""
        found: dict[str, str] = {}
        for start, end, name, _, given in self.waiving:
            if start <= at and (since is None or start >= since or end > since):
                found.setdefault(name, f"{name} on {_day(given)}")
        return ", ".join(list(found.values())[:3])

    def last(self, concept: str, at: int) -> str:
        """The last value of a concept before an instant; empty if there is none."""
        before = [(time, text) for name, time, text in self.measured if name == concept and time <= at]
        return f"{before[-1][1]} on {_day(before[-1][0])}" if before else ""

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
        return any(time <= at for time in self.fevers)


def courses(cohort: Cohort, settings: Settings) -> dict[str, Course]:
    """The course of every patient that has one."""
    drugs = _drugs.running(cohort.exposures, settings)
    other = list(settings.names("vasopressor_other_indications"))
    pressors = drugs.filter(
        pl.col("classes").list.contains("vasopressor"),
        pl.col("indication").is_null() | ~pl.col("indication").is_in(other),
    )
    waiving = _drugs.waiving_doses(drugs, settings)
    graded = cohort.observations.filter(
        pl.col("concept").is_in(["temperature", "sbp", "map", "spo2"]), pl.col("time").is_not_null()
    )
    values = graded.select(
        "patient_id",
        "concept",
        "time",
        text=pl.concat_str(
            pl.col("comparator").fill_null(""), "value_given", pl.lit(" "), pl.col("unit_given").fill_null("")
        ),
    )
    limit = settings.number("fever_from_cel")
    infusions = cohort.patients.select("patient_id", "infusion")
    fevers = (
        graded.filter(pl.col("concept") == "temperature", pl.col("hi") >= limit)
        .join(infusions, on="patient_id")
        .filter(pl.col("time") >= pl.col("infusion"))
    )
    attributed = cohort.events.filter(pl.col("event") == "attribution", pl.col("time").is_not_null())
    attributed = attributed.with_columns(pl.col("cause").fill_null(""))
    by_pressor = _rows(pressors, ["start", "end", "name", "certain", "given"])
    by_waiving = _rows(waiving, ["start", "end", "name", "certain", "given"])
    by_value = _rows(values, ["concept", "time", "text"])
    by_cause = _rows(attributed, ["time", "axis", "cause"])
    by_fever = _rows(fevers, ["time"])
    by_doubt = _rows(_doubts(cohort, settings), ["time", "text"])
    return {
        owner: Course(
            by_pressor.get(owner, ()),
            by_waiving.get(owner, ()),
            by_value.get(owner, ()),
            by_cause.get(owner, ()),
            tuple(time for (time,) in by_fever.get(owner, ())),
            by_doubt.get(owner, ()),
        )
        for owner in cohort.patients["patient_id"]
    }


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
        pl.col("event").is_in(["attribution", "hypotension"]), pl.col("whole_day") | undated
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
    return pl.concat([events, ranged, doses]).sort("patient_id", "time")
