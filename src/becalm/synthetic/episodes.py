"""The episodes of a course, and the other fevers beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from becalm.synthetic.course import STEPS_PER_DAY, Judgement, Stretch, apart, steps
from becalm.synthetic.draw import Rng, between, happens, hours, later, log_normal, one_of, weighted
from becalm.synthetic.settings import Settings
from becalm.synthetic.signs import Span


@dataclass(frozen=True)
class Episode:
    """One drawn episode: its fever and the stages of both axes."""

    fever: Span
    hypotension: tuple[Stretch, ...] = ()
    hypoxia: tuple[Stretch, ...] = ()

    @property
    def end(self) -> int:
        """When the last sign of the episode ends."""
        return max(self.fever[1], *(s.end for s in (*self.hypotension, *self.hypoxia)), 0)


def stages(rng: Rng, start: int, peak: int, settings: Settings) -> tuple[Stretch, ...]:
    """Stages 2 up to the peak and down again, from `start` on."""
    numbers = settings.scenario["course"]
    out: list[Stretch] = []
    for stage in (*range(2, peak + 1), *range(peak - 1, 1, -1)):
        stop = later(rng, start, numbers["peak_days"] if stage == peak else numbers["stage_days"])
        out.append(Stretch(start, stop, stage))
        start = stop
    return tuple(out)


def _episode(rng: Rng, onset: int, peak: int, settings: Settings) -> Episode:
    numbers = settings.scenario["course"]
    fever = (onset, later(rng, onset, numbers["fever_days"]))
    which, other = weighted(rng, numbers["axes"]), int(rng.integers(0, max(peak, 1)))
    first, second = (
        later(rng, onset, numbers["escalation_days"]),
        later(rng, onset, numbers["escalation_days"]),
    )
    swap = happens(rng, 0.5)
    if peak < 2:
        return Episode(fever)
    leading = "hypoxia" if which == "hypoxia" or (which == "both" and swap) else "hypotension"
    lead = stages(rng, first, peak, settings)
    follow: tuple[Stretch, ...] = ()
    if which == "both" and other >= 2:
        follow = stages(rng, second, other, settings)
    return Episode(fever, lead, follow) if leading == "hypotension" else Episode(fever, follow, lead)


def episodes(rng: Rng, infusion: int, peak: int, settings: Settings) -> tuple[Episode, ...]:
    """The episodes of a course whose highest grade is `peak`: none, one, or a second milder one."""
    numbers = settings.scenario["course"]
    onset = numbers["onset_days"]
    days = min(max(log_normal(rng, onset["median"], onset["spread"]), onset["least"]), onset["most"])
    again = happens(rng, settings.chance("recurrence"))
    second_peak = int(rng.integers(1, 3))
    if peak == 0:
        return ()
    first = _episode(rng, apart(infusion + steps(days)), peak, settings)
    if not again:
        return (first,)
    return (first, _episode(rng, later(rng, first.end, numbers["recurrence_days"]), second_peak, settings))


def other_fevers(
    rng: Rng, infusion: int, episodes: Sequence[Episode], last: int, settings: Settings
) -> tuple[tuple[Span, ...], tuple[Judgement, ...]]:
    """Fevers beside the episodes, and what the team says of any fever: infection, late, there at infusion."""
    numbers = settings.scenario["course"]
    spans: list[Span] = []
    said: list[Judgement] = []
    before, until = happens(rng, settings.chance("fever_at_infusion")), later(rng, infusion, (0.1, 0.5))
    if before and (not episodes or until + 20 < episodes[0].fever[0]):
        spans.append((infusion - 120, until))
    wants_late, late = (
        happens(rng, settings.chance("late_fever")),
        steps(between(rng, numbers["late_fever_day"])),
    )
    infection, withdrawn = (
        happens(rng, settings.chance("infection")),
        happens(rng, settings.chance("withdrawn")),
    )
    start = later(rng, last, (1.2, 2.0))
    stop, changed = later(rng, start, numbers["infection_days"]), later(rng, start, hours((3, 10)))
    if infection:
        spans.append((start, stop))
        said.append(Judgement(start, "fever", "infection", "infection"))
        ending = "crs" if withdrawn else "resolved"
        said.append(
            Judgement(changed if withdrawn else later(rng, stop, (0.1, 0.3)), "fever", ending, ending)
        )
    elif wants_late and late > last + STEPS_PER_DAY * 6 // 5:
        spans.append((late, later(rng, late, numbers["infection_days"])))
    if happens(rng, settings.chance("unknown_cause")) and episodes:
        cause = one_of(rng, ("crs", "infection"))
        said.append(Judgement(apart(episodes[-1].fever[0] + 30), "fever", cause, "unknown"))
    return tuple(spans), tuple(said)
