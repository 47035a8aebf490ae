"""The recommendations of one patient at each change: what is advised, what is undecided and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from becalm.report.intervals import day_cell
from becalm.report.markup import Child, Markup, el
from becalm.report.tables import Column, table
from becalm.report.words import date_and_clock, listed, name_text, sentence

Row = Mapping[str, Any]
_KEY = ("guideline", "rule", "verdict", "action", "drug", "dose", "missing")

COLUMNS = (
    Column("Change"),
    Column("Answer"),
    Column("Recommendation", "advised"),
    Column("Because", "long"),
    Column("Would settle it", "settles"),
)


def rule_anchor(guideline: str, rule: str) -> str:
    """The id of a rule's row in the last part of the page."""
    return f"rule-{guideline}-{rule}"


@dataclass(frozen=True)
class Change:
    """A moment at which the recommendations change: what begins, what goes on, what ends."""

    number: int
    day: float
    begins: tuple[Row, ...]
    goes_on: tuple[Row, ...]
    ends: tuple[Row, ...]

    @property
    def hint(self) -> str:
        """The change in one line."""
        said = listed([_short(row) for row in self.begins]) or "no rule begins"
        return f"Change {self.number} of the recommendations, {date_and_clock(self.day)}: {said}"


def changes(advice: pl.DataFrame, patient_id: str) -> list[Change]:
    """The changes of one patient's recommendations; a rule that says no is no recommendation.

    Args:
        advice: as `becalm.guidelines.advise` returns it.
        patient_id: whose.
    """
    mine = advice.filter(pl.col("patient_id") == patient_id).sort("day", maintain_order=True)
    out: list[Change] = []
    before: dict[tuple[Any, ...], Row] = {}
    for (day,), rows in mine.group_by("day", maintain_order=True):
        now: dict[tuple[Any, ...], Row] = {
            tuple(row[name] for name in _KEY): row
            for row in rows.iter_rows(named=True)
            if row["verdict"] != "no"
        }
        begins = tuple(row for key, row in now.items() if key not in before)
        ends = tuple(row for key, row in before.items() if key not in now)
        if begins or ends:
            goes_on = tuple(row for key, row in now.items() if key in before)
            out.append(Change(len(out) + 1, float(str(day)), begins, goes_on, ends))
        before = now
    return out


def _short(row: Row) -> str:
    return f"{row['rule']}{' (undecided)' if row['verdict'] == 'unknown' else ''}"


def advice_table(found: list[Change], patient_id: str, anchor: str) -> Markup:
    """The changes of one patient as a table, one row for each recommendation that begins."""
    rows: list[tuple[Child, ...]] = []
    ids: list[str | None] = []
    classes: list[str | None] = []
    for change in found:
        head = [el("strong", str(change.number)), " day ", day_cell(change.day)]
        rest = _rest(change)
        begins = change.begins or (None,)
        for place, row in enumerate(begins):
            first = place == 0
            ids.append(f"{anchor}-change-{change.number}" if first else None)
            classes.append("unknown" if row is not None and row["verdict"] == "unknown" else None)
            last = place == len(begins) - 1
            if row is None:
                rows.append((head, "", rest, "", ""))
                continue
            rows.append(
                (
                    head if first else el("span", f"{change.number}, continued", class_="quiet"),
                    el("strong", "yes") if row["verdict"] == "yes" else el("span", "undecided", class_="tag"),
                    [_action(row), rest if last and rest else None],
                    row["because"] or "",
                    row["missing"] or "",
                )
            )
    return table(
        f"Recommendations for patient {patient_id} at each change",
        COLUMNS,
        rows,
        row_ids=ids,
        row_classes=classes,
    )


def _action(row: Row) -> Child:
    given = " ".join(part for part in (name_text(row["drug"]), row["dose"]) if part)
    return [
        el("div", el("a", row["rule"], href=f"#{rule_anchor(row['guideline'], row['rule'])}"), class_="rule"),
        el("div", sentence(row["action"] or "")),
        el("div", given, class_="dose") if given else None,
        None
        if row["verified"]
        else el("div", "rests in part on what was not read in its source", class_="quiet"),
    ]


def _rest(change: Change) -> Child:
    again = {(row["guideline"], row["rule"]) for row in (*change.begins, *change.goes_on)}
    gone = [row for row in change.ends if (row["guideline"], row["rule"]) not in again]
    said = []
    if change.goes_on:
        said.append(
            el("div", f"As before: {listed([_short(row) for row in change.goes_on])}.", class_="quiet")
        )
    if gone:
        said.append(el("div", f"No longer: {listed([_short(row) for row in gone])}.", class_="quiet"))
    return said


def rules_behind(found: list[Change], cautions: tuple[str, ...]) -> Markup:
    """Source, evidence and cautions of each rule that said yes at some time, once; nothing if none did.

    Args:
        found: the changes of one patient.
        cautions: of the whole guideline; they stand in the first part and are not repeated.
    """
    rules: dict[tuple[str, str], Row] = {}
    for change in found:
        for row in change.begins:
            if row["verdict"] == "yes":
                rules.setdefault((row["guideline"], row["rule"]), row)
    shared = " ".join(cautions)
    items = []
    for (guideline, rule), row in sorted(rules.items()):
        own = (row["cautions"] or "").removesuffix(shared).strip()
        evidence = sentence(row["evidence"] or "nothing stated")
        items.append(
            el(
                "li",
                el("strong", rule),
                f" ({guideline}). Rests on: {evidence} Source: {sentence(row['source'])}",
                f" Caution: {own}" if own else None,
            )
        )
    if not items:
        return Markup("")
    return el("div", el("p", "What the rules that said yes rest on:"), el("ul", items))
