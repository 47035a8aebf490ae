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
from becalm.scales._levels import DEATHS, grade_ranges
from becalm.scales._unknown import Beside, beside, beside_schema
from becalm.scales._views import AXES, DEATH, Parts, Row, View, cause_of, unknown_things, view_of
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
                (with_cause(w, axis, CRS_CAUSE) if cause_of(w, axis) == UNKNOWN_CAUSE else w, b)
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
        fio2=view.fio2 if "fio2" in but else (view.fio2[0],) * 2,
        ventilation=view.ventilation if "ventilation" in but else (view.ventilation[0],) * 2,
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
        "low_lo": view.low == YES if known else row["low_lo"],
        "low_hi": view.low == YES if known else row["low_hi"],
        "pressure_gap": False if known else row["pressure_gap"],
        "bolus_hi": row["bolus_hi"],
        "spo2_lo": spo2,
        "fio2_lo": view.fio2[0],
        "fio2_hi": row["fio2_hi"] if view.more_oxygen else view.fio2[1],
        "ventilation_lo": view.ventilation[0],
        "ventilation_hi": row["ventilation_hi"] if view.more_oxygen else view.ventilation[1],
    }
    return {name: values[name] for name in PIECE_COLUMNS}


ALL, COURSE_ALONE = "all that is open", "the course alone"


class Trial(NamedTuple):
    """One question: what is the grade with only some things unknown?

    what: the thing asked about, empty for a trial that others are held against. against: the name of the
    trial that this one is held against, empty where a range alone tells that the thing matters.
    """

    interval: int
    what: str
    against: str
    row: Row
    answer: Answer
    view: View
    beside: Mapping[str, Any]


def _ranges(scale: Scale, trials: Sequence[Trial], settings: Settings) -> list[tuple[int, int]]:
    """The grade range under each trial, death left out."""
    if not trials:
        return []
    alive = {name: pl.lit(False) for name in DEATHS}
    columns = [{"trial": n, **one.beside} for n, one in enumerate(trials)]
    schema: dict[str, type[pl.DataType]] = {"trial": pl.UInt32, **beside_schema(scale, settings)}
    if scale.reads_course:
        answers = [one.answer._replace(worlds=one.view.worlds) for one in trials]
        presents = [_signs(one.row, one.view, one.answer.piece.present.one_value) for one in trials]
        found = possible(answers, rules_of(settings), enumerate(presents))
        rows = found.rename({"interval": "trial"})
        columns = [
            {**cells, **_columns(one.row, one.view, settings)}
            for cells, one in zip(columns, trials, strict=True)
        ]
        shown = pl.DataFrame(columns, schema={**schema, **PIECE_SCHEMA})
        rows = rows.join(shown, on="trial", maintain_order="left")
    else:
        rows = pl.DataFrame(columns, schema=schema)
    ranges = grade_ranges(scale, rows.with_columns(**alive), ["trial"], settings).sort("trial")
    return ranges.select("grade_min", "grade_max").rows()


def missing(
    scale: Scale, undecided: pl.DataFrame, answers: Sequence[Answer], settings: Settings
) -> dict[int, tuple[str, ...]]:
    """What would settle each undecided interval.

    Args:
        scale: the grading system.
        undecided: interval | source | alive_min | alive_max | death_from_toxicity_lo/hi | the columns of its
            piece and of the facts of families.
        answers: the histories behind, by source.
        settings: policies in force.

    Returns:
        interval to the things that matter, cheapest first; never empty.
    """
    trials: list[Trial] = []
    unknown: dict[int, list[str]] = {}
    for row in undecided.iter_rows(named=True):
        interval, answer = row["interval"], answers[row["source"]]
        view, own = view_of(row, answer, settings), beside(scale, row, settings)
        open_now = row["alive_min"] < row["alive_max"]
        things = list(unknown_things(row, view)) if open_now and scale.reads_course else []
        unknown[interval] = [what for what, _ in things] + [what for what in own.open if open_now]
        if len(unknown[interval]) > 1:  # a single open thing is what matters
            trials += _trials(scale, row, answer, view, things, own)
    matters: dict[int, set[str]] = {interval: set() for interval in unknown}
    _judge(trials, _ranges(scale, trials, settings), matters)
    _together(scale, undecided, answers, settings, unknown, matters)
    out: dict[int, tuple[str, ...]] = {}
    for row in undecided.iter_rows(named=True):
        interval = row["interval"]
        found = [what for what in unknown[interval] if what in matters[interval]] or unknown[interval]
        if row["death_from_toxicity_hi"] and not row["death_from_toxicity_lo"]:
            found = [*found, DEATH]
        out[interval] = tuple(dict.fromkeys(found))
    return out


