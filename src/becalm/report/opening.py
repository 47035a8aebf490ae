"""The first part: what was read, which rules and policies decided, what was refused and why."""

from __future__ import annotations

import polars as pl

from becalm.report.editions import Shown, shown
from becalm.report.frames import ReportFrames
from becalm.report.markup import Child, Markup, el
from becalm.report.tables import Column, facts, table, twin
from becalm.report.words import counted, figure, sentence

NOTICE = (
    "Not a medical device. For research and for checking the quality of care. It computes from the record "
    "given, which may be wrong or incomplete; it does not replace the judgement of those who treat the "
    "patient."
)
FEW = 40
"""Refused cells up to this number stand open on the page; more are folded on a screen with scripts."""


def opening(frames: ReportFrames, name: str, notice: str, version: str, choice: str) -> Markup:
    """The first part of the report.

    Args:
        frames: of the report.
        name: of the cohort.
        notice: what the report is not.
        version: of becalm.
        choice: which patients have a section, as a sentence.
    """
    cohort = frames.cohort
    undecided = frames.grades.filter(pl.col("grade_min") != pl.col("grade_max")).height
    report = cohort.report
    changed = ", ".join(f"{key} = {value}" for key, value in sorted(frames.changes.items())) or "none changed"
    pairs: list[tuple[str, Child]] = [
        ("Cohort", name),
        ("Patients", figure(cohort.patients.height, 0)),
        (
            "Rows",
            f"{counted(report.read, 'row')} read = {figure(report.used, 0)} used + "
            f"{figure(report.rows_set_aside, 0)} set aside + {figure(report.refused, 0)} refused",
        ),
        ("Intervals graded", f"{figure(frames.grades.height, 0)}, of which {figure(undecided, 0)} undecided"),
        ("Grading system", f"{frames.scale.title} ({frames.scale.id}, {frames.scale.short_hash})"),
        ("Laid beside it", _beside(frames)),
        ("Guideline", "; ".join(f"{g.title} ({g.id}, {g.short_hash})" for g in frames.guidelines) or "none"),
        ("Policies", changed),
        ("becalm", f"version {version}; hash of the input {cohort.source_hash[:16]}"),
    ]
    return el(
        "section",
        el("h2", "What was read, and what decided"),
        el("p", notice, class_="notice", role="note"),
        facts(pairs),
        el("p", choice),
        _refused(report.refusals, report.refused),
        _files(frames),
        _editions(frames),
        el("p", el("a", "Every rule, note and policy in force", href="#rules")),
        id="read",
    )


def _beside(frames: ReportFrames) -> str:
    """The other grading systems, by id."""
    return ", ".join(one.id for one in frames.systems.scales if one.id != frames.scale.id) or "none"


def _refused(refusals: pl.DataFrame, rows_refused: int) -> Markup:
    if not refusals.height:
        return el("section", el("h3", "Refused"), el("p", "No row was refused."), id="refused")
    reasons = (
        refusals.group_by("file", "column", "expected")
        .agg(cells=pl.len(), first=pl.col("row").min())
        .sort(["cells", "file", "column", "expected"], descending=[True, False, False, False])
    )
    by_reason = [
        (row["file"], row["column"], row["expected"], figure(row["cells"], 0), figure(row["first"], 0))
        for row in reasons.iter_rows(named=True)
    ]
    ordered = refusals.sort("file", "row", "column")
    rows = [
        (
            row["file"],
            figure(row["row"], 0) if row["row"] is not None else "",
            row["patient_id"] or "",
            row["column"],
            row["given"],
            row["expected"],
            row["next_step"],
        )
        for row in ordered.iter_rows(named=True)
    ]
    listed = table(
        "Refused cells",
        (
            Column("File"),
            Column("Row", "number"),
            Column("Patient"),
            Column("Column"),
            Column("Given"),
            Column("Expected", "medium"),
            Column("Next step", "medium"),
        ),
        rows,
    )
    return el(
        "section",
        el("h3", "Refused"),
        el(
            "p",
            [
                f"{counted(rows_refused, 'row')} with {counted(refusals.height, 'cell')} that could not be ",
                "taken as given. Nothing was guessed: an implausible measurement counts as unknown ",
                "within the limits of what is possible.",
            ],
        ),
        table(
            "Refused cells by reason",
            (
                Column("File"),
                Column("Column"),
                Column("Expected", "long"),
                Column("Cells", "number"),
                Column("First row", "number"),
            ),
            by_reason,
        ),
        listed if refusals.height <= FEW else twin(f"All {figure(refusals.height, 0)} refused cells", listed),
        id="refused",
    )


def _files(frames: ReportFrames) -> Markup:
    report = frames.cohort.report
    numbers = [(c.file, c.read, c.used, c.set_aside, c.refused) for c in report.files]
    numbers.append(("all files", report.read, report.used, report.rows_set_aside, report.refused))
    rows = [(file, *(figure(count, 0) for count in counts)) for file, *counts in numbers]
    parts: list[Child] = [
        table(
            "Rows of each file: read = used + set aside + refused",
            (
                Column("File"),
                Column("Read", "number"),
                Column("Used", "number"),
                Column("Set aside", "number"),
                Column("Refused", "number"),
            ),
            rows,
        )
    ]
    if report.notes:
        parts.append(el("ul", [el("li", note) for note in report.notes]))
    aside = report.set_aside
    if aside.height:
        reasons = (
            aside.group_by("file", "column", "reason").agg(rows=pl.len()).sort("file", "column", "reason")
        )
        parts.append(
            table(
                "Set aside, by reason",
                (Column("File"), Column("Column"), Column("Reason", "long"), Column("Count", "number")),
                [
                    (file, column or "", reason, figure(count, 0))
                    for file, column, reason, count in reasons.iter_rows()
                ],
            )
        )
    return el("section", el("h3", "Read"), parts)


def _editions(frames: ReportFrames) -> Markup:
    parts = [_edition(shown(edition)) for edition in (frames.scale, *frames.guidelines)]
    return el("section", el("h3", "Rules"), parts)


def _edition(edition: Shown) -> Markup:
    said = f"({edition.id}, {edition.hash}). {sentence(edition.source)} {edition.state}"
    return el(
        "div",
        el("p", el("strong", f"{edition.title} "), said),
        el("ul", [el("li", f"Caution: {caution}") for caution in edition.cautions])
        if edition.cautions
        else None,
    )
