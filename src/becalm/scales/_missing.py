"""What would settle a range: each thing that is not known, tried while all else is held.

A thing matters if, with every other unknown thing at its quiet value (a normal pressure, no drug more than
those recorded, one course before), the range is still not a point. That is asked with and without a fever,
since a pressure decides nothing while there is no CRS. The list is in the order of what is cheapest to
find out: a thermometer before a chart review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from becalm.scales._facts import PIECE_COLUMNS, PIECE_SCHEMA
from becalm.scales._levels import grade_ranges
from becalm.scales.edition import Scale
from becalm.timeline import Settings
from becalm.timeline.states import (
    BOTH,
    CRS_CAUSE,
    NO,
    OPEN,
    UNKNOWN_CAUSE,
    YES,
    Answer,
    Signs,
    World,
    possible,
    rules_of,
    with_cause,
)

Row = Mapping[str, Any]
AXES = ("fever", "hypotension", "hypoxia")
COURSE = "the course before"
"""The thing to settle where the histories themselves differ; an explanation names the rows behind it."""
DEATH = "whether, when and of what the patient died"


class View(NamedTuple):
    """What is known at an interval: truth sets of the signs, support that runs, and the histories left.

    more_vasopressors and more_oxygen: whether others than those recorded may run.
    """

    fever: int
    low: int
    saturation: int
    dose: int
    vasopressors: tuple[int, int]
    all_vasopressors: tuple[int, int]
    more_vasopressors: bool
    support: tuple[int, int]
    more_oxygen: bool
    worlds: frozenset[tuple[World, int]]


def _view(row: Row, answer: Answer, settings: Settings) -> View:
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
        more_oxygen=row["support_hi"] > row["support_known_hi"],
        worlds=answer.worlds,
    )


def _unknown(row: Row, view: View) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every thing that is not known, cheapest first, with the parts of the view that it leaves open."""
    if view.fever == BOTH:
        yield "temperature", ("fever",)
    if view.low == BOTH:
        yield _pressure(row), ("low",)
    if view.saturation == BOTH and view.support[0] == 0:
        yield "SpO2", ("saturation",)
    if view.support[0] < view.support[1]:
        yield "whether the oxygen still runs" if row["stale"] else "oxygen flow or device", ("support",)
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
        if any(_cause(w, axis) == UNKNOWN_CAUSE for w, _ in view.worlds):
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


def _cause(world: World, axis: str) -> int:
    """What a world attributes an axis to."""
    return int(getattr(world, f"{axis}_cause"))


def _quiet(view: View, but: tuple[str, ...], fever: int) -> View:
    """The view with all settled to its quiet value but the parts named."""
    anchor = max(view.worlds, key=lambda pair: (pair[0].phase == OPEN, not pair[0].treated, pair))[0]

    def alike(world: World) -> bool:
        held = {"phase", "treated", "pending", "last_fever", "last_sign", "held"} - set(but)
        return "worlds" in but or all(getattr(world, name) == getattr(anchor, name) for name in held)

    worlds = frozenset(pair for pair in view.worlds if alike(pair[0]))
    if {"treated", "pending"} & set(but):
        # Their clocks go with them.
        same = {"phase", "treated", "pending"} - set(but)
        worlds = frozenset(
            pair for pair in view.worlds if all(getattr(pair[0], n) == getattr(anchor, n) for n in same)
        )
    for axis in AXES:
        if f"{axis}_cause" not in but:
            worlds = frozenset(
                (with_cause(w, axis, CRS_CAUSE) if _cause(w, axis) == UNKNOWN_CAUSE else w, b)
                for w, b in worlds
            )
    return View(
        fever=view.fever if "fever" in but or view.fever != BOTH else fever,
        low=view.low if "low" in but or view.low != BOTH else NO,
        saturation=view.saturation if "saturation" in but or view.saturation != BOTH else NO,
        dose=view.dose if "dose" in but or view.dose != BOTH else NO,
        vasopressors=view.vasopressors if "vasopressors" in but else (view.vasopressors[0],) * 2,
        all_vasopressors=view.all_vasopressors if "vasopressors" in but else (view.all_vasopressors[0],) * 2,
        more_vasopressors=view.more_vasopressors and "more_vasopressors" in but,
        support=view.support if "support" in but else (view.support[0],) * 2,
        more_oxygen=view.more_oxygen and "more_oxygen" in but,
        worlds=worlds,
    )