def _together(
    scale: Scale,
    undecided: pl.DataFrame,
    answers: Sequence[Answer],
    settings: Settings,
    unknown: Mapping[int, list[str]],
    matters: Mapping[int, set[str]],
) -> None:
    """Add to `matters` what narrows the range among all others that are open, where that must be asked.

    Beside the course of CRS rules ask for several things at once, so that none may matter alone.
    """
    trials: list[Trial] = []
    for row in undecided.iter_rows(named=True):
        interval = row["interval"]
        if len(unknown[interval]) < 2 or (scale.reads_course and matters[interval]):
            continue
        answer = answers[row["source"]]
        view, own = view_of(row, answer, settings), beside(scale, row, settings)
        every = {name: value for values in own.open.values() for name, value in values.items()}
        trials.append(Trial(interval, "", ALL, row, answer, view, {**own.quiet, **every}))
        for what, values in own.open.items():
            for cells in ({name: own.quiet[name] for name in values}, *own.ends[what]):
                trials.append(Trial(interval, what, ALL, row, answer, view, {**own.quiet, **every, **cells}))
        matters[interval].update(what for what in unknown[interval] if what not in own.open)
    _judge(trials, _ranges(scale, trials, settings), matters)


def _judge(
    trials: Sequence[Trial], ranges: Sequence[tuple[int, int]], matters: Mapping[int, set[str]]
) -> None:
    """Add to `matters` what each trial tells; one that is held against others comes before them."""
    held: dict[tuple[int, str], tuple[int, int]] = {}
    for trial, (low, high) in zip(trials, ranges, strict=True):
        if not trial.what:
            held[trial.interval, trial.against] = low, high
        elif low < high if not trial.against else (low, high) != held[trial.interval, trial.against]:
            matters[trial.interval].add(trial.what)


def _trials(
    scale: Scale, row: Row, answer: Answer, view: View, things: Sequence[tuple[str, Parts]], own: Beside
) -> Iterator[Trial]:
    """The questions that an interval asks."""
    interval = row["interval"]
    every = {**own.quiet, **{name: value for values in own.open.values() for name, value in values.items()}}
    for fever in _fevers(view, ()) if things and own.open else ():
        # A pressure is asked for its own sake, and for what is open beside the course where it is low.
        yield Trial(interval, "", f"{ALL} {fever}", row, answer, _quiet(view, (), fever), every)
    for what, parts in things:
        for fever in _fevers(view, parts):
            quiet = _quiet(view, parts, fever)
            yield Trial(interval, what, "", row, answer, quiet, own.quiet)
            if own.open and "fever" not in parts:
                yield Trial(interval, what, f"{ALL} {fever}", row, answer, quiet, every)
    if things and own.open:
        yield Trial(interval, "", COURSE_ALONE, row, answer, view, own.quiet)
    for what, values in own.open.items():
        cells = {**own.quiet, **values}
        for fever in _fevers(view, ()) if scale.reads_course else (YES,):
            yield Trial(interval, what, "", row, answer, _quiet(view, (), fever), cells)
        if things:
            # A dose is asked of a patient who has the sign as well as of one who may have it.
            yield Trial(interval, what, COURSE_ALONE, row, answer, view, cells)


def _fevers(view: View, parts: tuple[str, ...]) -> tuple[int, ...]:
    """With and without a fever, where that is not known and not asked."""
    return (YES, NO) if view.fever == BOTH and "fever" not in parts else (view.fever,)
