"""The rows of `events`: what the team decided and what happened."""

from __future__ import annotations

from becalm.synthetic.course import Course, apart
from becalm.synthetic.draw import Rng, happens, later, one_of
from becalm.synthetic.settings import Settings
from becalm.synthetic.stamping import Row, stamp, whole_day


def rows(rng: Rng, course: Course, number: int, settings: Settings) -> list[Row]:
    """One row an event, as text, in the order of time."""
    found: list[tuple[int, Row]] = []

    def add(step: int, event: str, **more: str) -> None:
        found.append((step, {**stamp(rng, course.clock, number, step), "event": event, **more}))

    for j in course.judgements:
        ends = j.recorded == "resolved"
        add(
            j.at,
            "attribution",
            axis=j.axis,
            cause="" if ends else j.recorded,
            value="resolved" if ends else "",
        )
    for start, end in course.findings:
        add(start, "hypotension")
        if end < course.end:
            add(end, "hypotension", value="resolved")
    if course.swelling:
        add(course.swelling[0], "local_sign", value="swelling", site="neck", severity="compensated")
        add(course.swelling[1], "local_sign", value="resolved", site="neck")
    if course.away:
        add(course.away[0], "discharge")
        if course.away[1] < course.end:
            add(course.away[1], "admission")
    severe = [s for s in (*course.hypotension, *course.hypoxia) if s.stage >= 3 and s.start < course.end]
    if severe and happens(rng, settings.chance("icu")):
        add(min(s.start for s in severe), "icu_admission")
        if max(s.end for s in severe) < course.end:
            add(max(s.end for s in severe), "icu_discharge")
    _asides(rng, course, settings, add)
    out = [row for _, row in sorted(found, key=lambda item: item[0])]
    if happens(rng, settings.chance("blank_event_times")):
        out.append({"event": "local_sign", "value": "effusion", "site": "pleura", "severity": "compensated"})
    return out + _death(rng, course, number, settings)


def _asides(rng: Rng, course: Course, settings: Settings, add) -> None:  # type: ignore[no-untyped-def]
    """Events that do not decide a grade under ASTCT 2019."""
    when, later_on = later(rng, course.infusion, (1, 6)), later(rng, course.infusion, (3, 8))
    toxic, seizure = (
        happens(rng, settings.chance("organ_toxicity")),
        happens(rng, settings.chance("neurology") * 0.3),
    )
    organ, grade = one_of(rng, ("liver", "kidney", "heart")), one_of(rng, ("1", "2", "3", "4"))
    if toxic and when < course.end:
        add(when, "organ_toxicity", site=organ, value=grade)
    if seizure and later_on < course.end:
        add(later_on, "seizure")
    for j in course.judgements:
        if j.cause == "infection":
            add(j.at, "infection", value=one_of(rng, ("2", "3")))
    if happens(rng, settings.chance("other_events")):
        if course.clock in ("local", "offset"):
            add(course.infusion, "infusion")
        add(apart(course.end - 3), one_of(rng, ("response", "relapse")))
        add(apart(course.end - 2), "last_followup")


def _death(rng: Rng, course: Course, number: int, settings: Settings) -> list[Row]:
    blank, by_day = (
        happens(rng, settings.chance("death_cause_blank")),
        happens(rng, settings.chance("death_by_day")),
    )
    if course.death is None:
        return []
    when = stamp(rng, course.clock, number, course.death)
    if by_day:
        when = whole_day(course.clock, number, course.death)
    return [{**when, "event": "death", "cause": "" if blank else course.death_cause}]
