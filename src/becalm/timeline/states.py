"""The states of every patient over time: what is the case, what may be, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY
from becalm.timeline import _day_doses, _death, _drugs
from becalm.timeline._answers import Answers, possible
from becalm.timeline._cases import SHOWN, grouped
from becalm.timeline._happenings import Happening, distinct, happening, with_cause
from becalm.timeline._horizon import record_ends
from becalm.timeline._knowledge import FOREVER, Knowledge, versions
from becalm.timeline._pieces import track
from becalm.timeline._segments import segments
from becalm.timeline._situations import Situation
from becalm.timeline._strides import far, rhythm
from becalm.timeline._walk import Answer, Stride, refined, walk
from becalm.timeline._worlds import (
    AXES,
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
CRS = "crs"
"""The cause of death that is CRS, as the vocabulary names it."""
__all__ = [
    "BOTH",
    "CRS",
    "CRS_CAUSE",
    "FOUND",
    "NO",
    "NO_FINDING",
    "OPEN",
    "OTHER_CAUSE",
    "RESOLVED",
    "SHOWN",
    "UNKNOWN_CAUSE",
    "YES",
    "Answer",
    "Signs",
    "States",
    "Walked",
    "World",
    "closed",
    "possible",
    "rules_of",
    "states",
    "walked",
    "with_cause",
]


@dataclass(frozen=True)
class States:
    """The course of a cohort as intervals and, for each, every situation that may be the case.

    intervals: interval u32 | patient_id | start i64 | end i64 | piece u32 | sources list (the answers
        behind it) | onset_lo | onset_hi (of an episode open by history) | fever_from_before bool (a fever of
        the infusion may not have stopped) | death_from_toxicity_lo | death_from_toxicity_hi | ended |
        dead bool | case u32: in order, without holes, from the infusion on. Each is the answer with the data
        up to its own start.
    possible: case | piece | death_from_toxicity_lo | death_from_toxicity_hi | the columns of `Situation`:
        one row for each distinct situation. Intervals of one case are alike in all that a grade rests on;
        `piece` is one that shows SHOWN as all of them do.
    pieces: piece | what the record shows (the columns of `segments`).
    readings: the readings behind the pieces (`Knowledge`).
    answers: the histories behind the intervals.
    spans: patient_id | begin | end | death | death_whole_day | death_cause | last_observation.
    settings: the policies in force.
    """

    intervals: pl.DataFrame
    possible: pl.DataFrame
    pieces: pl.DataFrame
    readings: pl.DataFrame
    answers: Answers
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


@dataclass(frozen=True)
class Walked:
    """The course of a cohort before death closes it; several causes of death can close the same.

    histories: patient_id | start | end | piece | source | onset_lo | onset_hi | fever_from_before, in order.
    The others as in `States`.
    """

    histories: pl.DataFrame
    pieces: pl.DataFrame
    readings: pl.DataFrame
    answers: Answers
    spans: pl.DataFrame
    settings: Settings


def walked(cohort: Cohort, settings: Settings, until: int | None = None, cause: str = CRS) -> Walked:
    """Walk along every patient's time (arguments as of `states`)."""
    spans = record_ends(cohort, settings, cause)
    if until is not None:
        spans = spans.with_columns(end=pl.max_horizontal("end", pl.lit(until + 1)))
    stretch = spans.select("patient_id", "begin", "end", "last_observation")
    knowledge = versions(cohort.patients, cohort.observations, settings)
    pieces = segments(cohort, knowledge, stretch, settings).with_row_index("piece")
    answers = _answers(cohort, knowledge, pieces, settings, rules_of(settings))
    histories = pl.DataFrame(
        {
            "patient_id": pieces["patient_id"].gather(answers.piece),
            "start": answers.start,
            "end": answers.end,
            "piece": pl.Series(answers.piece, dtype=pl.UInt32),
            **answers.histories().to_dict(),
        }
    ).with_row_index("source")
    return Walked(histories, pieces, knowledge.readings, answers, spans, settings)


