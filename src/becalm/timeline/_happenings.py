"""Events that change a history: attributions and findings of hypotension, dated exactly or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from becalm.timeline._worlds import (
    AXES,
    CRS,
    FOUND,
    NO_FINDING,
    OPEN,
    OTHER,
    RESOLVED,
    UNHELD,
    UNKNOWN,
    World,
)

DOSE = -1
"""In place of an axis: a dose of a drug that lifts the need for fever."""


class Happening(NamedTuple):
    """An attribution of an axis (index into AXES), with axis None a finding of hypotension, or a DOSE.

    It happens at `earliest` where that equals `latest`; otherwise at any time in [earliest, latest).
    again: outcomes that may follow each other in any order and number, for many contradicting events of
    one window.
    """

    earliest: int
    latest: int
    axis: int | None
    becomes: int
    again: tuple[int, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether the instant is known."""
        return self.earliest == self.latest


def happening(
    event: str, value: str | None, axis: str | None, cause: str | None, earliest: int, latest: int
) -> Happening:
    """One event of the record as a happening."""
    if event == "hypotension":
        return Happening(earliest, latest, None, RESOLVED if value == "resolved" else FOUND)
    if value == "resolved" or cause == "crs":
        becomes = CRS
    elif cause is None or cause == "unknown":
        becomes = UNKNOWN
    else:
        becomes = OTHER
    return Happening(earliest, latest, AXES.index(axis or "fever"), becomes)


def with_cause(world: World, axis: str, cause: int) -> World:
    """The world with an axis attributed to a cause."""
    if axis == "fever":
        return world._replace(fever_cause=cause)
    if axis == "hypotension":
        return world._replace(hypotension_cause=cause)
    return world._replace(hypoxia_cause=cause)


def apply(world: World, event: Happening) -> World:
    """The world after an event."""
    if event.axis is None:
        return world._replace(finding=event.becomes)
    if event.axis == DOSE:
        return world._replace(treated=True) if world.phase == OPEN else world
    return with_cause(world, AXES[event.axis], event.becomes)


def renewed(event: Happening) -> int:
    """The bit of the axis that an attribution renews."""
    return 0 if event.axis is None or event.axis == DOSE else 1 << event.axis


def new_pressure(world: World) -> World:
    """After a resolved finding the pressure is normal until the next pressure."""
    return world._replace(finding=NO_FINDING) if world.finding == RESOLVED else world


def new_reading(world: World) -> World:
    """A new temperature, or the end of one, frees what the last one turned out to be."""
    return world._replace(held=UNHELD)


def at_once(worlds: Iterable[tuple[World, int]], events: Sequence[Happening]) -> set[tuple[World, int]]:
    """Worlds after events of one instant: where two contradict, either may have been the last."""
    out = set(worlds)
    for axis in {event.axis for event in events}:
        mine = [event for event in events if event.axis == axis]
        out = {(apply(w, event), b | renewed(event)) for w, b in out for event in mine}
    return out


FEW = 3
"""Up to this many events of one window and axis are followed one by one; more may come in any order."""


def distinct(events: Sequence[Happening]) -> list[Happening]:
    """Events without copies that can change nothing, and many of one window as one.

    Of events alike in window, axis and outcome, as many as there are outcomes in that window are enough for
    every order that can be told apart.
    """
    out: list[Happening] = []
    for event in events:
        together = [
            e for e in events if (e.earliest, e.latest, e.axis) == (event.earliest, event.latest, event.axis)
        ]
        outcomes = tuple(sorted({e.becomes for e in together}))
        copies = sum(min(together.count(e), len(outcomes)) for e in set(together))
        if not event.dated and copies > FEW:
            event = event._replace(becomes=outcomes[0], again=outcomes)
            if event not in out:
                out.append(event)
        elif event.dated or out.count(event) < len(outcomes):
            out.append(event)
    return out


def dosed(worlds: set[World], floating: Sequence[Happening], at: int, until: int) -> set[World]:
    """Worlds as they pass the stretch (at, until): a dose of uncertain time may be given within it."""
    out = set(worlds)
    for i, event in enumerate(floating):
        if event.axis == DOSE and event.earliest < until and event.latest > at:
            waiting = [world for world in out if world.pending & (1 << i)]
            out |= {apply(world, event)._replace(pending=world.pending & ~(1 << i)) for world in waiting}
    return out


def orders(
    worlds: Iterable[tuple[World, int]], floating: Sequence[Happening], at: int, *, overdue: bool
) -> set[tuple[World, int]]:
    """Every way in which events of uncertain time may have happened by an instant.

    Args:
        worlds: pairs of a world and the bits of axes attributed anew at `at`.
        floating: events of uncertain time; bit i of `World.pending` says that i has not happened.
        at: the instant.
        overdue: only the events whose last possible time has come, which must have happened before `at`;
            otherwise those that may happen at `at`, or later.
    """
    due = {
        i: event
        for i, event in enumerate(floating)
        if (event.latest <= at if overdue else event.earliest <= at)
    }
    reached = set(worlds)
    todo = list(reached)
    while todo:
        world, bits = todo.pop()
        for i, event in due.items():
            # Of like events the first comes first: their order cannot be told.
            waiting = world.pending & (1 << i) and not any(
                world.pending & (1 << j) and due[j] == event for j in due if j < i
            )
            repeats = event.again and not overdue and at < event.latest
            if not waiting and not repeats:
                continue
            for outcome in event.again or (event.becomes,):
                after = apply(world, event._replace(becomes=outcome))
                after = after._replace(pending=after.pending & ~(1 << i))
                # What happened before this instant is not made anew at it.
                pair = (after, bits if overdue else bits | renewed(event))
                if pair not in reached:
                    reached.add(pair)
                    todo.append(pair)
    must = sum(1 << i for i in due) if overdue else 0
    return {(w, b) for w, b in reached if not w.pending & must}