def _signs(row: Row, view: View, one_value: bool) -> Signs:
    """The present signs of a view."""
    helped_may = row["bolus_hi"] or view.vasopressors[1] > 0 or view.more_vasopressors
    helped_must = row["bolus_lo"] or view.vasopressors[0] > 0
    given = view.support[1] > 0 or view.more_oxygen
    hypoxia = YES if view.support[0] > 0 else view.saturation | (YES if given else 0)
    return Signs(
        fever=view.fever,
        low=view.low,
        helped=(YES if helped_may else 0) | (0 if helped_must else NO),
        hypoxia=hypoxia,
        dose=view.dose,
        one_value=one_value,
    )


def _columns(row: Row, view: View, settings: Settings) -> dict[str, Any]:
    """The columns of the piece under a view."""
    limit = settings.number("spo2_limit")
    spo2 = {BOTH: row["spo2_lo"], NO: limit, YES: limit - 1}[view.saturation]
    known = view.low != BOTH
    values = {
        "vasopressors_lo": view.vasopressors[0],
        "vasopressors_hi": row["vasopressors_hi"] if view.more_vasopressors else view.vasopressors[1],
        "vasopressors_all_lo": view.all_vasopressors[0],
        "vasopressors_all_hi": row["vasopressors_all_hi"]
        if view.more_vasopressors
        else view.all_vasopressors[1],
        "support_lo": view.support[0],
        "support_hi": row["support_hi"] if view.more_oxygen else view.support[1],
        "low_hi": view.low == YES if known else row["low_hi"],
        "pressure_gap": False if known else row["pressure_gap"],
        "bolus_hi": row["bolus_hi"],
        "spo2_lo": spo2,
    }
    return {name: values[name] for name in PIECE_COLUMNS}


def _is_range(scale: Scale, trials: Sequence[tuple[Row, Answer, View]], settings: Settings) -> list[bool]:
    """Whether the grade is still a range under each view, death left out."""
    if not trials:
        return []
    answers = [answer._replace(worlds=view.worlds) for _, answer, view in trials]
    presents = [_signs(row, view, answer.piece.present.one_value) for row, answer, view in trials]
    found = possible(answers, rules_of(settings), enumerate(presents))
    alive = pl.lit(False)
    situations = found.rename({"interval": "trial"}).with_columns(
        death_from_crs_lo=alive, death_from_crs_hi=alive
    )
    columns = [{"trial": n, **_columns(row, view, settings)} for n, (row, _, view) in enumerate(trials)]
    shown = pl.DataFrame(columns, schema={"trial": pl.UInt32, **PIECE_SCHEMA})
    ranges = grade_ranges(
        scale, situations.join(shown, on="trial", maintain_order="left"), ["trial"], settings
    )
    ranges = ranges.sort("trial")
    return list((ranges["grade_min"] < ranges["grade_max"]).to_list())


def missing(
    scale: Scale, undecided: pl.DataFrame, answers: Sequence[Answer], settings: Settings
) -> dict[int, tuple[str, ...]]:
    """What would settle each undecided interval.

    Args:
        scale: the grading system.
        undecided: interval | source | alive_min | alive_max | death_from_crs_lo/hi | columns of its piece.
        answers: the histories behind, by source.
        settings: policies in force.

    Returns:
        interval to the things that matter, cheapest first; never empty.
    """
    out: dict[int, tuple[str, ...]] = {}
    names: list[tuple[int, str]] = []
    trials: list[tuple[Row, Answer, View]] = []
    unknown: dict[int, list[str]] = {}
    for row in undecided.iter_rows(named=True):
        interval, answer = row["interval"], answers[row["source"]]
        view = _view(row, answer, settings)
        things = list(_unknown(row, view)) if row["alive_min"] < row["alive_max"] else []
        unknown[interval] = [what for what, _ in things]
        for what, parts in things:
            for fever in (YES, NO) if view.fever == BOTH and "fever" not in parts else (view.fever,):
                names.append((interval, what))
                trials.append((row, answer, _quiet(view, parts, fever)))
    matters: dict[int, set[str]] = {interval: set() for interval in unknown}
    for (interval, what), is_range in zip(names, _is_range(scale, trials, settings), strict=True):
        if is_range:
            matters[interval].add(what)
    for row in undecided.iter_rows(named=True):
        interval = row["interval"]
        found = [what for what in unknown[interval] if what in matters[interval]] or unknown[interval]
        if row["death_from_crs_hi"] and not row["death_from_crs_lo"]:
            found = [*found, DEATH]
        out[interval] = tuple(found)
    return out
