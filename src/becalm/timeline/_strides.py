"""How far histories pass along the record in one certain way, so that nothing has to be tried piece by piece.

In a piece that shows exactly one thing a history either stays as it is or has its clocks set by the piece.
A run of such pieces is passed at once, up to where a clock runs out, an event may come or the signs change.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

import numpy as np

from becalm.timeline._pieces import Track, signs
from becalm.timeline._walk import AT_END, AT_START, Answer, Leap, Stride
from becalm.timeline._worlds import (
    BEFORE,
    BOTH,
    NO,
    NONE,
    OPEN,
    RESOLVED,
    UNHELD,
    YES,
    Rules,
    Signs,
    World,
    blamed,
    hypotension,
)

FEW = 4
"""Fewer histories than this are never thinned out (two clocks have at most four extremes)."""


class Course(NamedTuple):
    """What certain pieces do to a history: whether they show a fever, and another sign that extends it."""

    fever: bool
    helped: bool


STILL = Course(False, False)


def certain(world: World, shown: Signs, rules: Rules) -> Course | None:
    """What pieces with these signs do to a history's clocks; None where they may do several things."""
    if world.held != UNHELD or world.finding == RESOLVED or shown.fever == BOTH:
        return None
    if world.phase == NONE:
        return STILL if shown.fever == NO else None
    if world.phase == BEFORE:
        return STILL if shown.fever == YES else None
    fever, low, air = shown.fever, hypotension(world, shown), shown.hypoxia
    if rules.attribution_used:
        fever = blamed(fever, world.fever_cause)
        low, air = blamed(low, world.hypotension_cause), blamed(air, world.hypoxia_cause)
    helped = NO
    if rules.signs_extend:
        helped = YES if YES in (low, air) else low | air
    if BOTH in (fever, helped):
        return None
    return Course(fever == YES, helped == YES)


def far(
    track: Track, rules: Rules, stop: int, worlds: frozenset[World], number: int, event: int
) -> Leap | None:
    """How far histories pass in one certain way before the piece `stop` (`_walk.Passage`)."""
    if all(world.phase == NONE and world.held == UNHELD and world.finding != RESOLVED for world in worlds):
        # Outside an episode only a fever matters.
        end = _before(track, number, track.fevers[bisect_left(track.fevers, number)], stop, event)
        return None if end <= number else (Stride(number, end, worlds), worlds)
    if track.alone[number]:
        return None
    end = min(track.changes[bisect_right(track.changes, number)], stop)
    start, shown = int(track.start[number]), signs(int(track.past[number]))
    moves = False
    limit = event_limit = int(track.end[end - 1])
    for world in worlds:
        course = certain(world, shown, rules)
        if course is None:
            return None
        if world.phase != OPEN:
            continue
        if start - world.last_sign >= rules.gap or not _doses_settled(world, shown, worlds):
            return None
        moves |= course != STILL
        if not course.fever:
            clock = world.last_fever + rules.resolution
            limit = min(limit, clock) if clock > start else limit
            limit = limit if course.helped else min(limit, world.last_sign + rules.gap)
        if (course.fever and not track.plain[number]) or (course.helped and not track.brief[number]):
            return None
    if moves and len(worlds) >= FEW:
        return None
    end = _before(track, number, end, stop, event)
    if limit < event_limit:
        end = number + int(np.searchsorted(track.end[number:end], limit, side="right"))
    if end <= number:
        return None
    stride = Stride(number, end, worlds)
    return stride, passed(track, rules, stride, end - 1) if moves else worlds


def rhythm(
    track: Track,
    rules: Rules,
    stop: int,
    before: frozenset[World] | None,
    worlds: frozenset[World],
    number: int,
    event: int,
) -> tuple[frozenset[World], Leap | None]:
    """How far the pattern that a piece leaves repeats itself after it, up to `stop` (`_walk.Rhythm`).

    Where a piece may do several things, as all do that nobody's record covers, the histories soon repeat: in
    each piece some keep their clocks and others have them set to its start or its end. Two pieces alike that
    leave the same pattern are followed by the same, until a clock runs out that no piece sets.
    """
    start, end = int(track.start[number]), int(track.end[number])
    pattern = frozenset(_relative(world, start, end) for world in worlds)
    following = number + 1
    last = min(track.changes[bisect_right(track.changes, number - 1)], stop)
    settled = before == pattern and last > following and not track.alone[number] and track.quick[number]
    shown = signs(int(track.past[number]))
    if not settled or shown.fever == BOTH or (shown.fever == YES and not track.fresh[number]):
        return pattern, None
    limit = int(track.end[last - 1])
    for world in pattern:
        if world.held != UNHELD or world.finding == RESOLVED:
            return pattern, None
        if world.phase == OPEN and world.last_sign >= 0:
            limit = min(limit, world.last_sign + rules.gap)
        if world.phase == OPEN and world.last_fever >= 0 and world.last_fever + rules.resolution > end:
            limit = min(limit, world.last_fever + rules.resolution)
    last = _before(track, following, last, stop, event)
    last = following + int(np.searchsorted(track.end[following:last], limit, side="right"))
    if last <= following:
        return pattern, None
    stride = Stride(following, last, pattern, steady=True)
    return pattern, (stride, passed(track, rules, stride, last - 1))


def _relative(world: World, start: int, end: int) -> World:
    """A history with the clocks that a piece has set as AT_START and AT_END."""
    return _reclocked(world, {start: AT_START, end: AT_END})


def _absolute(world: World, start: int, end: int) -> World:
    """A history as it leaves a piece of a rhythm."""
    return _reclocked(world, {AT_START: start, AT_END: end})


def _reclocked(world: World, known: dict[int, int]) -> World:
    """A history with some readings of its clocks exchanged for others."""
    if world.phase != OPEN:
        return world
    return world._replace(
        last_fever=known.get(world.last_fever, world.last_fever),
        last_sign=known.get(world.last_sign, world.last_sign),
        onset=known.get(world.onset, world.onset),
    )


def _doses_settled(world: World, shown: Signs, worlds: frozenset[World]) -> bool:
    """Whether a dose changes nothing: treated already, or both with and without it are followed."""
    if world.treated or shown.dose == NO:
        return True
    return shown.dose == BOTH and world._replace(treated=True) in worlds


def _before(track: Track, number: int, end: int, stop: int, event: int) -> int:
    """The number after the last piece of [number, end) that starts before an event."""
    end = min(end, stop)
    if end <= number or event > track.start[end - 1]:
        return end
    return number + int(np.searchsorted(track.start[number:end], event, side="left"))


def passed(track: Track, rules: Rules, stride: Stride, number: int) -> frozenset[World]:
    """The histories of a stride as they leave one of its pieces."""
    shown, reading, end = signs(int(track.past[number])), int(track.reading[number]), int(track.end[number])
    if stride.steady:
        return frozenset(_absolute(world, int(track.start[number]), end) for world in stride.worlds)
    out = set()
    for world in stride.worlds:
        course = certain(world, shown, rules) if world.phase == OPEN else STILL
        if course is not None and course.fever:
            world = world._replace(last_fever=reading, last_sign=max(world.last_sign, reading))
        if course is not None and course.helped:
            world = world._replace(last_sign=end)
        out.add(world)
    return frozenset(out)


def answer(track: Track, rules: Rules, stride: Stride, number: int) -> Answer:
    """The answer in one piece of a stride."""
    piece = track.piece(number)
    worlds = passed(track, rules, stride, number)
    return Answer(piece, piece.start, piece.end, piece.start + 1, frozenset((w, 0) for w in worlds))
