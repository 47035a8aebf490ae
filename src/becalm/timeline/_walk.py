"""The walk along one patient's time with every history that the record allows.

At each cut: exact events, then events of uncertain time, then the instant, then the open piece after it.
Histories are carried with the past as recorded; the answer at an instant adds what is unknown at present.
A piece is cut again where a history's own clock runs out (24 hours after its last sign or fever reading),
so that an answer holds throughout its piece. Pieces that every history passes in one certain way are passed
together (`_strides`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from becalm.timeline._happenings import Happening, at_once, dosed, new_pressure, new_reading, orders
from becalm.timeline._knowledge import FOREVER
from becalm.timeline._worlds import BEFORE, NO, OPEN, YES, Rules, Signs, World, advance, either


class Piece(NamedTuple):
    """A stretch [start, end) of one unit in which the record says one thing.

    row: its place in the frame of segments. past and present: what it shows as history and as the present;
    dose: truth set of a dose given at `start`. reading: time of the temperature in force (-1: none); until:
    to when it counts as that reading; whole_day: it is dated by a day. new_pressure: a pressure begins to
    speak at `start`. at_reading: truth set of fever at the instant `start`, where a temperature is read then.
    """

    row: int
    start: int
    end: int
    past: Signs
    present: Signs
    dose: int
    reading: int
    until: int
    whole_day: bool
    new_pressure: bool
    at_reading: int


class Answer(NamedTuple):
    """The histories that may be the case in [start, end), judged at `at`; `piece` says what is shown.

    worlds: pairs of a world and the bits of axes attributed anew at that very instant.
    """

    piece: Piece
    start: int
    end: int
    at: int
    worlds: frozenset[tuple[World, int]]


def refined(pieces: Sequence[Piece], happenings: Sequence[Happening], rules: Rules) -> list[Piece]:
    """Pieces cut more finely, where the order of things is uncertain.

    Where attributions exist and the past is uncertain, the last sign may fall so that an episode ends
    between two attributions: every cut is repeated one gap earlier and later, and each piece is halved.
    """
    starts = {piece.start for piece in pieces} | {t for h in happenings for t in (h.earliest, h.latest)}
    edges = sorted(starts | {t + rules.gap for t in starts} | {t - rules.gap for t in starts})
    ordered = sorted({rules.onset_until, *edges, *((a + b) // 2 for a, b in pairwise(edges))})
    out = []
    for piece in pieces:
        inside = ordered[bisect_right(ordered, piece.start) :]
        begin = piece
        for cut in inside:
            if cut >= piece.end:
                break
            out.append(begin._replace(end=cut))
            begin = piece._replace(start=cut, dose=NO, new_pressure=False, at_reading=piece.past.fever)
        out.append(begin)
    return out


def _beginning(
    first: Piece, pending: int, infusion: int, order_unknown: bool, fever_is_old: bool
) -> set[World]:
    """The worlds at the infusion.

    A fever recorded at or before it is no onset until it has stopped once; a whole-day value of the day of
    an infusion whose hour is known may have been read before or after it.
    """
    truth = first.past.fever
    blank = World(pending=pending)
    worlds = set()
    if truth & YES and fever_is_old:
        worlds.add(blank._replace(phase=BEFORE))
        if order_unknown and first.whole_day and first.reading < infusion:
            worlds.add(blank)
    if truth & NO or not fever_is_old:
        worlds.add(blank)
    return worlds


def reading_time(piece: Piece, at: int, until: int) -> int:
    """The time that counts as the last fever reading in the stretch [at, until] of a piece."""
    if piece.reading >= 0 and at < piece.until and until <= piece.until:
        return piece.reading
    return until


def _pruned(worlds: set[World], marks: Sequence[int], rules: Rules) -> set[World]:
    """Of worlds alike but for their clocks, the extremes.

    An episode's end matters to an answer only by being past or not, and to an attribution by ending it. So
    worlds alike in everything else, whose episodes would end between the same two attributions, are
    represented by the earliest and the latest of each clock.
    """
    if len(worlds) < 4:  # two clocks have at most four extremes
        return worlds
    groups: dict[tuple[World, int], list[World]] = {}
    for world in worlds:
        ends = bisect_right(marks, world.last_sign + rules.gap) if marks and world.phase == OPEN else 0
        groups.setdefault((world._replace(last_fever=-1, last_sign=-1, onset=-1), ends), []).append(world)
    kept = set()
    for group in groups.values():
        kept.add(min(group, key=lambda w: (w.last_sign, w.last_fever, w.onset)))
        kept.add(max(group, key=lambda w: (w.last_sign, w.last_fever, w.onset)))
        kept.add(min(group, key=lambda w: (w.last_fever, w.last_sign, w.onset)))
        kept.add(max(group, key=lambda w: (w.last_fever, w.last_sign, w.onset)))
    return kept


def _next_clock(worlds: Iterable[World], at: int, limit: int, rules: Rules) -> int:
    """The first time after `at` at which a history's clock runs out."""
    for world in worlds:
        if world.phase == OPEN:
            for clock in (world.last_sign + rules.gap, world.last_fever + rules.resolution):
                if at < clock < limit:
                    limit = clock
    return limit


class Stride(NamedTuple):
    """Pieces [first, last) that every history passes in one certain way: one answer in each.

    worlds: the histories as they enter the first. steady: they are those of each of its pieces, a clock that
    a piece sets written as AT_START or AT_END of it.
    """

    first: int
    last: int
    worlds: frozenset[World]
    steady: bool = False


