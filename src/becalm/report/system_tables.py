"""Every grading system in tables: of one patient, at the peak of CRS, of the cohort."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.report.editions import shown
from becalm.report.markup import Child, Markup, breakable, el
from becalm.report.system_words import answer_text
from becalm.report.systems import Parts, Systems
from becalm.report.tables import Column, table
from becalm.report.words import clock_text, counted, day_text, figure, grade_text, listed, sentence
from becalm.scales import Scale

MOST_NEEDS = 4
"""Things needed that a line names; the table behind the figure names all."""


def not_gradable(mine: Parts) -> Markup:
    """The systems that are not drawn, in one line; nothing if all are."""
    said: list[Child] = []
    for _, scale, missing in mine.open.iter_rows():
        more = len(missing) - MOST_NEEDS
        beyond = f", and {figure(more, 0)} more in the table" if more > 0 else ""
        before = "; " if said else ""
        said.append(
            [before, el("strong", scale, class_="name"), f": {', '.join(missing[:MOST_NEEDS])}{beyond}"]
        )
    if not said:
        return Markup("")
    return el(
        "p",
        "Not gradable from this record, which narrows their grade at no moment (after each, what would be "
        "needed): ",
        said,
        ".",
        class_="quiet open",
    )


def systems_table(systems: Systems, mine: Parts, patient_id: str) -> Markup:
    """Every system of one patient: what it grades, the highest grade, every stretch."""
    tops = {row["scale"]: row for row in mine.highest.iter_rows(named=True)}
    needs = {scale: missing for _, scale, missing in mine.open.iter_rows()}
    rows: list[Sequence[Child]] = []
    for scale in systems.scales:
        top = tops[scale.id]
        runs = mine.stretches.filter(pl.col("scale") == scale.id).select(
            "grade_min", "grade_max", "start_day", "end_day"
        )
        said = "; ".join(
            f"{grade_text(low, high)} ({day_text(start)} to {day_text(end)})"
            for low, high, start, end in runs.iter_rows()
        )
        if scale.id in needs:
            said = f"not gradable; needed: {', '.join(needs[scale.id])}"
        rows.append((scale.id, scale.toxicity, grade_text(top["grade_min"], top["grade_max"]), said))
    columns = (
        Column("System", "name"),
        Column("Grades"),
        Column("Highest", "grade"),
        Column("Grade in order, with its days", "long"),
    )
    return table(f"Patient {patient_id} under every grading system", columns, rows)


def peak_part(systems: Systems, mine: Parts, patient_id: str) -> list[Markup]:
    """What the CRS systems say at the peak, where they differ; nothing where CRS is nowhere certain."""
    found = {row["scale"]: row for row in mine.peaks.iter_rows(named=True)}
    ours = found.get(systems.reference)
    if ours is None or len(found) < 2:
        return []
    grades = {name: (row["grade_min"], row["grade_max"]) for name, row in found.items()}
    same = [name for name in grades if grades[name] == grades[systems.reference]]
    same.remove(systems.reference)
    when = f"day {day_text(ours['day'])} ({clock_text(ours['day'])})"
    peak = f"the peak of CRS, {when}, where {systems.reference} first reaches grade {ours['grade_min']}"
    if len(same) + 1 == len(found):
        return [el("p", f"At {peak}, all {len(found)} CRS systems say the same.")]
    rows: list[Sequence[Child]] = []
    for scale in systems.scales:
        if scale.id not in grades or scale.id in same:
            continue
        row = found[scale.id]
        rules = [row["rule_min"], row["rule_max"]]
        low, high = grades[scale.id]
        rows.append(
            (
                scale.id,
                el("strong", grade_text(low, high)),
                _differs(grades[systems.reference], (low, high)) if scale.id != systems.reference else "",
                sentence(answer_text(scale, low, high, rules[0], rules[1])),
                "; ".join(_cited(scale, rules)),
            )
        )
    columns = (
        Column("System", "name"),
        Column("Grade", "grade"),
        Column("Differs"),
        Column("Rule", "long"),
        Column("Source", "medium"),
    )
    parts = [
        el("h4", "Where the CRS systems differ"),
        table(f"Patient {patient_id} at {peak}", columns, rows, drop_empty=True),
    ]
    if same:
        parts.append(el("p", f"The same as {systems.reference} there: {listed(same)}.", class_="quiet"))
    return parts


def _cited(scale: Scale, rules: Sequence[int | None]) -> list[str]:
    """Where rules are from, each place once."""
    cited = [scale.level[number].cites for number in rules if number is not None]
    return list(dict.fromkeys(part for text in cited for part in text.split("; ")))


def _differs(ours: tuple[int | None, int | None], theirs: tuple[int | None, int | None]) -> str:
    """Whether two grades differ whatever their ranges settle to."""
    (low, high), (other, another) = ours, theirs
    if low is None or high is None or other is None or another is None:
        return ""
    return "certainly" if low > another or other > high else "perhaps"


def cohort_table(systems: Systems) -> list[Markup]:
    """Patients by highest grade of each CRS system, and how many have the same under all."""
    if len(systems.crs) < 2:
        return []
    most = max(scale.highest for scale in systems.scales if scale.id in systems.crs)
    rows: list[Sequence[Child]] = []
    for name in systems.crs:
        counts = systems.by_grade.filter(pl.col("scale") == name)
        certain = {low: n for _, low, high, n in counts.iter_rows() if low == high}
        ranges = [(low, high, n) for _, low, high, n in counts.iter_rows() if low != high]
        undecided = [f"{grade_text(low, high)}: {figure(n, 0)}" for low, high, n in ranges]
        rows.append(
            (
                name,
                *(figure(certain.get(grade, 0), 0) for grade in range(most + 1)),
                figure(sum(n for *_, n in ranges), 0),
                "; ".join(undecided),
                figure(certain[None], 0) if None in certain else "",
            )
        )
    columns = [
        Column("System", "name"),
        *(Column(str(grade), "number") for grade in range(most + 1)),
        Column("Undecided", "number"),
        Column("Undecided between", "medium"),
        Column("Not graded", "number"),
    ]
    found = systems.together
    same, differ, unsettled = (figure(n, 0) for n in (found.same, found.differ, found.unsettled))
    said = (
        f"Of {counted(found.graded, 'patient')} graded under all {len(found.scales)} CRS systems, the "
        f"highest grade is the same under each in {same}, certainly differs in {differ}, and is left open by "
        f"the ranges in {unsettled}. Grades of local CRS are no part of this."
    )
    title = "Highest grade by system: patients by their highest grade of CRS"
    return [el("div", table(title, columns, rows, drop_empty=True), el("p", said), id="systems")]


def _set(value: object) -> str:
    """The value of a policy as a data file writes it."""
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value).lower()


def editions_table(systems: Systems) -> Markup:
    """Every system: what it grades, its source, and how much of it was read there."""
    rows: list[Sequence[Child]] = []
    for scale in systems.scales:
        one = shown(scale)
        policies = [[breakable(key), f" = {_set(value)}"] for key, value in scale.policy.items()]
        rows.append(
            (
                [one.id, el("div", one.hash, class_="quiet")],
                scale.toxicity,
                [el("div", one.title), el("div", sentence(one.source), class_="quiet")],
                one.state,
                [el("div", policy) for policy in policies],
            )
        )
    columns = (
        Column("System and hash", "name"),
        Column("Grades"),
        Column("Title and source", "long"),
        Column("Read in source", "medium"),
        Column("Own policies", "medium"),
    )
    return table("Every grading system of this report", columns, rows, drop_empty=True)
