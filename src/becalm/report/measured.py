"""The panels of measurements of one patient: vital signs, cytokines, other laboratory values."""

from __future__ import annotations

import polars as pl

from becalm.record import vocabulary
from becalm.record.clock import DAY
from becalm.report.frames import ReportFrames
from becalm.report.markup import Markup, el, join
from becalm.report.panels import PanelPlan, Series, panel_plans
from becalm.report.source import place, read_otherwise, value_given
from becalm.report.svg.axis import Axis, linear, logarithmic
from becalm.report.svg.palette import GREY, SERIES
from becalm.report.svg.panel import LEFT, RIGHT, WIDTH, Panel, scale_words
from becalm.report.svg.series import Reading, draw_series
from becalm.report.svg.text import label
from becalm.report.words import figure as number_text
from becalm.report.words import instant_text, unit_text

TOP, BOTTOM, LEAST = 8.0, 6.0, 66.0


def readings(observations: pl.DataFrame, concept: str) -> list[Reading]:
    """The dated values of one quantity of one patient, in order of time."""
    rows = observations.filter(pl.col("concept") == concept, pl.col("time").is_not_null())
    out = []
    for row in rows.sort("time", "row").iter_rows(named=True):
        read = read_otherwise(row)
        said = f"{value_given(row)}{', ' + read if read else ''}"
        when = instant_text(row["time"], row["whole_day"])
        out.append(
            Reading(
                day=row["time"] / DAY,
                whole_day=row["whole_day"],
                low=row["lo"],
                high=row["hi"],
                open_low=row["comparator"] in ("<", "<="),
                open_high=row["comparator"] in (">", ">="),
                refused=row["refused"],
                hint=f"{said}, {when}; {place(row)}",
            )
        )
    return out


def measured_panels(
    frames: ReportFrames, patient_id: str, observations: pl.DataFrame, days: Axis, figure: str, *, vital: bool
) -> list[Panel]:
    """The panels that hold a value on this axis of days, from top to bottom."""
    out = []
    for plan in panel_plans():
        found = {
            series: [r for r in readings(observations, series.concept) if days.holds(r.middle)]
            for series in plan.series
        }
        if plan.vital == vital and any(found.values()):
            present = {series: values for series, values in found.items() if values}
            out.append(_panel(frames, patient_id, plan, present, days, figure))
    return out


def _panel(
    frames: ReportFrames,
    patient_id: str,
    plan: PanelPlan,
    found: dict[Series, list[Reading]],
    days: Axis,
    figure: str,
) -> Panel:
    height = max(min(plan.height, LEAST + 22.0 * len(found)), 41 + 15 * len(found))
    ends = [end for values in found.values() for r in values if not r.refused for end in _ends(r)]
    bottom = height - BOTTOM
    if plan.logarithmic:
        axis = logarithmic(ends, bottom, TOP)
    else:
        axis = linear(ends, plan.least, plan.most, bottom, TOP)
    concepts = vocabulary().concepts
    looks = {series: SERIES[place % len(SERIES)] for place, series in enumerate(plan.series)}
    keys = [(series.label, *looks[series]) for series in found] if len(plan.series) > 1 else []
    units = list(dict.fromkeys(unit_text(concepts[series.concept].unit) for series in found))
    scale = ", logarithmic" if plan.logarithmic else ""
    out = [scale_words(plan.title, ", ".join(units) + scale, keys, axis)]
    out += _limits(frames, patient_id, list(found), axis)
    patterns: list[Markup] = []
    for series, values in found.items():
        speaks = concepts[series.concept].validity_hours * frames.settings.number("validity_factor") / 24
        drawn, used = draw_series(values, days, axis, looks[series], speaks_days=speaks, figure=figure)
        out.append(drawn)
        patterns += used
    return Panel(height, join(out), tuple(patterns))


def _ends(reading: Reading) -> list[float]:
    """The ends of a reading that the axis must hold: not those that a comparator leaves open."""
    return [
        end
        for end, is_open in ((reading.low, reading.open_low), (reading.high, reading.open_high))
        if not is_open
    ]


def _limits(frames: ReportFrames, patient_id: str, found: list[Series], axis: Axis) -> list[Markup]:
    """Lines at the limits that the policies in force set for this patient, with their words at the right."""
    out: list[Markup] = []
    taken: list[float] = []
    for series in found:
        for value, said in _limit_values(frames, patient_id, series):
            if not axis.holds(value):
                continue
            y = axis.at(value)
            look: dict[str, str | float | bool | None] = {
                "stroke": GREY,
                "stroke_width": 1,
                "stroke_dasharray": "8 3",
            }
            out.append(el("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, **look))
            if all(abs(y - other) > 11 for other in taken):
                taken.append(y)
                out.append(label(WIDTH - RIGHT + 4, y + 3.2, said, size=9, fill=GREY))
    return out


def _limit_values(frames: ReportFrames, patient_id: str, series: Series) -> list[tuple[float, str]]:
    """The limits of one quantity for one patient, with their words."""
    if series.limit is None:
        return []
    row = next(frames.limits.filter(pl.col("patient_id") == patient_id).iter_rows(named=True), None)
    if series.limit == "sbp_limit":
        if row is None:
            return []
        values = {row["sbp_limit_lo"], row["sbp_limit_hi"]}
        out = [(value, f"{series.says} {number_text(value)}") for value in sorted(values)]
        if row["baseline_sbp"] is not None:
            drop = row["baseline_sbp"] - frames.settings.number("baseline_large_drop")
            out.append((drop, f"{series.says.replace('<', '≤')} {number_text(drop)}"))
        return out
    if series.limit == "map_limit" and row is not None and not row["map_used_hi"]:
        return []
    value = frames.settings.number(series.limit)
    return [(value, f"{series.says} {number_text(value)}")]
