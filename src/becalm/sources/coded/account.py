"""The account of an import: what became of every row, what was mapped and what not, what that leaves open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from becalm.record import vocabulary
from becalm.record.names import fold
from becalm.sources.coded.mapping import NeedEntry
from becalm.sources.coded.matching import NOT_MAPPED
from becalm.sources.coded.statements import REFUSED, SET_ASIDE

CODES: dict[str, pl.DataType] = {
    "domain": pl.String(),
    "target": pl.String(),
    "name": pl.String(),
    "how": pl.String(),
    "verified": pl.Boolean(),
    "code": pl.String(),
    "text": pl.String(),
    "unit": pl.String(),
    "count": pl.Int64(),
}
"""Columns of the coverage of codes: one line for each code, name and unit of a source."""

FILES: dict[str, pl.DataType] = {
    "file": pl.String(),
    "read": pl.Int64(),
    "used": pl.Int64(),
    "set_aside": pl.Int64(),
    "refused": pl.Int64(),
}

REASONS: dict[str, pl.DataType] = {
    "file": pl.String(),
    "outcome": pl.String(),
    "reason": pl.String(),
    "count": pl.Int64(),
    "example": pl.String(),
}

SHOWN = 15


@dataclass(frozen=True)
class Account:
    """What became of a source.

    `files` (FILES): rows read = used + set aside + refused, by file or resource type. `reasons` (REASONS):
    why rows were not used. `refused` (OUTCOME): each refused
    row. `codes` (CODES): every code with its meaning or without. `lacking`: sentences on what the
    import leaves ungradable. `notes`: sentences about the whole source.
    """

    files: pl.DataFrame
    reasons: pl.DataFrame
    refused: pl.DataFrame
    codes: pl.DataFrame
    lacking: tuple[str, ...]
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        """The account as lines of text for a person."""
        total = self.files.select(pl.col("read", "used", "set_aside", "refused").sum()).row(0)
        shown = self.files if self.files.height <= SHOWN else self.files.clear()
        rows = [*shown.iter_rows(), ("all files" if shown.height else f"{self.files.height} files", *total)]
        out = [
            f"{file}: {read} rows read = {used} used + {aside} set aside + {refused} refused"
            for file, read, used, aside, refused in rows
        ]
        out += self._mapped() + self._unmapped() + self._reasons()
        if self.lacking:
            out += ["What this leaves ungradable:", *(f"  {text}" for text in self.lacking)]
        return [*out, *(f"note: {note}" for note in self.notes)]

    def _mapped(self) -> list[str]:
        used = self.codes.filter(
            ~pl.col("target").is_in([NOT_MAPPED, "ignore"]) & (pl.col("domain") != "order")
        )
        if used.is_empty():
            return ["Mapped: nothing."]
        grouped = (
            used.group_by("target", "name", maintain_order=True)
            .agg(
                pl.col("count").sum(),
                codes=pl.col("code").drop_nulls().unique(maintain_order=True).head(3).str.join(", "),
                by_name=pl.col("count").filter(pl.col("how") == "name").sum(),
                unverified=pl.col("count").filter(~pl.col("verified") & (pl.col("how") != "name")).sum(),
            )
            .sort("target", "count", "name", descending=[False, True, False])
        )
        out = ["Mapped:"]
        for target, name, count, codes, by_name, unverified in grouped.iter_rows():
            marks = [f"{by_name} by name alone: check them"] * bool(by_name)
            marks += [f"{unverified} by a code recalled, not verified"] * bool(unverified)
            told = f" ({codes})" if codes else ""
            out.append(f"  {target} {name}: {count}{told}{'; ' + '; '.join(marks) if marks else ''}")
        return out

    def _unmapped(self) -> list[str]:
        left = self.codes.filter(pl.col("target") == NOT_MAPPED)
        if left.is_empty():
            return ["Not mapped: nothing."]
        grouped = (
            left.group_by("domain", "code", "text")
            .agg(pl.col("count").sum())
            .sort("count", "domain", "code", "text", descending=[True, False, False, False], nulls_last=True)
        )
        out = [
            f"Not mapped: {grouped['count'].sum()} statements of {grouped.height} codes or names. "
            "The commonest:"
        ]
        for domain, code, text, count in grouped.head(SHOWN).iter_rows():
            near = suggestion(domain, text)
            hint = f" (is it {near[0]} {near[1]}?)" if near else ""
            named = " ".join(part for part in (code, text) if part) or "without a code or a name"
            out.append(f"  {count} x {domain} {named}{hint}")
        if grouped.height > SHOWN:
            out.append(f"  and {grouped.height - SHOWN} more: `becalm map` lists them all")
        return out

    def _reasons(self) -> list[str]:
        out = []
        for outcome, title in ((SET_ASIDE, "Set aside"), (REFUSED, "Refused")):
            rows = (
                self.reasons.filter(pl.col("outcome") == outcome)
                .group_by("reason", maintain_order=True)
                .agg(
                    pl.col("count").sum(),
                    pl.col("example").drop_nulls().first(),
                    of=pl.col("file").unique(maintain_order=True),
                )
                .sort("count", "reason", descending=[True, False])
            )
            if rows.height:
                out.append(f"{title}:")
            for reason, count, example, of in rows.head(2 * SHOWN).iter_rows():
                where = of[0] if len(of) == 1 else f"{len(of)} files"
                if not count:
                    where = f"{where}, part of a row that is used otherwise"
                out.append(
                    f"  {count} of {where}: {reason}" + (f" (for instance {example})" if example else "")
                )
            if rows.height > 2 * SHOWN:
                out.append(f"  and {rows.height - 2 * SHOWN} reasons more")
        return out


GROUPS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "measurement": (("observation", "concept"),),
    "observation": (("observation", "concept"), ("oxygen", "oxygen")),
    "drug": (("drug", "drug"),),
    "device": (("oxygen", "oxygen"),),
    "procedure": (("oxygen", "oxygen"),),
}
"""For each domain the targets that a name may mean, with the vocabulary's group of each."""