AT_START, AT_END = -2, -3
Leap = tuple[Stride, frozenset[World]]
"""A stride, and the histories as they leave its last piece."""
Passage = Callable[[frozenset[World], int, int], Leap | None]
"""From the histories that enter a piece, its number and the time of the next event: how far they pass in one
certain way; None where not even through that piece."""
Rhythm = Callable[[frozenset[World] | None, frozenset[World], int, int], tuple[frozenset[World], Leap | None]]
"""From the pattern left by the piece before, the histories that leave a piece, its number and the time of
the next event: their pattern, and how far it repeats itself after the piece."""


def walk(
    pieces: Callable[[int], Piece],
    numbers: range,
    happenings: Sequence[Happening],
    rules: Rules,
    infusion: int,
    *,
    instant: int,
    answer_from: int,
    passage: Passage | None = None,
    rhythm: Rhythm | None = None,
    order_unknown: bool = True,
    fever_is_old: bool = True,
) -> Iterator[Answer | Stride]:
    """Walk along the pieces and answer for each.

    Args:
        pieces: a piece by its number; in order, without holes, `refined`; the first starts at the infusion.
        numbers: the numbers of the pieces.
        happenings: attributions and findings.
        rules: policies of the episode.
        infusion: the instant of infusion.
        instant: length in which an answer that holds at one instant only is shown.
        answer_from: answers before this instant are left out, but for those of strides.
        passage: how far histories pass in one certain way; without it every piece is looked at. Not for
            events of uncertain time.
        rhythm: how far a pattern repeats itself, likewise.
        order_unknown: whether the order of things within a day is unknown.
        fever_is_old: whether a fever at infusion must stop once.

    Yields:
        Answers in order, without holes, from `max(answer_from, start of the first piece)` on; a stride
        stands for one answer in each of its pieces.
    """
    floating = [h for h in happenings if not h.dated]
    exact = sorted((h for h in happenings if h.dated), key=lambda h: h.earliest)
    marks = sorted({t for h in happenings for t in (h.earliest, h.latest)})
    coming, number, first = 0, numbers.start, pieces(numbers.start)
    worlds = _beginning(first, (1 << len(floating)) - 1, infusion, order_unknown, fever_is_old)
    spoke = first.reading
    pattern: frozenset[World] | None = None
    while number < numbers.stop:
        event = exact[coming].earliest if coming < len(exact) else FOREVER
        leap = passage(frozenset(worlds), number, event) if passage is not None else None
        if leap is not None:
            yield leap[0]
            number, worlds, pattern = leap[0].last, set(leap[1]), None
            continue
        piece = pieces(number)
        at, number = piece.start, number + 1
        if piece.reading != spoke:
            worlds, spoke = {new_reading(w) for w in worlds}, piece.reading
        pairs = orders({(w, 0) for w in worlds}, floating, at, overdue=True)
        if piece.new_pressure:
            pairs = {(new_pressure(w), b) for w, b in pairs}
        while coming < len(exact) and exact[coming].earliest <= at:
            together = [h for h in exact[coming:] if h.earliest == exact[coming].earliest]
            pairs = at_once(pairs, together)
            coming += len(together)
        pairs = orders(pairs, floating, at, overdue=False)
        worlds = yield from _through(piece, pairs, marks, floating, rules, instant, answer_from)
        if rhythm is not None:
            event = exact[coming].earliest if coming < len(exact) else FOREVER
            pattern, leap = rhythm(pattern, frozenset(worlds), number - 1, event)
            if leap is not None:
                yield leap[0]
                number, worlds = leap[0].last, set(leap[1])


def _through(
    piece: Piece,
    pairs: set[tuple[World, int]],
    marks: Sequence[int],
    floating: Sequence[Happening],
    rules: Rules,
    instant: int,
    answer_from: int,
) -> Generator[Answer, None, set[World]]:
    """Answer for one piece, cut where a history's clock runs out; returns the worlds after it."""
    at, dose, hot = piece.start, piece.dose, piece.at_reading
    worlds: set[World] = set()
    while at < piece.end:
        here = piece.past._replace(dose=either(piece.past.dose, dose), fever=hot)
        shown = piece._replace(present=piece.present._replace(dose=here.dose))
        if hot != piece.past.fever:
            shown = shown._replace(present=shown.present._replace(fever=hot))
        edge = at == rules.onset_until or hot != piece.past.fever
        edge = edge or any(w.phase == OPEN and at - w.last_sign == rules.gap for w, _ in pairs)
        reading = reading_time(piece, at, at)
        after = {m.world for w, b in pairs for m in advance(w, here, at, at, reading, rules, b)}
        after = _pruned(after, marks, rules)
        until = _next_clock(after, at, piece.end, rules)
        reading = reading_time(piece, at, until)
        worlds = {m.world for w in after for m in advance(w, piece.past, at + 1, until, reading, rules)}
        worlds = dosed(worlds, floating, at, until)
        worlds = _pruned(worlds, marks, rules)
        begin = max(at, answer_from)
        if edge and begin == at:
            split = min(at + instant, until)
            yield Answer(shown, at, split, at, frozenset(pairs))
            begin = split
        if begin < until:
            yield Answer(piece, begin, until, at + 1, frozenset((w, 0) for w in worlds))
        at, dose, hot = until, NO, piece.past.fever
        pairs = {(w, 0) for w in worlds}
    return worlds
