"""The lanes of one patient: local signs, recorded grades, advice, supports, drugs, events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from becalm.record.clock import DAY
from becalm.report.given import Given
from becalm.report.local import LocalSign
from becalm.report.source import Row, dose_given, happening, place
from becalm.report.svg.axis import Axis
from becalm.report.svg.lanes import Bar, Mark, draw_lane
from becalm.report.svg.lanes import Row as Lane
from becalm.report.svg.palette import BLUE, DEEP_PURPLE, GREEN, GREY, INK, ORANGE, SKY, VERMILION, YELLOW
from becalm.report.svg.panel import Panel
from becalm.report.words import date_and_clock, instant_text, name_text, range_text, sentence

DRUG_LOOKS = (
    ("anti_il6", "down", VERMILION),
    ("anti_cytokine", "diamond", ORANGE),
    ("corticosteroid", "square", BLUE),
    ("antipyretic", "circle", GREY),
)
"""Class of a drug, shape and colour of its doses; the letter is the first of its name."""


def local_panel(signs: Sequence[LocalSign], record_end: float, days: Axis, figure: str) -> Panel | None:
    """Local signs, above everything else; None without one on this axis."""
    rows: dict[str, list[Bar]] = {}
    for sign in signs:
        bar = _sign_bar(sign, record_end)
        if bar.until >= days.low and bar.start <= days.high:
            name = f"{name_text(sign.row['site']) or 'site not given'}: {name_text(sign.row['value'])}"
            rows.setdefault(sentence(name).rstrip("."), []).append(bar)
    if not rows:
        return None
    return draw_lane(
        "Airway and local signs", [Lane(name, tuple(bars)) for name, bars in rows.items()], days, figure
    )


def _sign_bar(sign: LocalSign, record_end: float) -> Bar:
    severity = name_text(sign.row["severity"]) or "severity not given"
    start = sign.start + 1 if sign.start_whole else sign.start
    until = max(record_end, start) if sign.until is None else sign.until
    sure = min(
        [start if until < start else until, *([sign.unsited_end] if sign.unsited_end is not None else [])]
    )
    last = until + 1 if sign.until_whole else until
    end = "not recorded as resolved" if sign.until is None else f"until {date_and_clock(sign.until)}"
    since = instant_text(sign.row["time"], sign.start_whole)
    return Bar(
        start=min(start, last),
        sure_until=max(sure, min(start, last)),
        until=last,
        colour=VERMILION if sign.severe else ORANGE,
        said=severity if sign.row["severity"] else "",
        hint=f"{sentence(happening(sign.row))} {sentence(severity)} Since {since}, {end}; {place(sign.row)}",
        not_before=sign.start if sign.start_whole else None,
    )


def recorded_panel(
    observations: pl.DataFrame, advice: Sequence[tuple[float, str, str]], days: Axis, figure: str
) -> Panel | None:
    """Grades that the source records, and where the recommendations change; None without either."""
    rows = []
    for concept, name in (
        ("crs_grade_recorded", "CRS grade recorded"),
        ("icans_grade_recorded", "ICANS recorded"),
    ):
        found = observations.filter(pl.col("concept") == concept, pl.col("time").is_not_null()).sort(
            "time", "row"
        )
        marks = [
            Mark(
                day=row["time"] / DAY,
                whole_day=row["whole_day"],
                kind="diamond",
                letter=range_text(row["lo"], row["hi"]).replace(" to ", "-"),
                colour=INK if concept.startswith("crs") else DEEP_PURPLE,
                said="",
                hint=f"{name}: {row['value_given']}, {instant_text(row['time'], row['whole_day'])}; recorded "
                f"by the authors or clinicians, not computed; {place(row)}",
            )
            for row in found.iter_rows(named=True)
        ]
        marks = [mark for mark in marks if days.holds(mark.day)]
        if marks:
            rows.append(Lane(name, marks=tuple(marks)))
    changes = [
        Mark(day, False, "square", number, SKY, "", hint) for day, number, hint in advice if days.holds(day)
    ]
    if changes:
        rows.append(Lane("advice changes", marks=tuple(changes)))
    return draw_lane("Recorded; advice", rows, days, figure) if rows else None


def treatment_panels(given: Sequence[Given], days: Axis, figure: str) -> list[Panel]:
    """Oxygen, vasopressors, fluids, drugs against CRS and other drugs; empty lanes are left out."""
    groups: list[tuple[str, Callable[[Row], bool], Callable[[Row], str]]] = [
        ("Oxygen and ventilation", lambda row: row["kind"] in ("oxygen", "ventilation"), lambda row: SKY),
        ("Vasopressors, inotropes", _is_pressor, lambda row: DEEP_PURPLE),
        ("Fluids", lambda row: row["kind"] == "fluid", lambda row: GREEN),
        ("Against CRS and fever", lambda row: _look(row) is not None, lambda row: GREY),
        ("Other drugs, procedures", lambda row: True, lambda row: YELLOW),
    ]
    left = [g for g in given if g.until >= days.low and g.start <= days.high]
    panels = []
    for heading, belongs, colour in groups:
        mine = [g for g in left if belongs(g.row)]
        left = [g for g in left if not belongs(g.row)]
        rows: dict[str, list[Given]] = {}
        for g in mine:
            rows.setdefault(g.row["name"], []).append(g)
        lanes = [
            Lane(
                name_text(name),
                tuple(_bar(g, colour(g.row)) for g in found if not g.single and not g.stopped),
                tuple(_dose(g) for g in found if g.first and (g.single or g.stopped or _look(g.row))),
            )
            for name, found in rows.items()
        ]
        if lanes:
            panels.append(draw_lane(heading, lanes, days, figure))
    return panels


def _is_pressor(row: Row) -> bool:
    return bool({"vasopressor", "inotrope"} & set(row["classes"] or ()))


def _look(row: Row) -> tuple[str, str] | None:
    """Shape and colour of a drug's doses, None for a drug of another class."""
    classes = row["classes"] or ()
    return next(((kind, colour) for name, kind, colour in DRUG_LOOKS if name in classes), None)


