"""The drugs of a course: antipyretics, anti-cytokine drugs, corticosteroids, and what does not count."""

from __future__ import annotations

from collections.abc import Sequence

from becalm.synthetic.course import Dose, Stretch
from becalm.synthetic.draw import Rng, happens, hours, later, one_of
from becalm.synthetic.settings import Settings
from becalm.synthetic.signs import Span


def dose(start: int, name: str, settings: Settings, indication: str = "", end: int | None = None) -> Dose:
    """One dose of a drug as the scenario's table `treatment.doses` gives it."""
    amount, unit, route = settings.scenario["treatment"]["doses"][name].split()
    return Dose(start, name, amount, unit, route, indication, end)


def for_episode(rng: Rng, fever: Span, stages: Sequence[Stretch], settings: Settings) -> list[Dose]:
    """Treatment of one episode, by the scenario's chances and delays."""
    numbers = settings.scenario["treatment"]
    out: list[Dose] = []
    if happens(rng, numbers["antipyretic"]):
        name, at = (
            one_of(rng, numbers["antipyretics"]),
            later(rng, fever[0], hours(numbers["antipyretic_delay_hours"])),
        )
        while at < fever[1]:
            out.append(dose(at, name, settings, one_of(rng, ("", "fever"))))
            at = later(rng, at, hours(numbers["antipyretic_every_hours"]))
    as_infusion = happens(rng, settings.chance("drug_infusions"))
    wants_anti, wants_steroid = (
        happens(rng, numbers["anti_cytokine"]),
        happens(rng, numbers["corticosteroid"]),
    )
    if stages and wants_anti:
        first = min(s.start for s in stages)
        at = later(rng, first, hours(numbers["anti_cytokine_delay_hours"]))
        out.append(dose(at, one_of(rng, numbers["anti_cytokines"]), settings, "crs"))
    severe = [s.start for s in stages if s.stage >= 3]
    if severe and wants_steroid:
        name, at = one_of(rng, numbers["corticosteroids"]), later(rng, min(severe), hours((1, 10)))
        if as_infusion:
            out.append(dose(at, name, settings, "crs", later(rng, at, (0.5, 0.9))))
        else:
            for _ in range(3):
                out.append(dose(at, name, settings, "crs"))
                at = later(rng, at, hours((8, 14)))
    return out


def apart_from_episodes(
    rng: Rng, infusion: int, onset: int | None, end: int, settings: Settings
) -> list[Dose]:
    """Premedication, a prophylactic anti-cytokine dose before onset, and eye drops."""
    out: list[Dose] = []
    anti_cytokine = happens(rng, 0.4)
    if happens(rng, settings.chance("prophylaxis")):
        out.append(dose(infusion - 15, "acetaminophen", settings, "prophylaxis"))
        early = later(rng, infusion, (0.05, 0.15))
        if anti_cytokine and (onset is None or early < onset):
            out.append(dose(early, "tocilizumab", settings, "prophylaxis"))
    if happens(rng, settings.chance("eye_drops")):
        for _ in range(3):
            at = later(rng, infusion, (0.2, 8))
            if at < end:
                out.append(Dose(at, settings.scenario["treatment"]["eye_drops"], "1", "{drop}", "ophthalmic"))
    return out
