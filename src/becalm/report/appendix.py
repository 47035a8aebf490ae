"""The last part: every rule, note and policy that decided, with its source and whether that was read."""

from __future__ import annotations

from collections.abc import Sequence

from becalm.guidelines import Guideline
from becalm.report.advice import rule_anchor
from becalm.report.frames import ReportFrames
from becalm.report.markup import Child, Markup, breakable, el
from becalm.report.system_tables import editions_table
from becalm.report.tables import Column, table, twin
from becalm.report.words import name_text
from becalm.scales import Scale
from becalm.timeline import Policy

READ = Column("Read in source")


def appendix(frames: ReportFrames) -> Markup:
    """The rules of the grading system and the guidelines, and every policy in force."""
    parts: list[Child] = [el("h2", "Rules, notes and policies"), *_scale(frames.scale)]
    for guideline in frames.guidelines:
        parts += _guideline(guideline)
    parts += [
        el("h3", "The systems laid side by side"),
        el(
            "p",
            el("code", "becalm cite ID"),
            " prints every rule of a system with its wording, source and verification.",
        ),
        twin(f"All {len(frames.systems.scales)} grading systems", editions_table(frames.systems)),
    ]
    changed = set(frames.settings.changed) | set(frames.changes)
    parts.append(el("h3", "Policies"))
    parts.append(
        el(
            "p",
            "Each is a named setting with its source. Where becalm is cited, the papers are silent.",
        )
    )
    for what, policies in (("grading", frames.settings.policies), ("markers", frames.marker_policies)):
        made = _policies(what, list(policies.values()), changed)
        parts.append(twin(f"All {len(policies)} policies of {what} in force", made))
    return el("section", parts, id="rules")


def _notes(notes: Sequence[str]) -> Markup | None:
    return el("ul", [el("li", note) for note in notes]) if notes else None


def _scale(scale: Scale) -> list[Child]:
    rows = [
        (
            str(level.grade),
            name_text(level.axis),
            level.says,
            el("code", level.when),
            level.cites,
            "yes" if level.verified else "no",
        )
        for level in scale.level
    ]
    columns = (
        Column("Grade"),
        Column("Axis"),
        Column("Rule", "medium"),
        Column("As computed", "medium"),
        Column("Source", "medium"),
        READ,
    )
    return [
        el("h3", f"The grading system {scale.id}"),
        table(scale.title, columns, rows),
        _notes(scale.notes),
    ]


def _guideline(guideline: Guideline) -> list[Child]:
    rows = [
        (
            rule.id,
            f"{guideline.worded(rule.says)}: {rule.action}",
            el("code", rule.when),
            [el("div", text) for text in rule.evidence],
            [el("div", text) for text in rule.cautions],
            rule.cites,
            "yes" if rule.verified else "no",
        )
        for rule in guideline.rule
    ]
    columns = (
        Column("Rule"),
        Column("Says", "medium"),
        Column("As computed", "medium"),
        Column("Rests on", "medium"),
        Column("Caution", "medium"),
        Column("Source", "medium"),
        READ,
    )
    ids = [rule_anchor(guideline.id, rule.id) for rule in guideline.rule]
    parts: list[Child] = [
        el("h3", f"The guideline {guideline.id}"),
        table(guideline.title, columns, rows, row_ids=ids),
        _notes(guideline.notes),
    ]
    if guideline.parameters:
        numbers = [
            (name, f"{one.value:g}", one.says, one.cites, "yes" if one.verified else "no")
            for name, one in guideline.parameters.items()
        ]
        heads = (
            Column("Parameter"),
            Column("Value"),
            Column("Meaning", "medium"),
            Column("Source", "medium"),
            READ,
        )
        parts.append(table(f"Parameters of {guideline.id}", heads, numbers))
    return parts


def _policies(what: str, policies: Sequence[Policy], changed: set[str]) -> Markup:
    rows = []
    for policy in policies:
        value = ", ".join(policy.value) if isinstance(policy.value, tuple) else str(policy.value).lower()
        unit = f" {policy.unit}" if policy.unit else ""
        mark = " (changed)" if policy.name in changed else ""
        rows.append(
            (
                breakable(policy.name),
                value + unit + mark,
                policy.says,
                policy.cites,
                "yes" if policy.verified else "no",
            )
        )
    columns = (
        Column("Policy"),
        Column("Value"),
        Column("Meaning", "medium"),
        Column("Source", "medium"),
        READ,
    )
    return table(f"Policies of {what} in force; --set NAME=VALUE changes one", columns, rows)
