"""What an interval leaves open of the course: truth sets of the signs, support, and histories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from becalm.timeline import Settings
from becalm.timeline.states import BOTH, NO, UNKNOWN_CAUSE, YES, Answer, World

Row = Mapping[str, Any]
Parts = tuple[str, ...]
"""Names of the parts of a view that a thing leaves open."""
AXES = ("fever", "hypotension", "hypoxia")
COURSE = "the course before"
"""The thing to settle where the histories themselves differ; an explanation names the rows behind it."""
DEATH = "whether, when and of what the patient died"


class View(NamedTuple):
    """What is known at an interval: truth sets of the signs, support that runs, and the histories left.

    fio2 and ventilation: those of the support that runs. more_vasopressors and more_oxygen: whether others
    than those recorded may run.
    """

    fever: int
    low: int
    saturation: int
    dose: int
    vasopressors: tuple[int, int]
    all_vasopressors: tuple[int, int]
    more_vasopressors: bool
    support: tuple[int, int]
    fio2: tuple[float, float]
    ventilation: tuple[int, int]
    more_oxygen: bool
    worlds: frozenset[tuple[World, int]]


def view_of(row: Row, answer: Answer, settings: Settings) -> View:
    """All that an interval leaves open."""
    limit, now = settings.number("spo2_limit"), answer.piece.present
    if row["spo2_lo"] is None:
        saturation = BOTH if settings.flag("gap_is_unknown_now") else NO
    else:
        saturation = (YES if row["spo2_lo"] < limit else 0) | (NO if row["spo2_hi"] >= limit else 0)
    return View(
        fever=now.fever,
        low=now.low,
        saturation=saturation,
        dose=now.dose,
        vasopressors=(row["vasopressors_lo"], row["vasopressors_known_hi"]),
        all_vasopressors=(row["vasopressors_all_lo"], row["vasopressors_all_known_hi"]),
        more_vasopressors=row["vasopressors_hi"] > row["vasopressors_known_hi"],
        support=(row["support_lo"], row["support_known_hi"]),
        fio2=(row["fio2_lo"], row["fio2_known_hi"]),
        ventilation=(row["ventilation_lo"], row["ventilation_known_hi"]),
        more_oxygen=row["support_hi"] > row["support_known_hi"],
        worlds=answer.worlds,
    )


def unknown_things(row: Row, view: View) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every thing that is not known, cheapest first, with the parts of the view that it leaves open."""
    if view.fever == BOTH:
        yield "temperature", ("fever",)
    if view.low == BOTH:
        yield _pressure(row), ("low",)
    if view.saturation == BOTH and view.support[0] == 0:
        yield "SpO2", ("saturation",)
    if view.support[0] < view.support[1]:
        running = "whether the oxygen still runs" if row["stale"] else "oxygen flow or device"
        yield running, ("support", "fio2", "ventilation")
    elif view.fio2[0] < view.fio2[1]:
        yield "FiO2", ("fio2",)
    if view.vasopressors[0] < view.vasopressors[1]:
        yield "whether the vasopressor still runs", ("vasopressors", "all_vasopressors")
    if view.more_vasopressors:
        yield "vasopressor record", ("more_vasopressors",)
    if view.more_oxygen:
        yield "oxygen record", ("more_oxygen",)
    yield from _unknown_history(view)


def _unknown_history(view: View) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is not known of the histories: causes, treatment, the order of events, the course before."""
    for axis in AXES:
        if any(cause_of(w, axis) == UNKNOWN_CAUSE for w, _ in view.worlds):
            yield f"the cause of the {axis}", (f"{axis}_cause",)
    if view.dose == BOTH or len({w.treated for w, _ in view.worlds}) > 1:
        yield "treatment record", ("dose", "treated")
    if len({w.pending for w, _ in view.worlds}) > 1:
        yield "the hour of an event without one", ("pending",)
    if len(view.worlds) > 1:
        yield COURSE, ("worlds",)


def _pressure(row: Row) -> str:
    """A pressure that is known and not known to be low wants the age; else a pressure is wanted."""
    exact = row["sbp_own_lo"] is not None and row["sbp_own_lo"] == row["sbp_own_hi"]
    if exact and row["sbp_limit_lo"] != row["sbp_limit_hi"]:
        return "the patient's age"
    if row["sbp_own_lo"] is None and row["map_own_lo"] is not None and not row["map_used_lo"]:
        return "the patient's age or a systolic pressure"
    return "blood pressure"


def cause_of(world: World, axis: str) -> int:
    """What a world attributes an axis to."""
    return int(getattr(world, f"{axis}_cause"))
