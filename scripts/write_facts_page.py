"""docs/facts.md: the facts that a rule of a scale or of a guideline may name."""

from collections.abc import Iterable

from scripts.markdown import code, filled, notice, table

from becalm.guidelines import guideline_facts
from becalm.rules import Fact
from becalm.timeline.families import every_fact, families, family_of


def pages() -> dict[str, str]:
    """The page by its name in docs."""
    course = [fact for fact in every_fact().values() if family_of(fact.name) is None]
    parts = {
        "scale_facts": fact_table(course),
        "family_facts": "\n\n".join(
            f"### {name.replace('_', ' ').capitalize()}\n\n{fact_table(family.facts.values())}\n\n"
            f"Source: {family.source}."
            for name, family in families().items()
        ),
        "guideline_facts": fact_table(guideline_facts().values()),
    }
    source = (
        "scripts/pages/facts.md.in, src/becalm/timeline/facts.toml, src/becalm/timeline/families, "
        "src/becalm/guidelines/facts.toml"
    )
    return {"facts.md": notice(source) + filled("facts.md.in", parts)}


def fact_table(facts: Iterable[Fact]) -> str:
    """Facts with kind and meaning."""
    return table(["fact", "kind", "what it is"], [(code(f.name), _kind(f), f.says) for f in facts])


def _kind(fact: Fact) -> str:
    if fact.levels:
        return f"{fact.kind}: " + ", ".join(f"`'{level}'`" for level in fact.levels)
    if fact.kind == "boolean":
        return "yes or no"
    number = "whole number" if fact.whole else "number"
    return number if fact.unit in (None, "1") else f"{number}, {fact.unit}"
