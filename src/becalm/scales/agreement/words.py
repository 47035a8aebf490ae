"""A comparison as text for a reader at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from becalm.scales.agreement.comparison import Comparison
from becalm.scales.agreement.courses import RECORDED, System
from becalm.scales.agreement.kappa import WEIGHTINGS
from becalm.scales.agreement.pairs import Chosen

SHOWN = 20
"""Patients who are named in a line; the tables hold all."""
TOLD = 10
"""Patients whose differences are told."""
RANGES = 4
"""Ranges that have a row or column of their own in a cross-table; more are put together as undecided."""
_UNDECIDED, _NONE = "undecided", "not graded"
_GRADES = ("patient_id", "grade_min", "grade_max")


def summary(found: Comparison) -> Iterator[str]:
    """The comparison, line by line."""
    patients = found.highest.height
    yield f"{_counted(patients, 'patient')}, highest grade of {found.systems[0].toxicity} by system"
    yield ""
    yield from _grid("", [_spread(found.by_grade, one) for one in found.systems])
    yield ""
    yield from _named(found)
    yield from _together(found)
    for pair in found.pairs.iter_rows(named=True):
        yield ""
        yield from _pair(found, pair)
    yield ""
    yield from _differing(found.differences)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _cell(low: int | None, high: int | None, *, ranges: bool = False) -> str:
    """The column of a table that a grade falls into; `ranges`: each range has its own."""
    if low is None or high is None:
        return _NONE
    return _range(low, high) if low == high or ranges else _UNDECIDED


def _place(cell: str) -> tuple[int, str]:
    """Where a column stands: grades, ranges, undecided, not graded."""
    return (3 if cell == _NONE else 2 if cell == _UNDECIDED else 1 if " " in cell else 0), cell


def _spread(by_grade: pl.DataFrame, system: System) -> tuple[str, dict[str, int]]:
    """Patients of a system by column."""
    cells = {str(grade): 0 for grade in range(system.highest + 1)}
    for _, low, high, patients in by_grade.filter(scale=system.id).iter_rows():
        cell = _cell(low, high)
        cells[cell] = cells.get(cell, 0) + patients
    return system.id, cells


def _grid(corner: str, rows: Sequence[tuple[str, Mapping[str, int]]]) -> Iterator[str]:
    """A table of counts: grades, then `undecided` and `not graded` where they occur."""
    columns = sorted({cell for _, cells in rows for cell in cells}, key=_place)
    first = max(len(name) for name in (corner, *(name for name, _ in rows)))
    widths = [max(len(column), 4) for column in columns]
    yield _line(corner, first, zip(columns, widths, strict=True))
    for name, cells in rows:
        shown = [str(cells.get(column, 0)) for column in columns]
        yield _line(name, first, zip(shown, widths, strict=True))


def _line(name: str, first: int, cells: Any) -> str:
    return (name.ljust(first) + "".join(text.rjust(width + 2) for text, width in cells)).rstrip()


def _named(found: Comparison) -> Iterator[str]:
    """Who is not graded or undecided, by system: they are never dropped silently."""
    said: dict[tuple[str, str], list[str]] = {}
    for one in found.systems:
        rows = found.found.filter(pl.col("scale") == one.id)
        absent = rows.filter(pl.col("grade_min").is_null())["patient_id"].to_list()
        if absent:
            why = "no grade recorded" if one.scale is None else "nothing recorded from the infusion on"
            said.setdefault((f"Not graded, {why}, in", _list(absent)), []).append(one.id)
        ranges = rows.filter(pl.col("grade_min") < pl.col("grade_max"))
        names = [f"{row[0]} ({_range(*row[1:])})" for row in ranges.select(_GRADES).iter_rows()]
        if names:
            said.setdefault(("Undecided in", _list(names)), []).append(one.id)
    for (what, patients), names in said.items():
        yield f"{what} {', '.join(names)}: {patients}."
    ended = found.highest.filter("ended")["patient_id"].to_list()
    if ended:
        yield f"The record ends with a death of another cause, and is graded up to it: {_list(ended)}."
    yield from _recorded(found)


def _recorded(found: Comparison) -> Iterator[str]:
    """What recorded grades are worth."""
    rows = found.found.filter(pl.col("scale") == RECORDED, pl.col("moments") > 0)
    moments: list[int] = rows["moments"].to_list()
    if moments:
        times = str(min(moments)) if min(moments) == max(moments) else f"{min(moments)} to {max(moments)}"
        yield (
            f"`{RECORDED}` is the highest of the grades that a chart holds, here {times} a patient: where it "
            "holds only some days, the true highest may be higher."
        )


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f}"


def _together(found: Comparison) -> Iterator[str]:
    every = found.together
    if len(every.scales) < 3:
        return
    low, high = every.interval
    yield (
        f"The same grade under all {len(every.scales)} systems: {every.same} of {every.settled} patients of "
        f"whom it is certain, {_percent(every.share)} % (exact 95 % interval {_percent(low)} to "
        f"{_percent(high)} %)."
    )
    if every.unsettled:
        least, most = every.bounds
        yield (
            f"Not settled for {every.unsettled} more: of all {every.graded} from {_percent(least)} to "
            f"{_percent(most)} %."
        )


def _pair(found: Comparison, pair: Mapping[str, Any]) -> Iterator[str]:
    one, two = pair["scale"], pair["other"]
    yield f"{one} (rows) and {two} (columns)"
    cross = found.cross.filter(scale=one, other=two)
    rows: dict[str, dict[str, int]] = {}
    apart = [_few(cross[f"{side}grade_min"], cross[f"{side}grade_max"]) for side in ("", "other_")]
    columns = {_cell(*row[4:6], ranges=apart[1]): 0 for row in cross.iter_rows()}
    for _, _, low, high, other, another, patients in cross.iter_rows():
        cells = rows.setdefault(_cell(low, high, ranges=apart[0]), dict(columns))
        cells[_cell(other, another, ranges=apart[1])] += patients
    yield from _grid("", sorted(rows.items(), key=lambda row: _place(row[0])))
    agree = (
        f"{pair['same']} of {pair['decided']} decided in both agree: {_percent(pair['agreement'])} % "
        f"(exact 95 % interval {_percent(pair['agreement_low'])} to {_percent(pair['agreement_high'])} %). "
    )
    yield (
        f"{agree if pair['decided'] else ''}{one} is certainly higher in {pair['scale_higher']}, "
        f"{two} in {pair['other_higher']}."
    )
    if pair["decided"]:
        yield "; ".join(_kappa(pair, weighting, found.chosen) for weighting in WEIGHTINGS).capitalize() + "."
    if pair["note"]:
        yield f"Note: {pair['note']}."
    if pair["undecided"]:
        yield _undecided(pair)


def _few(low: pl.Series, high: pl.Series) -> bool:
    """Whether the ranges are so few that each can stand by itself."""
    return len({ends for ends in zip(low, high, strict=True) if ends[0] != ends[1]}) <= RANGES


def _kappa(pair: Mapping[str, Any], weighting: str, chosen: Chosen) -> str:
    value, low, high = (pair[f"kappa_{weighting}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return f"{weighting} weighted kappa not defined"
    said = f"{weighting} weighted kappa {value:.2f}"
    # An interval that its note calls not dependable stays in the table.
    shown = low is not None and not pair["note"]
    return f"{said} (95 % {chosen.method} interval {low:.2f} to {high:.2f})" if shown else said


def _undecided(pair: Mapping[str, Any]) -> str:
    """The bounds over every way to settle the undecided grades."""
    parts = [f"agreement {_percent(pair['agreement_min'])} to {_percent(pair['agreement_max'])} %"]
    for weighting in WEIGHTINGS:
        low, high = pair[f"kappa_{weighting}_min"], pair[f"kappa_{weighting}_max"]
        if low is not None:
            parts.append(f"{weighting} kappa {low:.2f} to {high:.2f}")
    sharp = "" if pair["bounds_exact"] else "; these bounds contain the truth and are not sharp"
    number = pair["undecided"]
    verb = "is" if number == 1 else "are"
    said = f"{number} of {pair['graded']} {verb} undecided in one or both. Settled in any way: "
    return f"{said}{', '.join(parts)}{sharp}."


def _differing(differences: pl.DataFrame) -> Iterator[str]:
    sure = differences.filter("highest_differs")
    there = sure["patient_id"].unique().implode()
    others = differences.filter(~pl.col("highest_differs"), ~pl.col("patient_id").is_in(there))
    if not differences.height:
        yield "No patient certainly has another grade in one system than in another."
    yield from _told(sure, "whose highest grade differs, and the rule that makes it")
    yield from _told(others, "who certainly differ at a moment, whatever their highest grades are")


def _told(rows: pl.DataFrame, what: str) -> Iterator[str]:
    """The rules that made patients differ."""
    patients = rows["patient_id"].unique(maintain_order=True).to_list()
    if not patients:
        return
    yield f"{_counted(len(patients), 'patient')} {what}:"
    shown = rows.filter(pl.col("patient_id").is_in(patients[:TOLD]))
    for rule in shown.partition_by("patient_id", "scale", "day", maintain_order=True):
        yield difference(rule.to_dicts())
    if len(patients) > TOLD:
        yield f"and {len(patients) - TOLD} patients more: -o DIR writes them all."


def difference(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rule that made one system higher for a patient, and what each other says there."""
    row = rows[0]
    day = "" if row["day"] is None else f" on day {round(row['day'], 3):g}"
    doubt = ", NOT VERIFIED" if row["verified"] is False else ""
    rule = f' by {row["axis"]}: "{row["says"]}" ({row["cites"]}{doubt})' if row["axis"] else ""
    others = "; ".join(_beside(other) for other in rows)
    return f"{row['patient_id']}: {row['scale']} {row['grade']}{day}{rule}. There {others}."


def _beside(row: Mapping[str, Any]) -> str:
    """What another system says at that moment, and its highest grade."""
    highest = f", {_range(row['other_grade_min'], row['other_grade_max'])} at its highest"
    if row["there_min"] is None:
        return f"{row['other']} says nothing{highest}"
    rule = f' ("{row["there_says"]}")' if row["there_max"] and row["other"] != RECORDED else ""
    said = _range(row["there_min"], row["there_max"])
    same = (row["other_grade_min"], row["other_grade_max"]) == (row["there_min"], row["there_max"])
    return f"{row['other']} says {said}{rule}{'' if same else highest}"


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"
