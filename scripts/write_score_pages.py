"""docs/scores.md: each installed score with its definition, moments and classes; what cannot be computed."""

from collections.abc import Iterator

from scripts.markdown import code, filled, notice, table, verified
from scripts.write_policies_page import policy_table

from becalm.markers import Score, default_score_settings, installed_scores, score_file


def pages() -> dict[str, str]:
    """The page by its name in docs."""
    file = score_file()
    parts = {
        "list": table(
            ["id", "score", "what it is"],
            [(f"[`{s.id}`](#{s.id})", s.title, s.says) for s in installed_scores().values()],
        ),
        "scores": "\n\n".join("\n\n".join(_score(score)) for score in installed_scores().values()),
        "policies": policy_table(default_score_settings().own.values()),
        "gaps": table(
            ["score", "why not", "source"], [(gap.title, gap.says, gap.source) for gap in file.gap]
        ),
    }
    source = "scripts/pages/scores.md.in, src/becalm/markers/scores.toml, src/becalm/markers/scores/*.toml"
    return {"scores.md": notice(source) + filled("scores.md.in", parts)}


def _score(score: Score) -> Iterator[str]:
    """The section of a score, paragraph by paragraph."""
    yield f"### {score.id}"
    yield f"{score.title}. {score.says} Read: {verified(score.verified)} ({score.cites})."
    yield f"Source: {score.source}. Unit: `{score.unit}`. Hash of the file: `{score.short_hash}`."
    if score.formula:
        yield f"`{score.formula}`" + (", with its base-2 logarithm" if score.log2 else "")
    if score.inputs:
        rows = [(code(name), one.unit, one.says) for name, one in score.inputs.items()]
        yield table(["input", "unit", "what it is"], rows)
    if score.item:
        yield table(
            ["item", "at least", "rule", "wording", "from", "read"],
            [
                (item.name, f"{one.points:g}", code(one.when), one.says, one.cites, verified(one.verified))
                for item in score.item
                for one in item.level
            ],
        )
    if score.trigger:
        one = score.trigger
        row = (code(one.when), one.says, one.cites, verified(one.verified))
        yield table(["yes if", "wording", "from", "read"], [row])
    if score.equivalent:
        doses = [(f"{e.amount:g} mg", e.drug, e.cites, verified(e.verified)) for e in score.equivalent]
        yield table(["as much as", "of", "from", "read"], doses)
    if score.moment:
        moments = [(m.id, m.says, m.cites, verified(m.verified)) for m in score.moment]
        yield table(["measured", "what that is", "from", "read"], moments)
    if score.window:
        yield table(["summed", "over what time"], [(w.id, w.says) for w in score.window])
    if score.classes:
        classes = [
            (c.name, code(c.when), c.says, ", ".join(c.moments) or "always", c.cites, verified(c.verified))
            for c in score.classes
        ]
        yield table(["class", "at least if", "wording", "measured", "from", "read"], classes)
    yield "\n".join(f"- {note}" for note in score.notes)
