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

Given = tuple[int, int, str, bool]
"""start, end, text, certain."""


def _day(instant: int) -> str:
    """An instant as text; exposures without a start are held as if they began before all else."""
    if instant == -FOREVER:
        return "a day not given"
    return f"day {to_day(instant):.3f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Course:
    """What one patient was given and measured, in order.

    pressors and waiving: drug intervals; measured: concept to (time, text); attributed: (time, axis,
    cause); fevers: times of readings that may be fever.
    """

    pressors: tuple[Given, ...] = ()
    waiving: tuple[Given, ...] = ()
    measured: tuple[tuple[str, int, str], ...] = ()
    attributed: tuple[tuple[int, str, str], ...] = ()
    fevers: tuple[int, ...] = ()

    def vasopressors(self, at: int) -> str:
        """The vasopressors that run at an instant, with their start; empty if none."""
        running = [
            f"{name} since {_day(start)}{'' if sure else ' (perhaps ended)'}"
            for start, end, name, sure in self.pressors
            if start <= at < end
        ]
        return ", ".join(dict.fromkeys(running))

    def doses(self, since: int | None, at: int) -> str:
        """The first drugs that lift the need for fever, given from `since` to `at`; empty if none."""
        found: dict[str, str] = {}
        for start, end, name, _ in self.waiving:
            if start <= at and (since is None or start >= since or end > since):
                found.setdefault(name, f"{name} on {_day(start)}")
        return ", ".join(list(found.values())[:3])

    def last(self, concept: str, at: int) -> str:
        """The last value of a concept before an instant; empty if there is none."""
        before = [(time, text) for name, time, text in self.measured if name == concept and time <= at]
        return f"{before[-1][1]} on {_day(before[-1][0])}" if before else ""

    def attribution(self, axis: str, at: int) -> tuple[str | None, int | None]:
        """The last attribution of an axis: its cause and since when."""
        before = [(time, cause) for time, name, cause in self.attributed if name == axis and time <= at]
        return (before[-1][1] or None, before[-1][0]) if before else (None, None)

    def fever_before(self, at: int) -> bool:
        """Whether a fever may have been recorded up to an instant."""
        return any(time <= at for time in self.fevers)


def courses(cohort: Cohort, settings: Settings) -> dict[str, Course]:
    """The course of every patient that has one."""
    drugs = _drugs.running(cohort.exposures, settings).filter(~pl.col("stopped"))
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
    by_pressor = _rows(pressors, ["start", "end", "name", "certain"])
    by_waiving = _rows(waiving, ["start", "end", "name", "certain"])
    by_value = _rows(values, ["concept", "time", "text"])
    by_cause = _rows(attributed, ["time", "axis", "cause"])
    by_fever = _rows(fevers, ["time"])
    return {
        owner: Course(
            by_pressor.get(owner, ()),
            by_waiving.get(owner, ()),
            by_value.get(owner, ()),
            by_cause.get(owner, ()),
            tuple(time for (time,) in by_fever.get(owner, ())),
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
