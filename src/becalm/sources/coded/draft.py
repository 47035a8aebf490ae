"""A first mapping for a source: what is mapped, what may be meant, what is not known."""

from __future__ import annotations

import json

import polars as pl

from becalm.record import vocabulary
from becalm.sources.coded.account import CODES, suggestion
from becalm.sources.coded.lookup import Lookup
from becalm.sources.coded.matching import NOT_MAPPED, matched
from becalm.sources.coded.statements import Chunk, conformed


def inventory(chunks: list[Chunk] | tuple[Chunk, ...], lookup: Lookup) -> pl.DataFrame:
    """Every code, name and unit of some chunks with its meaning or without: CODES, counted."""
    parts = [conformed([], CODES)]
    for chunk in chunks:
        rows = matched(chunk.statements, lookup).with_columns(code=pl.col("codes").list.first())
        keys = [name for name in CODES if name != "count"]
        parts.append(rows.group_by(keys).agg(count=pl.len().cast(pl.Int64)).select(*keys, "count"))
        parts.append(conformed(chunk.unmapped.with_columns(target=pl.lit(NOT_MAPPED)), CODES))
    keys = [name for name in CODES if name != "count"]
    return merged_inventory(pl.concat(parts)).select(*keys, "count")


def merged_inventory(parts: pl.DataFrame) -> pl.DataFrame:
    """CODES of several parts as one, the commonest first within each meaning."""
    keys = [name for name in CODES if name != "count"]
    counted = parts.group_by(keys).agg(pl.col("count").sum())
    return counted.sort("count", *keys, descending=[True, *(False for _ in keys)], nulls_last=True)


def draft(codes: pl.DataFrame, lookup: Lookup, kind: str) -> str:
    """The text of a mapping file for what a source holds.

    Entries that are written out, with `verified = false`, say what holds without them: codes matched by name.
    What is not mapped stands as a comment, ready to be filled in, with a proposal where its name holds one of
    the vocabulary's. Codes that are mapped already are counted in comments and need no entry.

    Args:
        codes: CODES of the whole source.
        lookup: the mapping in force.
        kind: the kind of source, for the title.
    """
    from becalm import __version__

    known = codes.filter(pl.col("how").is_in(["mapping", "code"]))
    named = codes.filter(pl.col("how") == "name")
    left = codes.filter(pl.col("target") == NOT_MAPPED)
    out = [
        "# A draft: read every entry, correct it, delete what is wrong, then use it with",
        f"#   becalm import {kind} SOURCE -o FOLDER --mapping THIS_FILE",
        "# Set verified = true where you have confirmed a meaning. One target a code: observation, drug,",
        "# fluid, procedure, oxygen, ventilation, support (device, flow_l_min, fio2), event, stay, or",
        "# ignore with a reason.",
        "",
        "format_version = 1",
        f"id = {_text(kind + '-draft')}",
        f"title = {_text('Mapping of a ' + kind + ' source')}",
        f"source = {_text(f'drafted by becalm {__version__} from what the source holds; not proof-read')}",
        "",
        f"# Mapped already: {known['count'].sum()} statements of {known.height} codes; they need no entry.",
        *_known(known),
    ]
    if named.height:
        out += ["", "# ---- matched by name alone: confirm or correct", ""]
        for row in _distinct(named):
            out += _entry(row, (row["target"], row["name"]), lookup)
    if left.height:
        out += [
            "",
            "# ---- not mapped: uncomment and correct; those whose name holds a known one come first",
            "",
        ]
        rest: list[str] = []
        for row in _distinct(left):
            near = suggestion(row["domain"], row["text"])
            entry = _commented(_entry(row, near or ("ignore", "TODO"), lookup))
            (out if near else rest).extend(entry)
        out += rest
    units = _units(codes, lookup)
    if units:
        out += [
            "# ---- units as the source writes them, where the vocabulary does not know the spelling",
            "",
            *units,
        ]
    return "\n".join(out).rstrip() + "\n"


def _known(known: pl.DataFrame) -> list[str]:
    rows = known.group_by("target", "name", maintain_order=True).agg(pl.col("count").sum())
    return [f"#   {target} {name}: {count}" for target, name, count in rows.iter_rows()]


def _distinct(rows: pl.DataFrame) -> list[dict[str, str]]:
    """One row for each code, or each name where there is no code, the commonest first."""
    keys = ["domain", "target", "name", "code", "text"]
    counted = rows.group_by(keys, maintain_order=True).agg(
        pl.col("count").sum(), units=pl.col("unit").drop_nulls().unique().sort().str.join(", ")
    )
    return list(
        counted.sort("count", "code", "text", descending=[True, False, False], nulls_last=True).iter_rows(
            named=True
        )
    )


def _entry(row: dict[str, str], meaning: tuple[str, str], lookup: Lookup) -> list[str]:
    """One [[code]] entry, or a [[name]] entry where the source gives no code."""
    units = f", in {row['units']}" if row["units"] else ""
    lines = [f"# {row['count']} x {row['domain']}{units}"]
    if row["code"]:
        system, code = lookup.split(row["code"])
        lines += ["[[code]]", f"system = {_text(system)}", f"code = {_text(code)}"]
    elif row["text"]:
        lines += ["[[name]]", f"text = {_text(row['text'])}", f"domain = {_text(row['domain'])}"]
    else:
        return [f"# {row['count']} x {row['domain']} without a code or a name: nothing can map them", ""]
    lines.append(f"{meaning[0]} = {_text(meaning[1])}")
    if row["text"] and row["code"]:
        lines.append(f"says = {_text(row['text'])}")
    return [*lines, "verified = false", ""]


def _commented(entry: list[str]) -> list[str]:
    return [line if line.startswith("#") or not line else f"# {line}" for line in entry]


def _units(codes: pl.DataFrame, lookup: Lookup) -> list[str]:
    """[[unit]] proposals, as comments, for units of mapped observations that the vocabulary cannot read."""
    concepts = vocabulary().concepts
    out = []
    seen = codes.filter((pl.col("target") == "observation") & pl.col("unit").is_not_null())
    for name, unit, count in (
        seen.group_by("name", "unit", maintain_order=True)
        .agg(pl.col("count").sum())
        .sort("name", "unit")
        .iter_rows()
    ):
        if concepts[name].unit_rule(lookup.unit(unit, name) or "") is None:
            accepted = ", ".join(rule.code for rule in concepts[name].units)
            out += [
                f"# {count} x {name}: the unit {unit!r} is not known; accepted are {accepted}",
                "# [[unit]]", f"# given = {_text(unit)}", '# unit = "TODO: one of these, if it is the same"',
                f"# concept = {_text(name)}", "",
            ]  # fmt: skip
    return out


def _text(value: str) -> str:
    """A TOML string."""
    return json.dumps(value, ensure_ascii=False)
