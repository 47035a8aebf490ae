"""One history that the record allows, and how it moves through a piece of time.

A fact that is not known takes both values, independently in every piece; a *world* is what remains of one
choice. Truth sets are two bits: NO (it may be false), YES (it may be true), and BOTH.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

NO, YES, BOTH = 1, 2, 3
BEFORE, NONE, OPEN = 0, 1, 2
"""Phases: a fever from before the infusion that has not stopped; no episode; an episode is open."""
CRS, OTHER, UNKNOWN = 0, 1, 2
"""What an axis is attributed to."""
NO_FINDING, FOUND, RESOLVED = 0, 1, 2
"""A clinician's finding of hypotension: none in force, in force, or resolved (the pressure is normal)."""
UNHELD, NO_FEVER, FEVER = 0, 1, 2
"""What a ranged temperature turned out to be in one history."""
AXES = ("fever", "hypotension", "hypoxia")


class World(NamedTuple):
    """The state of one history. Times are microseconds; -1 outside an episode.

    held: what the temperature in force turned out to be where it is a range (UNHELD, or whether it is
    fever): one reading has one value as long as it speaks. onset: begin of the episode, for explanation
    only (no rule reads it). pending: bits of the events dated
    by a whole day (or not at all) that have not happened yet.
    """

    phase: int = NONE
    treated: bool = False
    last_fever: int = -1
    last_sign: int = -1
    onset: int = -1
    finding: int = NO_FINDING
    fever_cause: int = CRS
    hypotension_cause: int = CRS
    hypoxia_cause: int = CRS
    held: int = UNHELD
    pending: int = 0


class Signs(NamedTuple):
    """Truth sets of what a piece of time shows, before findings and attributions.

    fever, low (low pressure), helped (a bolus or a vasopressor runs), hypoxia, dose (a drug of the classes
    that lift the need for fever is given or runs). one_value: the uncertainty of fever is that of one
    reading's value, the same as long as the reading speaks.
    """

    fever: int
    low: int
    helped: int
    hypoxia: int
    dose: int
    one_value: bool = False


class Rules(NamedTuple):
    """The policies that the episode needs. Times in microseconds."""

    gap: int
    gap_included: bool
    resolution: int
    onset_until: int
    signs_extend: bool
    end_ends_attribution: bool
    attribution_used: bool


def either(a: int, b: int) -> int:
    """The truth set of `a or b`."""
    return ((a | b) & YES) | (a & b & NO)


def blamed(truth: int, cause: int) -> int:
    """The truth set of a sign that is attributed to a cause: another cause takes it away."""
    if cause == CRS:
        return truth
    return NO if cause == OTHER else truth | NO


def hypotension(world: World, signs: Signs) -> int:
    """The truth set of hypotension, whatever its cause."""
    low = signs.low
    if world.finding == FOUND:
        low = YES
    elif world.finding == RESOLVED:
        low = NO
    return either(low, signs.helped)


def choices(truth: int) -> tuple[bool, ...]:
    """The values of a truth set."""
    return ((), (False,), (True,), (False, True))[truth]


class Moment(NamedTuple):
    """One choice of values in one world: what is shown and what follows."""

    world: World
    fever: bool
    hypotension: bool
    hypoxia: bool


def ended(world: World, renewed: int) -> World:
    """The world after its episode: attributions end with it, but for those made at this very instant."""
    return World(
        phase=NONE,
        finding=world.finding,
        fever_cause=world.fever_cause if renewed & 1 else CRS,
        hypotension_cause=world.hypotension_cause if renewed & 2 else CRS,
        hypoxia_cause=world.hypoxia_cause if renewed & 4 else CRS,
        held=world.held,
        pending=world.pending,
    )


def advance(
    world: World, signs: Signs, at: int, until: int, reading: int, rules: Rules, renewed: int = 0
) -> Iterator[Moment]:
    """Every way in which a world can pass the piece [at, until] (an instant where both are equal).

    Args:
        world: the world as the piece begins.
        signs: what the piece shows.
        at: begin of the piece.
        until: its end.
        reading: the time that counts as the last fever reading, if the piece shows fever.
        rules: policies.
        renewed: bits of the axes (1 fever, 2 hypotension, 4 hypoxia) attributed anew at `at`.
    """
    lows = hypotension(world, signs)
    lows = blamed(lows, world.hypotension_cause) if rules.attribution_used else lows
    airs = blamed(signs.hypoxia, world.hypoxia_cause) if rules.attribution_used else signs.hypoxia
    for hot, told in _fevers(world, signs):
        attributable = (
            blamed(YES if hot else NO, told.fever_cause) if rules.attribution_used else YES if hot else NO
        )
        for fever in choices(attributable):
            for low in choices(lows):
                for air in choices(airs):
                    shown = _Shown(hot, fever, low, air, at, until, reading)
                    yield from _pass(told, signs, shown, rules, renewed)


class _Shown(NamedTuple):
    """One choice of values in a piece: a temperature at the limit or above, and the attributable signs."""

    hot: bool
    fever: bool
    hypotension: bool
    hypoxia: bool
    at: int
    until: int
    reading: int


def _fevers(world: World, signs: Signs) -> Iterator[tuple[bool, World]]:
    """The values that the temperature may have, each with the world that remembers it."""
    if signs.fever == BOTH and signs.one_value:
        if world.held == UNHELD:
            yield False, world._replace(held=NO_FEVER)
            yield True, world._replace(held=FEVER)
        else:
            yield world.held == FEVER, world
    else:
        for hot in choices(signs.fever):
            yield hot, world


def _pass(world: World, signs: Signs, shown: _Shown, rules: Rules, renewed: int) -> Iterator[Moment]:
    """One world through one piece with one choice of values."""
    _, fever, low, air, at, until, reading = shown
    helped = rules.signs_extend and (low or air)
    sign = fever or helped
    if world.phase == OPEN:
        gap = at - world.last_sign
        if gap > rules.gap or (gap == rules.gap and not (sign and rules.gap_included)):
            after = ended(world, renewed if rules.end_ends_attribution else 7)
            yield from advance(after, signs, at, until, reading, rules, renewed)
            return
    if world.phase == BEFORE and not shown.hot:
        world = world._replace(phase=NONE)
    begins = world.phase == NONE and fever and at <= rules.onset_until
    if begins:
        world = world._replace(phase=OPEN, treated=False, last_fever=reading, last_sign=at, onset=at)
    if world.phase != OPEN:
        yield Moment(world, fever, low, air)
        return
    last_fever = reading if fever else world.last_fever
    last_sign = until if helped else max(world.last_sign, reading) if fever else world.last_sign
    # A fever that may come and go may also come late in the piece.
    comes_late = begins and signs.fever == BOTH and not signs.one_value
    for last in {last_sign, until} if comes_late else {last_sign}:
        for dose in (True,) if world.treated else choices(signs.dose):
            yield Moment(
                world._replace(treated=world.treated or dose, last_fever=last_fever, last_sign=last),
                fever,
                low,
                air,
            )
