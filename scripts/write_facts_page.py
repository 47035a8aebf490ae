"""docs/facts.md: the facts that a rule of a scale or of a guideline may name."""

from becalm.guidelines import guideline_facts
from becalm.rules import Fact, FactSet
from becalm.scales.edition import scale_facts
from scripts.markdown import code, filled, notice, table


def pages() -> dict[str, str]:
    """The page by its name in docs."""
    parts = {"scale_facts": fact_table(scale_facts()), "guideline_facts": fact_table(guideline_facts())}
    source = "scripts/pages/facts.md.in, src/becalm/timeline/facts.toml, src/becalm/guidelines/facts.toml"
    return {"facts.md": notice(source) + filled("facts.md.in", parts)}


def fact_table(facts: FactSet) -> str:
    """Facts with kind and meaning."""
    return table(["fact", "kind", "what it is"], [(code(f.name), _kind(f), f.says) for f in facts.values()])


def _kind(fact: Fact) -> str:
    if fact.levels:
        return f"{fact.kind}: " + ", ".join(f"`'{level}'`" for level in fact.levels)
    if fact.kind == "boolean":
        return "yes or no"
    return ("whole number" if fact.whole else "number") + (f", {fact.unit}" if fact.unit not in (None, "1") else "")
