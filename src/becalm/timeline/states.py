"""The states of every patient over time: what is the case, what may be, and what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY
from becalm.timeline import _death
from becalm.timeline._happenings import Happening, distinct, happening, with_cause
from becalm.timeline._horizon import record_ends
from becalm.timeline._knowledge import FOREVER, versions
from becalm.timeline._pieces import by_unit
from becalm.timeline._segments import segments
from becalm.timeline._walk import Answer, Situation, refined, situations, walk
from becalm.timeline._worlds import (
    BEFORE,
    BOTH,
    FOUND,
    NO,
    NO_FINDING,
    OPEN,
    RESOLVED,
    YES,
    Rules,
    Signs,
    World,
)
from becalm.timeline._worlds import CRS as CRS_CAUSE
from becalm.timeline._worlds import OTHER as OTHER_CAUSE
from becalm.timeline._worlds import UNKNOWN as UNKNOWN_CAUSE
from becalm.timeline.settings import Settings, default_settings

SITUATION_COLUMNS = (*Situation._fields,)
__all__ = [
    "BOTH",
    "CRS_CAUSE",
    "FOUND",
    "NO",
    "NO_FINDING",
    "OPEN",
    "OTHER_CAUSE",
    "RESOLVED",
    "UNKNOWN_CAUSE",
    "YES",
    "Answer",
    "Signs",
    "States",
    "World",
    "possible",
    "rules_of",
    "states",
    "with_cause",
]


@dataclass(frozen=True)
class States:
    """The course of a cohort as intervals and, for each, every situation that may be the case.

    intervals: interval u32 | patient_id | start i64 | end i64 | piece u32 | sources list (the answers
        behind it) | onset_lo | onset_hi (of an episode open by history) | fever_from_before bool (a fever of
        the infusion may not have stopped) | death_from_crs_lo | death_from_crs_hi | ended | dead bool: in
        order, without holes, from the infusion on. Each is the answer with the data up to its own start.
    possible: interval | piece | the columns of `Situation`: one row for each distinct situation, with the
        piece of the record that it belongs to.
    pieces: piece | what the record shows (the columns of `segments`).
    answers: the histories behind the intervals.
    spans: patient_id | begin | end | death | death_whole_day | death_cause | last_observation.
    settings: the policies in force.
    """

    intervals: pl.DataFrame
    possible: pl.DataFrame
    pieces: pl.DataFrame
    answers: Sequence[Answer]
    spans: pl.DataFrame
    settings: Settings


def rules_of(settings: Settings) -> Rules:
    """The policies of the episode, with times in microseconds."""
    return Rules(
        gap=settings.hours("episode_gap_hours"),
        gap_included=settings.flag("episode_gap_included"),
        resolution=settings.hours("resolution_hours"),
        onset_until=round(settings.number("onset_until_day") * DAY),
        signs_extend=settings.flag("signs_extend_episode"),
        end_ends_attribution=settings.flag("episode_end_ends_attribution"),
        attribution_used=settings.flag("attribution_used"),
    )


def states(cohort: Cohort, settings: Settings | None = None, until: int | None = None) -> States:
    """The states of every patient from infusion to the end of the record.

    Args:
        cohort: the record.
        settings: policies; the shipped defaults if not given.
        until: describe at least up to this instant (microseconds of the clock), past the end of a record.

    Returns:
        States; a patient without any datum after infusion has no interval.
    """
    settings = settings or default_settings()
    spans = record_ends(cohort, settings)
    if until is not None:
        spans = spans.with_columns(end=pl.max_horizontal("end", pl.lit(until + 1)))
    stretch = spans.select("patient_id", "begin", "end", "last_observation")
    knowledge = versions(cohort.patients, cohort.observations, settings)
    pieces = segments(cohort, knowledge, stretch, settings).with_row_index("piece")
    happenings = _happenings(cohort.events, settings)
    known = {row["patient_id"]: row for row in cohort.patients.iter_rows(named=True)}
    starts = knowledge.units["known_from"].to_list()
    rules = rules_of(settings)
    answers: list[Answer] = []
    owners: list[str] = []
    for unit, patient_id, own in by_unit(pieces, settings):
        patient = known[patient_id]
        mine = happenings.get(patient_id, [])
        for answer in walk(
            refined(own, mine, rules),
            mine,
            rules,
            patient["infusion"],
            instant=settings.hours("instant_seconds"),
            answer_from=starts[unit],
            order_unknown=settings.flag("whole_day_order_unknown") and patient["infusion_known"],
            fever_is_old=settings.flag("fever_at_infusion_is_no_onset"),
        ):
            answers.append(answer)
            owners.append(patient_id)
    times = ("start", "end", "onset_lo", "onset_hi")
    intervals = pl.DataFrame(
        {
            "patient_id": owners,
            "start": [a.start for a in answers],
            "end": [a.end for a in answers],
            "piece": [a.piece.row for a in answers],
            "onset_lo": [min(_onsets(a), default=None) for a in answers],
            "onset_hi": [max(_onsets(a), default=None) for a in answers],
            "fever_from_before": [any(w.phase == BEFORE for w, _ in a.worlds) for a in answers],
        },
        schema={
            "patient_id": pl.String,
            "piece": pl.UInt32,
            **dict.fromkeys(times, pl.Int64),
            "fever_from_before": pl.Boolean,
        },
    ).with_row_index("source")
    intervals = _death.close(intervals, pieces, spans, settings)
    sources = intervals.select("interval", source="sources").explode("source")
    pieces_of = pl.Series([a.piece.row for a in answers], dtype=pl.UInt32).alias("piece").to_frame()
    situations_of = possible(answers, rules).rename({"interval": "source"})
    all_possible = sources.join(situations_of, on="source", how="inner", maintain_order="left").join(
        pieces_of.with_row_index("source"), on="source", maintain_order="left"
    )
    columns = ["interval", "piece", *SITUATION_COLUMNS]
    return States(
        intervals, all_possible.select(columns).unique(maintain_order=True), pieces, answers, spans, settings
    )


def possible(
    answers: Sequence[Answer], rules: Rules, presents: Iterable[tuple[int, Signs]] | None = None
) -> pl.DataFrame:
    """Every situation of the given answers.

    Args:
        answers: all answers, by interval.
        rules: policies of the episode.
        presents: pairs of an interval and what its present may show; by default what the record says.

    Returns:
        interval | the columns of `Situation`.
    """
    if presents is None:
        presents = ((i, a.piece.present) for i, a in enumerate(answers))
    ids: list[int] = []
    rows: list[Situation] = []
    for interval, present in presents:
        found = sorted(situations(answers[interval], present, rules))
        ids.extend([interval] * len(found))
        rows.extend(found)
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in SITUATION_COLUMNS]
    kinds = [pl.Boolean] * 6 + [pl.Int8] * 4
    frame = pl.DataFrame(
        {name: list(column) for name, column in zip(SITUATION_COLUMNS, columns, strict=True)},
        schema=dict(zip(SITUATION_COLUMNS, kinds, strict=True)),
    )
    return frame.with_columns(interval=pl.Series(ids, dtype=pl.UInt32))


def _onsets(answer: Answer) -> list[int]:
    """The onsets of the episodes that may be open by history."""
    return [world.onset for world, _ in answer.worlds if world.phase == OPEN]


def _happenings(events: pl.DataFrame, settings: Settings) -> dict[str, list[Happening]]:
    """Attributions and findings by patient; an event dated by a day lies anywhere in it."""
    names = ["attribution"] if settings.flag("attribution_used") else []
    if settings.flag("finding_is_hypotension"):
        names.append("hypotension")
    out: dict[str, list[Happening]] = {}
    rows = events.filter(pl.col("event").is_in(names)).sort("patient_id", "time", "row")
    for row in rows.iter_rows(named=True):
        time = row["time"]
        earliest, latest = (-FOREVER, FOREVER) if time is None else (time, time)
        if time is not None and row["whole_day"] and settings.flag("whole_day_order_unknown"):
            latest = time + DAY
        out.setdefault(row["patient_id"], []).append(
            happening(row["event"], row["value"], row["axis"], row["cause"], earliest, latest)
        )
    return {owner: distinct(events) for owner, events in out.items()}