def _said(g: Given) -> str:
    why = f" for {name_text(g.row['indication'])}" if g.row["indication"] else ""
    amount = dose_given(g.row)
    return f"{name_text(g.row['name'])}{' ' + amount if amount else ''}{why}"


def _amount(row: Row) -> str:
    """Dose, and the reason where there is no dose."""
    return dose_given(row) or (f"for {name_text(row['indication'])}" if row["indication"] else "")


def _bar(g: Given, colour: str) -> Bar:
    look = _look(g.row)
    end = "no end recorded" if g.row["end"] is None else f"to {_when(g.row, 'end')}"
    return Bar(
        start=g.start,
        sure_until=g.sure_until,
        until=g.until,
        colour=look[1] if look else colour,
        said=_amount(g.row) if not look else "",
        hint=f"{sentence(_said(g)).rstrip('.')}, from {_when(g.row, 'start')}, {end}; {place(g.row)}",
    )


def _when(row: Row, side: str) -> str:
    """When a row starts or ends: a day without its hour where no hour is known."""
    if row[f"{side}_whole_day"]:
        return instant_text(row[side], whole_day=True)
    return date_and_clock(row[side] / DAY)


def _dose(g: Given) -> Mark:
    kind, colour = _look(g.row) or ("circle", GREY)
    when = _when(g.row, "start")
    if g.stopped:
        kind, colour, when = "cross", INK, f"{when}, stopped"
    return Mark(
        day=g.start,
        whole_day=g.some_time,
        kind=kind,
        letter=g.row["name"][:1].upper() if _look(g.row) and not g.stopped else "",
        colour=colour,
        said="" if g.stopped else _amount(g.row),
        hint=f"{sentence(_said(g)).rstrip('.')}, {when}; {place(g.row)}",
    )


def event_panels(events: pl.DataFrame, record_end: float, days: Axis, figure: str) -> list[Panel]:
    """Every other dated event, one row a kind."""
    rows: dict[str, list[Mark]] = {}
    dated = events.filter(pl.col("event") != "local_sign", pl.col("time").is_not_null()).sort("time", "row")
    for row in dated.iter_rows(named=True):
        day = row["time"] / DAY
        if not days.holds(day):
            continue
        when = instant_text(row["time"], row["whole_day"])
        said = happening(row).removeprefix(name_text(row["event"])).lstrip(", ")
        rows.setdefault(name_text(row["event"]), []).append(
            Mark(
                day=day,
                whole_day=row["whole_day"],
                kind="circle",
                letter="",
                colour=GREY,
                said=said,
                hint=f"{sentence(happening(row)).rstrip('.')}, {when}; {place(row)}",
            )
        )
    if not rows:
        return []
    return [
        draw_lane("Events", [Lane(name, marks=tuple(marks)) for name, marks in rows.items()], days, figure)
    ]
