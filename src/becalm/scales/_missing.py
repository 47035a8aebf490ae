"""What would settle a range: each thing that is not known is tried both ways.

A thing matters if knowing it, with all else as it is, would narrow the range. The list is in the order of
what is cheapest to find out: a thermometer before a chart review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from becalm.scales._facts import PIECE_COLUMNS, PIECE_SCHEMA
from becalm.scales._levels import grade_ranges
from becalm.scales.edition import Scale
from becalm.timeline import Settings
from becalm.timeline.states import (
    BOTH,
    CRS_CAUSE,
    NO,
    OTHER_CAUSE,
    UNKNOWN_CAUSE,
    YES,
    Answer,
    Signs,
    World,
    possible,
    rules_of,
    with_cause,
)

Row = Mapping[str, Any]


class Trial(NamedTuple):
    """One thing known one way: the present signs, the histories left, and changed columns of the piece."""

    what: str
    present: Signs
    answer: Answer
    changes: dict[str, Any]


def _hypoxia(row: Row, saturation: int, support_hi: int) -> int:
    """The truth set of hypoxia given one of a low saturation."""
    if row["support_lo"] > 0:
        return YES
    return saturation | (YES if support_hi > 0 else 0)


def _helped(row: Row, lowest: int, highest: int) -> int:
    """The truth set of a bolus or vasopressor."""
    may = row["bolus_hi"] or highest > 0
    must = row["bolus_lo"] or lowest > 0
    return (YES if may else 0) | (0 if must else NO)


def _saturation(row: Row, settings: Settings) -> int:
    """The truth set of a low saturation as it is."""
    limit = settings.number("spo2_limit")
    if row["spo2_lo"] is None:
        return BOTH if settings.flag("gap_is_unknown_now") else NO
    return (YES if row["spo2_lo"] < limit else 0) | (NO if row["spo2_hi"] >= limit else 0)


def _trials(row: Row, answer: Answer, settings: Settings) -> Iterator[Trial]:
    """Everything that is not known at an interval, tried each way."""
    now = answer.piece.present
    limit = settings.number("spo2_limit")
    if now.fever == BOTH:
        for truth in (NO, YES):
            yield Trial("temperature", now._replace(fever=truth), answer, {})
    if now.low == BOTH:
        for truth in (NO, YES):
            changes: dict[str, Any] = {"pressure_gap": False, "low_hi": truth == YES}
            yield Trial("blood pressure", now._replace(low=truth), answer, changes)
    if _saturation(row, settings) == BOTH:
        for truth in (NO, YES):
            changes = {"spo2_lo": limit if truth == NO else limit - 1}
            air = _hypoxia(row, truth, row["support_hi"])
            yield Trial("SpO2", now._replace(hypoxia=air), answer, changes)
    lowest, highest = row["vasopressors_lo"], row["vasopressors_known_hi"]
    if not row["covered_vasopressor"]:
        changes = {"vasopressors_hi": highest, "vasopressors_all_hi": row["vasopressors_all_known_hi"]}
        yield Trial("vasopressor record", now._replace(helped=_helped(row, lowest, highest)), answer, changes)
    if lowest < highest:
        for end, count in (("lo", lowest), ("hi", highest)):
            total = row["vasopressors_all_lo" if end == "lo" else "vasopressors_all_known_hi"]
            changes = {"vasopressors_lo": count, "vasopressors_all_lo": total}
            changes |= {"vasopressors_hi": count, "vasopressors_all_hi": total}
            if row["covered_vasopressor"]:
                signs = now._replace(helped=_helped(row, count, count))
                yield Trial("whether the vasopressor still runs", signs, answer, changes)
    yield from _oxygen_trials(row, answer, settings)
    yield from _history_trials(answer)


def _oxygen_trials(row: Row, answer: Answer, settings: Settings) -> Iterator[Trial]:
    """Oxygen: not covered, its end not known, or a plain cannula without a flow."""
    now, saturation = answer.piece.present, _saturation(row, settings)
    if row["oxygen_hidden"]:
        known = row["support_known_hi"]
        yield Trial(
            "oxygen record",
            now._replace(hypoxia=_hypoxia(row, saturation, known)),
            answer,
            {"support_hi": known},
        )
    elif row["support_lo"] < row["support_hi"]:
        what = "whether the oxygen still runs" if row["stale"] else "oxygen flow or device"
        for level in (row["support_lo"], row["support_hi"]):
            tried = {**row, "support_lo": level}
            yield Trial(
                what,
                now._replace(hypoxia=_hypoxia(tried, saturation, level)),
                answer,
                {"support_lo": level, "support_hi": level},
            )


def _history_trials(answer: Answer) -> Iterator[Trial]:
    """Histories: treatment, what a sign is attributed to, the order of events, the course before."""
    now, worlds = answer.piece.present, answer.worlds

    def split(what: str, field: str) -> Iterator[Trial]:
        """Each value of a field that differs between histories."""
        values = sorted({getattr(w, field) for w, _ in worlds})
        for value in values if len(values) > 1 else ():
            left = frozenset((w, b) for w, b in worlds if getattr(w, field) == value)
            yield Trial(what, now, answer._replace(worlds=left), {})

    if now.dose == BOTH:
        for truth, given in ((NO, False), (YES, True)):
            left = frozenset((w, b) for w, b in worlds if w.treated is given) or worlds
            yield Trial("treatment record", now._replace(dose=truth), answer._replace(worlds=left), {})
    else:
        yield from split("treatment record", "treated")
    for axis in ("fever", "hypotension", "hypoxia"):
        if any(_cause(w, axis) == UNKNOWN_CAUSE for w, _ in worlds):
            for cause in (CRS_CAUSE, OTHER_CAUSE):
                known = frozenset(
                    (with_cause(w, axis, cause) if _cause(w, axis) == UNKNOWN_CAUSE else w, b)
                    for w, b in worlds
                )
                yield Trial(f"the cause of the {axis}", now, answer._replace(worlds=known), {})
    yield from split("the hour of an event without one", "pending")
    yield from split("the course before (was CRS present?)", "phase")


def _cause(world: World, axis: str) -> int:
    """What a world attributes an axis to."""
    return int(getattr(world, f"{axis}_cause"))


def _ranges(
    scale: Scale, trials: Sequence[Trial], rows: Sequence[Row], settings: Settings
) -> list[tuple[int, int]]:
    """The grade range of each trial, death left out."""
    if not trials:
        return []
    found = possible([t.answer for t in trials], rules_of(settings), enumerate(t.present for t in trials))
    dead = pl.lit(False)
    situations = found.rename({"interval": "trial"}).with_columns(
        death_from_crs_lo=dead, death_from_crs_hi=dead
    )
    columns = [
        {"trial": number, **{c: row[c] for c in PIECE_COLUMNS}, **trial.changes}
        for number, (trial, row) in enumerate(zip(trials, rows, strict=True))
    ]
    shown = pl.DataFrame(columns, schema={"trial": pl.UInt32, **PIECE_SCHEMA})
    beside = situations.join(shown, on="trial", maintain_order="left")
    ranges = grade_ranges(scale, beside, ["trial"], settings).sort("trial")
    return list(ranges.select("grade_min", "grade_max").iter_rows())


def _narrowing(
    scale: Scale,
    rows: Mapping[int, Row],
    answers: Sequence[tuple[int, Answer]],
    before: Mapping[int, tuple[int, int]],
    settings: Settings,
) -> dict[int, list[str]]:
    """The things that would narrow the range of each interval, each alone."""
    trials = [(i, trial) for i, answer in answers for trial in _trials(rows[i], answer, settings)]
    ranges = _ranges(scale, [t for _, t in trials], [rows[i] for i, _ in trials], settings)
    out: dict[int, list[str]] = {i: [] for i, _ in answers}
    for (interval, trial), (low, high) in zip(trials, ranges, strict=True):
        lowest, highest = before[interval]
        if high - low < highest - lowest and trial.what not in out[interval]:
            out[interval].append(trial.what)
    return out


def missing(
    scale: Scale,
    undecided: pl.DataFrame,
    answers: Sequence[Answer],
    settings: Settings,
) -> dict[int, tuple[str, ...]]:
    """What would narrow each undecided interval.

    Args:
        scale: the grading system.
        undecided: interval | source | grade_min | grade_max | death_from_crs_hi | the columns of its piece.
        answers: the histories behind, by source.
        settings: policies in force.

    Returns:
        interval to the things that matter, cheapest first.
    """
    rows = {row["interval"]: row for row in undecided.iter_rows(named=True)}
    plain = [(i, answers[row["source"]]) for i, row in rows.items()]
    whole = {i: (row["alive_min"], row["alive_max"]) for i, row in rows.items()}
    out = _narrowing(scale, rows, plain, whole, settings)
    # What matters only once there is a fever: a pressure decides nothing while a fever may be absent.
    febrile = [
        (i, a._replace(piece=a.piece._replace(present=a.piece.present._replace(fever=YES))))
        for i, a in plain
        if "temperature" in out[i]
    ]
    found = _ranges(
        scale,
        [Trial("", a.piece.present, a, {}) for _, a in febrile],
        [rows[i] for i, _ in febrile],
        settings,
    )
    then = _narrowing(
        scale, rows, febrile, {i: span for (i, _), span in zip(febrile, found, strict=True)}, settings
    )
    for interval, things in then.items():
        out[interval] += [thing for thing in things if thing not in out[interval]]
    for row in undecided.iter_rows(named=True):
        if row["death_from_crs_hi"] and not row["death_from_crs_lo"]:
            out[row["interval"]].append("whether, when and of what the patient died")
    return {interval: tuple(things) for interval, things in out.items()}
