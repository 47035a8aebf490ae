"""The answers of a walk, one for each interval of time, without an object for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np
import polars as pl

from becalm.timeline._pieces import Array, Track
from becalm.timeline._situations import Situation, situations
from becalm.timeline._strides import answer
from becalm.timeline._walk import AT_START, Answer, Stride, reading_time
from becalm.timeline._worlds import BEFORE, OPEN, Rules, Signs, World

SITUATION_SCHEMA: dict[str, type[pl.DataType]] = {
    name: pl.Boolean if n < 6 else pl.Int8 for n, name in enumerate(Situation._fields)
}
_CODES = 1 << 16
"""More than there are signs as a number."""


class Answers(Sequence[Answer]):
    """Every answer in order; those of a stride are made when they are asked for.

    piece, start, end: arrays, one element an answer. entry: the place of its answer or stride in `entries`.
    """

    def __init__(
        self, track: Track, rules: Rules, entries: Sequence[Answer | Stride], begins: Sequence[int]
    ) -> None:
        self.track, self.rules, self.entries = track, rules, entries
        counts = np.array([e.last - e.first if isinstance(e, Stride) else 1 for e in entries], dtype=np.int64)
        firsts = [e.first if isinstance(e, Stride) else e.piece.row for e in entries]
        self.offsets = np.concatenate(([0], np.cumsum(counts)))
        self.entry = np.repeat(np.arange(len(counts)), counts)
        shift = np.array(firsts, dtype=np.int64) - self.offsets[:-1]
        self.piece = np.arange(self.offsets[-1]) + shift[self.entry]
        self.start, self.end = track.start[self.piece].copy(), track.end[self.piece].copy()
        single = [(n, e.start, e.end) for n, e in enumerate(entries) if isinstance(e, Answer)]
        numbers, starts, ends = np.array(single, dtype=np.int64).reshape(-1, 3).T
        places = self.offsets[numbers]
        self.start[places], self.end[places] = starts, ends
        opening = self.offsets[:-1]
        self.start[opening] = np.maximum(self.start[opening], np.array(begins, dtype=np.int64))

    def __len__(self) -> int:
        return int(self.offsets[-1])

    @overload
    def __getitem__(self, number: int) -> Answer: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Answer]: ...
    def __getitem__(self, number: int | slice) -> Answer | Sequence[Answer]:
        if isinstance(number, slice):
            return [self[n] for n in range(*number.indices(len(self)))]
        entry = self.entries[int(self.entry[number])]
        if isinstance(entry, Stride):
            return answer(self.track, self.rules, entry, int(self.piece[number]))
        return entry

    def histories(self) -> pl.DataFrame:
        """onset_lo | onset_hi (of an episode open by history) | fever_from_before, one row an answer."""
        found: list[tuple[int | None, int | None, bool]] = []
        for entry in self.entries:
            worlds = _worlds(entry)
            # An onset at the start of each piece (AT_START, below all times) is later than all others.
            onsets = sorted(world.onset for world in worlds if world.phase == OPEN)
            first = next((onset for onset in onsets if onset >= 0), onsets[0] if onsets else None)
            last = onsets[0] if onsets and onsets[0] < 0 else onsets[-1] if onsets else None
            found.append((first, last, any(world.phase == BEFORE for world in worlds)))
        schema = {"onset_lo": pl.Int64, "onset_hi": pl.Int64, "fever_from_before": pl.Boolean}
        starts = pl.Series(self.track.start[self.piece])
        return pl.DataFrame(found, schema=schema, orient="row")[self.entry].with_columns(
            pl.when(pl.col(name) == AT_START).then(pl.lit(starts)).otherwise(name).alias(name)
            for name in ("onset_lo", "onset_hi")
        )

    def cases(self) -> tuple[Array, list[frozenset[Situation]]]:
        """For each answer the number of its set of situations, and the sets."""
        key = self.entry * _CODES + self.track.present[self.piece]
        runs = np.flatnonzero(np.diff(key, prepend=-1))
        numbers: dict[frozenset[Situation], int] = {}
        known: dict[int, int] = {}
        alike: dict[tuple[Any, ...], int] = {}
        for place, name in zip(runs.tolist(), key[runs].tolist(), strict=True):
            if name not in known:
                here = self[place]
                same = _likeness(here, self.rules)
                if same not in alike:
                    found = frozenset(situations(here, here.piece.present, self.rules))
                    alike[same] = numbers.setdefault(found, len(numbers))
                known[name] = alike[same]
        of_runs = np.array([known[name] for name in key[runs].tolist()], dtype=np.int64)
        return np.repeat(of_runs, np.diff(runs, append=len(key))), list(numbers)


def _likeness(here: Answer, rules: Rules) -> tuple[Any, ...]:
    """All that the situations of an answer depend on: of each clock only whether it has run out."""
    at = here.at
    if all(world.phase != OPEN for world, _ in here.worlds):
        worlds = here.worlds
    else:
        worlds = frozenset(
            (
                world._replace(
                    onset=-1,
                    last_fever=int(at - world.last_fever < rules.resolution),
                    last_sign=(at - world.last_sign > rules.gap) - (at - world.last_sign < rules.gap),
                ),
                bits,
            )
            for world, bits in here.worlds
        )
    fresh = at - reading_time(here.piece, at, at) < rules.resolution
    return worlds, here.piece.present, at <= rules.onset_until, fresh


def _worlds(entry: Answer | Stride) -> Iterable[World]:
    """The histories of an answer or stride."""
    return entry.worlds if isinstance(entry, Stride) else [world for world, _ in entry.worlds]


def situation_frame(name: str, found: Iterable[tuple[int, Iterable[Situation]]]) -> pl.DataFrame:
    """Numbered situations as a frame: `name` u32 | the columns of `Situation`, sorted within a number."""
    rows = [(number, *one) for number, many in found for one in sorted(many)]
    return pl.DataFrame(rows, schema={name: pl.UInt32, **SITUATION_SCHEMA}, orient="row")


def possible(answers: Sequence[Answer], rules: Rules, presents: Iterable[tuple[int, Signs]]) -> pl.DataFrame:
    """Every situation of the given answers.

    Args:
        answers: all answers, by interval.
        rules: policies of the episode.
        presents: pairs of an interval and what its present may show.

    Returns:
        interval | the columns of `Situation`.
    """
    found = ((number, situations(answers[number], present, rules)) for number, present in presents)
    return situation_frame("interval", found)
