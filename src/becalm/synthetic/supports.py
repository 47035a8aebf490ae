"""The supports of a course: fluids, vasopressors and inotropes, oxygen and ventilation."""

from __future__ import annotations

from collections.abc import Sequence

from becalm.synthetic.course import STEPS_PER_DAY, Person, Stretch, Support, apart
from becalm.synthetic.draw import Rng, between, happens, hours, later, one_of
from becalm.synthetic.settings import Settings
from becalm.synthetic.signs import Span

CHARTED_EVERY = (5.0, 10.0)  # hours between two chart entries of a running support


def pieces(rng: Rng, start: int, end: int) -> list[Span]:
    """[start, end) as a chain of charted pieces, some hours each."""
    out, at = [], start
    while at < end:
        stop = min(end, apart(at + round(between(rng, CHARTED_EVERY) * STEPS_PER_DAY / 24)))
        out.append((at, stop))
        at = stop
    return out


def pressor(rng: Rng, start: int, end: int, name: str, indication: str = "") -> list[Support]:
    """One drug by infusion over [start, end), its rate changed from piece to piece."""
    unit, low, high = (
        ("U/min", 0.01, 0.04) if name in ("vasopressin", "terlipressin") else ("ug/min", 2.0, 20.0)
    )
    return [
        Support(a, b, "drug", name, indication, rate=round(between(rng, (low, high)), 2), rate_unit=unit)
        for a, b in pieces(rng, start, end)
    ]


def circulation(rng: Rng, stages: Sequence[Stretch], settings: Settings) -> list[Support]:
    """Fluids in stage 2, one vasopressor in stage 3, two in stage 4; vasopressin and inotropes as extras."""
    numbers = settings.scenario["course"]
    out: list[Support] = []
    with_fluids = happens(rng, settings.chance("fluids"))
    with_vasopressin, alone = happens(rng, settings.chance("vasopressin")), happens(rng, 0.3)
    with_inotrope = happens(rng, settings.chance("inotropes"))
    first, second = one_of(rng, numbers["vasopressors_first"]), one_of(rng, numbers["vasopressors_second"])
    second = "epinephrine" if second == first else second
    instead = with_vasopressin and alone and all(s.stage < 4 for s in stages)
    for s in stages:
        if s.stage == 2 and with_fluids:
            at = later(rng, s.start, hours((0.1, 1)))
            while (stop := later(rng, at, hours((0.4, 1)))) < s.end:
                out.append(
                    Support(at, stop, "fluid", "sodium_chloride_0.9", "hypotension", dose=500, dose_unit="mL")
                )
                at = later(rng, stop, hours((4, 7)))
    for start, end in _joined([s for s in stages if s.stage >= 3]):
        if not instead:
            out += pressor(rng, start, end, first, one_of(rng, ("", "hypotension")))
        if with_inotrope:
            out += pressor(rng, start, end, one_of(rng, ("dobutamine", "milrinone")))
        if with_vasopressin:
            out += pressor(rng, start, end, one_of(rng, ("vasopressin", "vasopressin", "terlipressin")))
    for s in stages:
        if s.stage == 4:
            out += pressor(rng, s.start, s.end, second)
    return out


def breathing(
    rng: Rng, stages: Sequence[Stretch], unaided: Sequence[Span], settings: Settings
) -> list[Support]:
    """Oxygen or ventilation for the stages of hypoxia, from the end of each unaided stretch on."""
    numbers = settings.scenario["course"]
    out: list[Support] = []
    for s in stages:
        start = next((b for a, b in unaided if a == s.start), s.start)
        for a, b in pieces(rng, start, s.end):
            out.append(_device(rng, a, b, s.stage, numbers[f"{_LEVEL[s.stage]}_devices"]))
    return out


_LEVEL = {2: "low_flow", 3: "high_flow", 4: "positive"}


def _device(rng: Rng, start: int, end: int, stage: int, names: Sequence[str]) -> Support:
    name, share = one_of(rng, names), between(rng, (0, 1))
    indication = one_of(rng, ("", "", "hypoxia"))
    if stage == 4:
        return Support(start, end, "ventilation", name, indication, fio2=round(0.4 + 0.5 * share, 2))
    flow = (
        round(1 + 5 * share)
        if stage == 2
        else round(7 + 43 * share if "high_flow" in name else 7 + 8 * share)
    )
    fio2 = round(0.3 + 0.5 * share, 2) if stage == 3 and name != "nasal_cannula" else None
    return Support(start, end, "oxygen", name, indication, flow_l_min=float(flow), fio2=fio2)


def apart_from_crs(
    rng: Rng,
    who: Person,
    begin: int,
    end: int,
    circulatory: Sequence[Span],
    respiratory: Sequence[Span],
    settings: Settings,
) -> list[Support]:
    """What must not grade: anaesthesia, oxygen for comfort, CPAP as at home; away from true signs."""
    out: list[Support] = []
    wants_pressor = happens(rng, settings.chance("procedure_pressor"))
    at = later(rng, begin, (1.2, 6))
    stop = later(rng, at, hours((0.5, 2)))
    if wants_pressor and stop < end and not _touches((at, stop), circulatory):
        out += pressor(
            rng, at, stop, "phenylephrine", one_of(rng, ("anaesthesia", "procedure", "anaphylaxis"))
        )
    wants_comfort = happens(rng, settings.chance("comfort_oxygen"))
    at = later(rng, begin, (1.2, 7))
    stop = later(rng, at, hours((4, 16)))
    if who.home_cpap:
        for night in range(begin // STEPS_PER_DAY, end // STEPS_PER_DAY):
            a, b = later(rng, night * STEPS_PER_DAY, hours((21.5, 22.5))), night * STEPS_PER_DAY + 500
            if a > begin and b < end and not _touches((a, b), respiratory):
                out.append(Support(a, b, "ventilation", "cpap", one_of(rng, ("", "", "home"))))
    elif wants_comfort and stop < end and not _touches((at, stop), respiratory):
        indication = one_of(rng, ("comfort", "comfort", "home"))
        out.append(Support(at, stop, "oxygen", "nasal_cannula", indication, flow_l_min=2.0))
    return out


def _joined(stages: Sequence[Stretch]) -> list[Span]:
    out: list[Span] = []
    for s in stages:
        if out and out[-1][1] == s.start:
            out[-1] = (out[-1][0], s.end)
        else:
            out.append((s.start, s.end))
    return out


def _touches(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] < b + 40 and a - 40 < span[1] for a, b in others)
