"""docs/scales/ID.md: each installed grading system, its wording beside the rule, and how it follows its paper."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from becalm.rules import Fact
from becalm.scales import Scale, installed_scales
from becalm.scales.edition import predicates, scale_facts
from scripts.markdown import ROOT, code, filled, notice, table, verified
from scripts.write_facts_page import fact_table
from scripts.write_policies_page import policy_table

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
    rules: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))["rule"] if file.exists() else []
    return rules


def _page(scale: Scale) -> str:
    used = {name: fact for _, predicate in predicates(scale) for name, fact in _facts(predicate.facts)}
    changed = scale.settings().changed
    parts = {
        "title": scale.title,
        "id": scale.id,
        "toxicity": scale.toxicity,
        "source": scale.source,
        "hash": scale.short_hash,
        "levels": table(
            ["grade", "axis", "wording", "rule", "from", "read"],
            [(x.grade, x.axis, x.says, code(x.when), x.cites, verified(x.verified)) for x in scale.level],
        ),
        "facts": fact_table(used),
        "notes": "\n".join(f"- {note}" for note in scale.notes),
        "policies": ", ".join(f"`{name} = {value}`" for name, value in scale.policy.items()) or "none",
        "changed": code(*changed) or "none",
        "paper": _paper(scale),
    }
    source = f"scripts/pages/scale.md.in, src/becalm/scales/editions/{scale.id}.toml, docs/{scale.id}-rules.toml"
    return notice(source) + filled("scale.md.in", parts)


def _facts(names: tuple[str, ...]) -> Iterator[tuple[str, Fact]]:
    for name in names:
        yield name, scale_facts()[name]


def _paper(scale: Scale) -> str:
    rules = paper_rules(scale.id)
    if not rules:
        return "Not listed yet."
    own = [p for n, p in scale.settings().policies.items() if not any(n in r.get("policies", ()) for r in rules)]
    rows = [(r["id"], r["says"], r["source"], verified(r["verified"]), _by(r)) for r in rules]
    return "\n\n".join(
        [
            table(["", "the paper", "source", "read", "here"], rows),
            "## What the paper leaves open\n\nPolicies that no rule above names: becalm's own choices, so that two "
            "people get the same grade.",
            policy_table(own),
        ]
    )


def _by(rule: Mapping[str, Any]) -> str:
    """What implements a rule of the paper."""
    named = [f"{text}: {code(*rule[key])}" for key, text in NAMED.items() if key != "notes" and rule.get(key)]
    return ". ".join([rule["how"].rstrip("."), *named]) + "."
