"""The readings of a course: when a nurse or a laboratory looks, and what they see."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from becalm.synthetic.course import STEPS_PER_DAY, Course, Track, apart, steps
from becalm.synthetic.draw import Rng, between, happens, hours, later, log_normal, one_of
from becalm.synthetic.settings import Settings
from becalm.synthetic.signs import Span, within

UNITS = {
    "temperature": "Cel", "sbp": "mm[Hg]", "dbp": "mm[Hg]", "map": "mm[Hg]",
    "spo2": "%", "heart_rate": "/min", "resp_rate": "/min",
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One value as measured: in its usual unit, with the digits that are written, perhaps beyond a limit."""

    step: int
    concept: str
    value: float
    unit: str
    digits: int = 0
    comparator: str = ""
    assay: str = ""
    site: str = ""


def in_hospital(course: Course, step: int) -> bool:
    """Whether anybody could have measured: admitted, and alive."""
    return not (course.away and within(step, [course.away])) and step < course.end


def vitals(rng: Rng, course: Course, settings: Settings) -> list[Reading]:
    """The vital signs of the whole course, by the scenario's table `nursing`."""
    nursing = settings.scenario["nursing"]
    tracks = {"temperature": course.temperature, "sbp": course.sbp, "map": course.mean, "spo2": course.spo2}
    missing = one_of(rng, ("sbp", "map", "map", "spo2", "temperature"))
    never = {missing} if happens(rng, settings.chance("never_measured")) else set()
    gap = _gap(rng, course, settings)
    rounds = _rounds(rng, course, settings)
    site = one_of(rng, ("", "", "axillary", "oral", "core"))
    out: list[Reading] = []
    for concept, taken in nursing["taken"].items():
        track = tracks.get(concept)
        times = list(rounds)
        if settings.complete and track is not None:
            times += _around_changes(track, course)
        for step in sorted(set(times)):
            seen = happens(rng, taken) or settings.complete
            in_gap = gap is not None and gap[0] == concept and within(step, [gap[1]])
            noise = float(rng.standard_normal())
            if not seen or in_gap or concept in never:
                continue
            value = track.at(step) if track else _companion(course, concept, step, noise)
            digits = 1 if concept == "temperature" else 0
            out.append(
                Reading(
                    step,
                    concept,
                    value,
                    UNITS[concept],
                    digits,
                    site=site if concept == "temperature" else "",
                )
            )
    return out


def _rounds(rng: Rng, course: Course, settings: Settings) -> list[int]:
    """The moments of the nursing rounds: some hours apart, denser in intensive care, with jitter."""
    nursing = settings.scenario["nursing"]
    severe = [(s.start, s.end) for s in (*course.hypotension, *course.hypoxia) if s.stage >= 3]
    out, at = [], course.begin
    while at < course.end:
        if in_hospital(course, at):
            out.append(at)
        usual = (
            nursing["icu_hours"]
            if within(at, severe) and settings.chance("icu") > 0
            else nursing["ward_hours"]
        )
        apart_hours = (nursing["complete_hours"],) * 2 if settings.complete else usual
        jitter = between(rng, (-1, 1)) * nursing["jitter_minutes"] / 60
        at = apart(at + max(2, steps((between(rng, apart_hours) + jitter) / 24)))
    return out


def _around_changes(track: Track, course: Course) -> list[int]:
    """Each change of a track, and the step before it: what a complete record has."""
    changes = [s for s in track.starts if course.begin < s < course.end]
    return [
        *changes,
        *(s - 1 for s in changes if (s - 1) % STEPS_PER_DAY),
        *(s - 2 for s in changes if not (s - 1) % STEPS_PER_DAY),
    ]


def _gap(rng: Rng, course: Course, settings: Settings) -> tuple[str, Span] | None:
    """A stretch without one kind of vital sign, where the feature occurs."""
    concept = one_of(rng, ("temperature", "sbp", "spo2", "map"))
    start = later(rng, course.infusion, (0.5, 7))
    stop = later(rng, start, hours(settings.scenario["nursing"]["gap_hours"]))
    return (concept, (start, stop)) if happens(rng, settings.chance("gaps")) else None


