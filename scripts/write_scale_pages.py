"""docs/scales/ID.md: each installed grading system, its wording beside the rule, and its paper."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from scripts.markdown import ROOT, code, filled, notice, table, verified
from scripts.write_facts_page import fact_table
from scripts.write_policies_page import policy_table

from becalm.scales import Level, Scale, installed_scales
from becalm.scales.edition import predicates, scale_facts

DOCS = ROOT / "docs"
NAMED = {
    "levels": "levels",
    "policies": "policies",
    "facts": "facts",
    "devices": "devices",
    "drug_classes": "drug classes",
    "notes": "notes",
}
"""What a rule of the paper may be implemented by: the key in ID-rules.toml, and its name for a reader."""


def pages() -> dict[str, str]:
    """The pages by their names in docs."""
    return {f"scales/{scale.id}.md": _page(scale) for scale in installed_scales().values()}


def paper_rules(scale_id: str) -> list[dict[str, Any]]:
    """The rules of the paper behind a scale and what implements each (docs/ID-rules.toml), or none."""
    file = DOCS / f"{scale_id}-rules.toml"
    content: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return list(content.get("rule", ()))


def _page(scale: Scale) -> str:
    names = dict.fromkeys(name for _, predicate in predicates(scale) for name in predicate.facts)
    rules = paper_rules(scale.id)
    named = {name for rule in rules for name in rule.get("policies", ())}
    changed = scale.settings().changed
    parts = {
        "title": scale.title,
        "id": scale.id,
        "toxicity": scale.toxicity,
        "source": scale.source,
        "hash": scale.short_hash,
        "levels": table(
            ["grade", "axis", "wording", "rule", "from", "read"],
            [(x.grade, x.axis, x.says, _rule(x), x.cites, verified(x.verified)) for x in scale.level],
        ),
        "facts": fact_table(scale_facts()[name] for name in names),
        "notes": "\n".join(f"- {note}" for note in scale.notes),
        "policies": ", ".join(f"`{name} = {value}`" for name, value in scale.policy.items()) or "none",
        "changed": code(*changed) or "none",
        "paper": _paper(rules),
        "open": policy_table(
            p for name, p in scale.relevant(scale.settings()).policies.items() if name not in named
        ),
    }
    edition = f"src/becalm/scales/editions/{scale.id}.toml"
    source = f"scripts/pages/scale.md.in, {edition}, docs/{scale.id}-rules.toml"
    return notice(source) + filled("scale.md.in", parts)


def _rule(level: Level) -> str:
    """The condition of a level, and what it asks beside."""
    parts = [code(level.when)]
    if level.lasting_hours is not None:
        parts.append(f"for {level.lasting_hours:g} hours without a break")
    if level.doubt:
        parts.append(f"*possible, never certain*: {level.doubt}")
    if level.applies_if:
        parts.append(f"only with `--set {level.applies_if}=true`")
    if level.applies_unless:
        parts.append(f"not with `--set {level.applies_unless}=true`")
    return "; ".join(parts)


def _paper(rules: Sequence[Mapping[str, Any]]) -> str:
    """What the paper says, and what implements it here."""
    rows = [(r["id"], r["says"], r["source"], verified(r["verified"]), _by(r)) for r in rules]
    return (
        table(["", "the paper", "source", "read", "here"], rows)
        if rows
        else "Each level above carries its wording and its source."
    )


def _by(rule: Mapping[str, Any]) -> str:
    """What implements a rule of the paper."""
    named = [f"{text}: {code(*rule[key])}" for key, text in NAMED.items() if key != "notes" and rule.get(key)]
    return ". ".join([rule["how"].rstrip("."), *named]) + "."
