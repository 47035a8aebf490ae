"""The true grade of a course at every moment, straight from the definition: every fact of it is known.

It reads the latent state and none of the records. `definition` in `scenario.toml` holds the limits. What the
design counts "until 24 hours after the last recorded fever reading" counts here from the end of the fever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from becalm.synthetic.course import STEPS_PER_DAY, Course, Support
from becalm.synthetic.persons import is_low
from becalm.synthetic.settings import Scenario


@dataclass(frozen=True)
class State:
    """What is true from one step on: levels are 0 (no sign), 2, 3 or 4, before any attribution."""

    temperature: float
    sbp: float
    map: float
    spo2: float
    fever: bool
    hypotension: int
    hypoxia: int
    vasopressors: int
    oxygen: str
    dosed: bool


@dataclass(frozen=True)
class Moment:
    """One stretch [start, end) of the truth, in steps."""

    start: int
    end: int
    grade: int | None
    episode: int
    treated: bool
    state: State
    causes: Mapping[str, str]


def truth(course: Course, scenario: Scenario) -> list[Moment]:
    """The stretches of the truth, from the infusion to the end of the record (a death: one day more)."""
    definition = scenario["definition"]
    lasting = round(definition["episode_hours"] * STEPS_PER_DAY / 24)
    walk = _Walk(
        phase="none" if course.temperature.at(course.infusion) < definition["fever_from"] else "before"
    )
    out: list[Moment] = []
    marks = _marks(course)
    for start, end in pairwise(marks):
        state, at = _state(course, start, definition), start
        while at < end:
            walk, moment = _advance(course, walk, state, at, end, definition, lasting)
            out.append(moment)
            at = moment.end
    if course.death is not None:
        last = _state(course, course.death, definition)
        grade = 5 if course.death_cause == "crs" else None
        out.append(
            Moment(course.death, course.death + STEPS_PER_DAY, grade, walk.episode, walk.treated, last, {})
        )
    return out


@dataclass(frozen=True)
class _Walk:
    phase: str
    episode: int = 0
    treated: bool = False
    fever_until: int = 0
    sign_until: int = 0
    void_before: int = -(10**9)


def _marks(course: Course) -> list[int]:
    """Every step at which a fact may change."""
    marks: set[int] = set()
    for track in (course.temperature, course.sbp, course.mean, course.spo2):
        marks.update(track.starts)
    for s in course.supports:
        marks.update((s.start, s.end))
    for d in course.doses:
        marks.add(d.start)
        if d.end is not None:
            marks.add(d.end)
    marks.update(j.at for j in course.judgements)
    for span in course.findings:
        marks.update(span)
    inside = {m for m in marks if course.infusion < m < course.end}
    return [course.infusion, *sorted(inside), course.end]


def _state(course: Course, at: int, definition: Mapping[str, Any]) -> State:
    running = [s for s in course.supports if s.start <= at < s.end]
    count = _vasopressors(running, definition)
    sbp, mean, spo2 = course.sbp.at(at), course.mean.at(at), course.spo2.at(at)
    low = is_low(sbp, mean, course.person, definition)
    low |= any(a <= at < b for a, b in course.findings)
    low |= any(s.kind == "fluid" and s.indication == "hypotension" for s in running)
    device = next((s for s in reversed(running) if s.kind in ("oxygen", "ventilation")), None)
    oxygen = oxygen_level(device, definition, home_cpap=course.person.home_cpap) if device else 0
    temperature = course.temperature.at(at)
    return State(
        temperature=temperature,
        sbp=sbp,
        map=mean,
        spo2=spo2,
        fever=temperature >= definition["fever_from"],
        hypotension=4 if count >= 2 else 3 if count == 1 else 2 if low else 0,
        hypoxia=oxygen or (2 if spo2 < definition["spo2_below"] else 0),
        vasopressors=count,
        oxygen=device.name if device else "",
        dosed=_dosed(course, at, definition),
    )


def _vasopressors(running: Iterable[Support], definition: Mapping[str, Any]) -> int:
    names = {
        s.name
        for s in running
        if s.kind == "drug" and s.indication not in definition["not_for_crs_vasopressor"]
    }
    counted = len(names & set(definition["counted_vasopressors"]))
    return counted or int(bool(names & set(definition["uncounted_vasopressors"])))


def oxygen_level(device: Support, definition: Mapping[str, Any], *, home_cpap: bool) -> int:
    """The level of one device: 0 (not for CRS), 2 (low flow), 3 (high flow) or 4 (positive pressure)."""
    if device.name == "ecmo":
        return 4
    if device.name in definition["positive_pressure"]:
        at_home = home_cpap and device.name in ("cpap", "bipap")
        if at_home and device.indication not in definition["home_support_counts_for"]:
            return 0
        return 0 if device.indication in definition["not_for_crs_positive_pressure"] else 4
    if device.indication in definition["not_for_crs_oxygen"]:
        return 0
    if device.name in definition["low_flow"]:
        return 2
    if device.name in definition["high_flow"]:
        return 3
    return 3 if (device.flow_l_min or 0) > definition["low_flow_until"] else 2


def _dosed(course: Course, at: int, definition: Mapping[str, Any]) -> bool:
    """Whether a systemic drug that waives fever is given at this very step, or runs through it."""
    return any(
        d.name in definition["waives_fever"]
        and d.route in definition["systemic_routes"]
        and (d.start == at or (d.end is not None and d.start <= at < d.end))
        for d in course.doses
    )


def _causes(course: Course, at: int, void_before: int) -> dict[str, str]:
    """The cause in force for each axis: the last judgement that the end of an episode has not voided."""
    causes = {"fever": "crs", "hypotension": "crs", "hypoxia": "crs"}
    for j in course.judgements:
        if void_before <= j.at <= at:
            causes[j.axis] = "crs" if j.cause == "resolved" else j.cause
    return causes


def _advance(
    course: Course, walk: _Walk, state: State, at: int, end: int, definition: Mapping[str, Any], lasting: int
) -> tuple[_Walk, Moment]:
    """One stretch from `at` as far as the grade is the same, at the longest to `end`."""
    causes = _causes(course, at, walk.void_before)
    fever = state.fever and causes["fever"] == "crs"
    level = max(
        state.hypotension if causes["hypotension"] == "crs" else 0,
        state.hypoxia if causes["hypoxia"] == "crs" else 0,
    )
    sign = fever or level > 0
    phase, episode, treated = walk.phase, walk.episode, walk.treated
    over = walk.sign_until + lasting
    if phase == "open" and (at > over or (at == over and not sign)):
        fresh = _Walk("none", walk.episode, void_before=at)
        return _advance(course, fresh, state, at, end, definition, lasting)
    if phase == "before" and not state.fever:
        phase = "none"
    if phase == "none" and fever and at <= definition["onset_until_day"] * STEPS_PER_DAY:
        phase, episode, treated = "open", episode + 1, False
    if phase != "open":
        return (
            _Walk(phase, episode, False, 0, 0, walk.void_before),
            Moment(at, end, 0, 0, False, state, causes),
        )
    treated |= state.dosed
    stop, grade = end, level
    fever_until = end if fever else walk.fever_until
    if level < 2:
        if fever:
            grade = 1
        elif treated or at >= walk.fever_until + lasting:
            grade = 0
        else:
            grade, stop = 1, min(stop, walk.fever_until + lasting)
    if not sign:
        stop = min(stop, over)
    sign_until = stop if sign else walk.sign_until
    after = _Walk(
        "open",
        episode,
        treated,
        min(fever_until, stop) if fever else fever_until,
        sign_until,
        walk.void_before,
    )
    return after, Moment(at, stop, grade, episode, treated, state, causes)