def _companion(course: Course, concept: str, step: int, noise: float) -> float:
    """Vital signs that go along with the graded ones: diastolic pressure, heart rate, respiratory rate."""
    warm = max(0.0, course.temperature.at(step) - 37.0)
    if concept == "dbp":
        return float(max(15, round(course.sbp.at(step) * 0.55 + 2 * noise)))
    if concept == "heart_rate":
        return float(round(78 + 12 * warm + 6 * noise))
    return float(round(15 + 2 * warm + noise))


def laboratory(rng: Rng, course: Course, settings: Settings) -> list[Reading]:
    """Laboratory values once a day (tables `lab.*`): a rise with each episode, cut at the assay's limits."""
    nursing, out = settings.scenario["nursing"], []
    two_assays = happens(rng, settings.chance("assay_change"))
    limited = happens(rng, settings.chance("assay_limits"))
    for name, numbers in settings.scenario["lab"].items():
        base = log_normal(rng, numbers["median"], numbers["spread"])
        for day in range(course.begin // STEPS_PER_DAY, course.end // STEPS_PER_DAY + 1):
            step = later(
                rng, day * STEPS_PER_DAY, hours((nursing["lab_hour"] - 0.7, nursing["lab_hour"] + 0.7))
            )
            noise = log_normal(rng, 1.0, 0.08)
            if not course.begin <= step < course.end or not in_hospital(course, step):
                continue
            level = base * noise * _fold(course, step, numbers)
            low, high = numbers["limits"]
            comparator = ("<" if level < low else ">" if level > high else "") if limited else ""
            assay = (
                ("platform A" if step < 3 * STEPS_PER_DAY else "platform B")
                if two_assays and name == "il6"
                else ""
            )
            value = round(min(max(level, low), high), numbers["digits"])
            out.append(Reading(step, name, value, numbers["unit"], numbers["digits"], comparator, assay))
    return out


def _fold(course: Course, step: int, numbers: Mapping[str, Any]) -> float:
    """How much above (or below) its baseline a laboratory value stands: the sum of the episodes' effects."""
    height, effect = float(numbers["fold"][min(course.peak, 4)]), 1.0
    for onset in course.onsets:
        since = (step - onset) / STEPS_PER_DAY
        if since > -0.5:
            rise = min(1.0, max(0.0, (since + 0.5) / (numbers["rise_days"] + 0.5)))
            fall = math.exp2(-max(0.0, since - numbers["rise_days"] - 1.0) / numbers["halving_days"])
            effect *= height ** (rise * fall)
    return effect


def scores(rng: Rng, course: Course, settings: Settings) -> list[Reading]:
    """ICE scores and recorded CRS grades (for comparison only), where those features occur."""
    nursing, out = settings.scenario["nursing"], []
    with_ice, with_grades = (
        happens(rng, settings.chance("neurology")),
        happens(rng, settings.chance("recorded_grades")),
    )
    for day in range(course.end // STEPS_PER_DAY + 1):
        step = day * STEPS_PER_DAY + steps(nursing["ice_hour"] / 24)
        stage = max(
            [s.stage for s in (*course.hypotension, *course.hypoxia) if s.start <= step < s.end], default=0
        )
        ice = max(0, 10 - (int(rng.integers(0, 4)) + stage if stage else int(rng.integers(0, 2))))
        grade = max(stage, int(course.temperature.at(step) >= settings.scenario["definition"]["fever_from"]))
        off_by = one_of(rng, (0, 0, 0, 0, 1, -1))
        if step >= course.end or not in_hospital(course, step):
            continue
        if with_ice:
            out.append(Reading(step, "ice", ice, "{score}"))
        if with_grades:
            out.append(Reading(step, "crs_grade_recorded", min(4, max(0, grade + off_by)), "{grade}"))
    return out