def suggestion(domain: str, text: str | None) -> tuple[str, str] | None:
    """What a name that is not mapped may mean: a target and a vocabulary name, for a person to judge.

    A name of the vocabulary that stands in it as whole words, the longest first: no spelling is guessed.
    """
    words = [word for word in re.split(r"[^a-z0-9]+", fold(text or "")) if word]
    runs = ["_".join(words[i : i + n]) for n in (4, 3, 2, 1) for i in range(len(words) - n + 1)]
    for target, group in GROUPS.get(domain, ()):
        index = vocabulary().indexes[group]
        for run in runs:
            if len(run) > 1 and run in index:
                return target, index[run]
    return None


def who_has(need: NeedEntry, tables: dict[str, pl.DataFrame]) -> set[str]:
    """The patients that have a row that meets a need."""
    frame = tables[f"{need.kind}s"]
    if need.kind == "exposure":
        classes = {drug.name: set(drug.classes) for drug in vocabulary().drugs.values()}
        wanted = {name for name, held in classes.items() if held & set(need.any)} | set(need.any)
        rows = frame.filter(pl.col("name").is_in(list(wanted)) | pl.col("kind").is_in(list(need.any)))
    else:
        column = "concept" if need.kind == "observation" else "event"
        rows = frame.filter(pl.col(column).is_in(list(need.any)))
    return set(rows["patient_id"].unique().to_list())


def lacking_text(need: NeedEntry, held: int, patients: int) -> str:
    """The sentence for one need, empty where everyone has it.

    A class of exposures of which the source has a row counts as covered: who has none was not given it.
    """
    if held >= patients or (held and need.kind == "exposure"):
        return ""
    what = " or ".join(name.replace("_", " ") for name in need.any)
    who = "no patient has" if held == 0 else f"{patients - held} of {patients} patients have no"
    row = "any row of " if held == 0 else "row of "
    return f"{who} {row}{what}: {need.says}"