def closed(course: Walked, cause: str = CRS) -> States:
    """A course closed by death; `cause` is the cause of death that is the toxicity."""
    intervals = _death.close(course.histories, course.pieces, course.spans, course.settings, cause)
    intervals, found = grouped(intervals, course.pieces, course.answers, course.settings)
    return States(
        intervals, found, course.pieces, course.readings, course.answers, course.spans, course.settings
    )


def states(
    cohort: Cohort, settings: Settings | None = None, until: int | None = None, cause: str = CRS
) -> States:
    """The states of every patient from infusion to the end of the record.

    Args:
        cohort: the record.
        settings: policies; the shipped defaults if not given.
        until: describe at least up to this instant (microseconds of the clock), past the end of a record.
        cause: the cause of death that is the toxicity; any other ends the record.

    Returns:
        States; a patient without any datum after infusion has no interval.
    """
    return closed(walked(cohort, settings or default_settings(), until, cause), cause)


def _answers(
    cohort: Cohort, knowledge: Knowledge, pieces: pl.DataFrame, settings: Settings, rules: Rules
) -> Answers:
    """Walk along every unit."""
    line = track(pieces, settings, rules)
    happenings = _happenings(cohort, settings)
    columns = cohort.patients.select("patient_id", "infusion", "infusion_known")
    known = {patient: (infusion, dated) for patient, infusion, dated in columns.iter_rows()}
    starts = knowledge.units["known_from"].to_list()
    firsts = line.first.tolist()
    owners = pieces.select(pl.col("patient_id", "unit").gather(firsts[:-1]))
    entries: list[Answer | Stride] = []
    begins: list[int] = []
    for first, last, (owner, unit) in zip(firsts, firsts[1:], owners.iter_rows(), strict=False):
        infusion, dated = known[owner]
        mine = happenings.get(owner, [])
        answer_from = starts[unit]
        walked = partial(
            walk,
            happenings=mine,
            rules=rules,
            infusion=infusion,
            instant=settings.hours("instant_seconds"),
            answer_from=answer_from,
            order_unknown=settings.flag("whole_day_order_unknown") and dated,
            fever_is_old=settings.flag("fever_at_infusion_is_no_onset"),
        )
        if mine and (not all(h.dated for h in mine) or line.doubtful[first:last].any()):
            fine = refined(line.pieces(first, last), mine, rules)
            found = walked(fine.__getitem__, range(len(fine)))
        else:
            # What may come after an event depends on the events to come, which no pattern shows.
            steady = None if mine else partial(rhythm, line, rules, last)
            found = walked(
                line.piece, range(first, last), passage=partial(far, line, rules, last), rhythm=steady
            )
        for entry in found:
            if isinstance(entry, Stride) and answer_from > line.start[entry.first]:
                over = int(np.searchsorted(line.end[entry.first : entry.last], answer_from, side="right"))
                entry = entry._replace(first=entry.first + over)
                if entry.first == entry.last:
                    continue
            entries.append(entry)
            begins.append(answer_from)
    return Answers(line, rules, entries, begins)


def _happenings(cohort: Cohort, settings: Settings) -> dict[str, list[Happening]]:
    """Attributions, findings and doses of uncertain time by patient; one of a day lies anywhere in it."""
    names = ["attribution"] if settings.flag("attribution_used") else []
    if settings.flag("finding_is_hypotension"):
        names.append("hypotension")
    out = _day_doses.happenings(_drugs.waiving_doses(_drugs.running(cohort.exposures, settings), settings))
    ours = pl.col("axis").is_null() | pl.col("axis").is_in(AXES)
    rows = cohort.events.filter(pl.col("event").is_in(names), ours).sort("patient_id", "time", "row")
    for row in rows.iter_rows(named=True):
        time = row["time"]
        earliest, latest = (-FOREVER, FOREVER) if time is None else (time, time)
        if time is not None and row["whole_day"] and settings.flag("whole_day_order_unknown"):
            latest = time + DAY
        out.setdefault(row["patient_id"], []).append(
            happening(row["event"], row["value"], row["axis"], row["cause"], earliest, latest)
        )
    return {owner: distinct(events) for owner, events in out.items()}
