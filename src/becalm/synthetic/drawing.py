"""Draws the latent course of one patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from becalm.synthetic import signs, supports, treatments
from becalm.synthetic.course import STEPS_PER_DAY, Course, Judgement, Person, Stretch, Support, apart, steps
from becalm.synthetic.draw import Rng, between, generator, happens, hours, later, one_of, weighted
from becalm.synthetic.episodes import Episode, episodes, other_fevers
from becalm.synthetic.persons import person
from becalm.synthetic.settings import Settings
from becalm.synthetic.signs import Span


@dataclass(frozen=True)
class _Plan:
    """What is decided before any sign is drawn."""

    who: Person
    clock: str
    infusion: int
    begin: int
    end: int
    peak: int
    episodes: tuple[Episode, ...]
    plain_fevers: tuple[Span, ...]
    judgements: tuple[Judgement, ...]
    death: int | None
    cause: str


def course(seed: int, number: int, settings: Settings) -> Course:
    """The latent course of patient `number` of a seed: the same whichever other patients are drawn."""
    numbers = settings.scenario["course"]
    rng = generator(seed, number, "course")
    who = person(generator(seed, number, "person"), f"S{seed}-{number:05d}", settings)
    clock = _clock(rng, settings)
    infusion = apart(steps(between(rng, (0.36, 0.6)))) if clock in ("local", "offset") else 0
    kind = weighted(rng, numbers["weights"])
    mild = one_of(rng, (0, 1, 2))
    peak = {"none": 0, "death_other": mild, "death_crs": 4}.get(kind) or _grade_of(kind)
    drawn = episodes(rng, infusion, peak, settings)
    last = max((e.end for e in drawn), default=infusion + STEPS_PER_DAY)
    fevers, judgements = other_fevers(rng, infusion, drawn, last, settings)
    last = max([last, *(b for _, b in fevers)])
    end = max(later(rng, infusion, numbers["followup_days"]), last + STEPS_PER_DAY * 3 // 2)
    death, cause = None, ""
    if kind == "death_crs":
        top = next(s for s in (*drawn[0].hypotension, *drawn[0].hypoxia) if s.stage == peak)
        end = death = apart((top.start + top.end) // 2)
        cause = "crs"
    elif kind == "death_other":
        end = death = later(rng, last, (0.5, 2))
        cause = one_of(rng, ("infection", "relapse", "other"))
    begin = -STEPS_PER_DAY + 3
    return _assemble(
        generator(seed, number, "signs"),
        settings,
        _Plan(who, clock, infusion, begin, end, peak, drawn, fevers, judgements, death, cause),
    )


def _grade_of(kind: str) -> int:
    return int(kind.removeprefix("grade_")) if kind.startswith("grade_") else 0


def _clock(rng: Rng, settings: Settings) -> str:
    """How times are written: `day`, `date` (days, with the infusion's date), `local` or `offset`."""
    as_times = happens(rng, settings.chance("clock_times"))
    with_offsets = happens(rng, settings.chance("time_offsets"))
    dated = happens(rng, 0.5)
    if as_times:
        return "offset" if with_offsets else "local"
    return "date" if dated else "day"


def _assemble(rng: Rng, settings: Settings, plan: _Plan) -> Course:
    """Tracks, supports and drugs for the drawn episodes."""
    begin, end, numbers = plan.begin, plan.end, settings.scenario["course"]
    low = [s for e in plan.episodes for s in e.hypotension]
    short = [s for e in plan.episodes for s in e.hypoxia]
    unaided = [
        (
            e.hypoxia[0].start,
            min(later(rng, e.hypoxia[0].start, hours(numbers["unaided_hours"])), e.hypoxia[0].end),
        )
        for e in plan.episodes
        if e.hypoxia
    ]
    febrile = [*(e.fever for e in plan.episodes), *plan.plain_fevers]
    systolic, mean = signs.pressures(rng, begin, end, low, plan.who, settings.scenario)
    spans = [(s.start, s.end) for s in short]
    given = supports.circulation(rng, low, settings) + supports.breathing(rng, short, unaided, settings)
    given += supports.apart_from_crs(
        rng, plan.who, begin, end, [(s.start, s.end) for s in low], spans, settings
    )
    drugs = [
        d
        for e in plan.episodes
        for d in treatments.for_episode(rng, e.fever, (*e.hypotension, *e.hypoxia), settings)
    ]
    onset = plan.episodes[0].fever[0] if plan.episodes else None
    drugs += treatments.apart_from_episodes(rng, plan.infusion, onset, end, settings)
    swelling, judgements = _local(rng, plan, short, settings)
    away = _away(rng, plan, settings)
    return Course(
        person=plan.who,
        clock=plan.clock,
        infusion=plan.infusion,
        begin=begin,
        end=end,
        peak=plan.peak,
        onsets=tuple(e.fever[0] for e in plan.episodes),
        temperature=signs.temperature(rng, begin, end, febrile, settings.scenario),
        sbp=systolic,
        mean=mean,
        spo2=signs.saturation(rng, begin, end, unaided, spans, settings.scenario["definition"]["spo2_below"]),
        hypotension=tuple(low),
        hypoxia=tuple(short),
        supports=tuple(_cut(s, end) for s in sorted(given, key=lambda s: (s.start, s.name)) if s.start < end),
        doses=tuple(d for d in sorted(drugs, key=lambda d: (d.start, d.name)) if d.start < end),
        judgements=tuple(j for j in sorted(judgements, key=lambda j: j.at) if j.at < end),
        findings=_findings(rng, plan, settings),
        swelling=swelling,
        death=plan.death,
        death_cause=plan.cause,
        away=away,
    )


def _cut(support: Support, end: int) -> Support:
    return replace(support, end=min(support.end, end))


def _findings(rng: Rng, plan: _Plan, settings: Settings) -> tuple[Span, ...]:
    """A clinician's finding over the low stretches of each episode, where the feature occurs."""
    if not happens(rng, settings.chance("findings")):
        return ()
    return tuple(
        (e.hypotension[0].start, min(e.hypotension[-1].end, plan.end))
        for e in plan.episodes
        if e.hypotension and e.hypotension[0].start < plan.end
    )


def _local(
    rng: Rng, plan: _Plan, short: Sequence[Stretch], settings: Settings
) -> tuple[Span | None, tuple[Judgement, ...]]:
    """Local swelling, and the hypoxia attributed to it while it lasts."""
    start = later(rng, plan.infusion, (1, 4))
    stop = later(rng, start, (1, 4))
    if not happens(rng, settings.chance("local")) or stop >= plan.end:
        return None, plan.judgements
    said = [*plan.judgements]
    if short:
        said.append(Judgement(short[0].start, "hypoxia", "local", "local"))
        said.append(Judgement(apart(short[-1].end + 5), "hypoxia", "resolved", "resolved"))
    return (start, stop), tuple(said)


def _away(rng: Rng, plan: _Plan, settings: Settings) -> Span | None:
    """A stay at home between a discharge and an admission (or the end), after the first episode."""
    last = max((e.end for e in plan.episodes), default=plan.infusion + STEPS_PER_DAY)
    out = later(rng, last, (0.3, 1))
    back = later(rng, out, (0.5, 1.5))
    stays_out = happens(rng, 0.3)
    if not happens(rng, settings.chance("readmission")) or out >= plan.end or plan.death is not None:
        return None
    return out, plan.end if stays_out or back >= plan.end else back
