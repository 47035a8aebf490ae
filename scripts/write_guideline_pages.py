"""docs/guidelines/ID.md: each installed guideline, its rules, what they rest on, doses and limits."""

from collections.abc import Iterable

from scripts.markdown import code, filled, notice, table, verified

from becalm.guidelines import Guideline, Recommendation, installed_guidelines
from becalm.guidelines.edition import Dose


def pages() -> dict[str, str]:
    """The pages by their names in docs."""
    return {f"guidelines/{one.id}.md": _page(one) for one in installed_guidelines().values()}


def _page(guideline: Guideline) -> str:
    parts = {
        "title": guideline.title,
        "id": guideline.id,
        "scale": guideline.scale,
        "source": guideline.source,
        "hash": guideline.short_hash,
        "cautions": _listed(guideline.cautions),
        "notes": _listed(guideline.notes),
        "scope": f"{guideline.scope.says} (`{guideline.scope.when}`)" if guideline.scope else "every patient",
        "rules": "\n\n".join(_rule(rule, guideline) for rule in guideline.rule),
        "parameters": table(
            ["parameter", "value", "what it is", "exactly at it", "source", "read"],
            [
                (code(name), f"{p.value:g}", p.says, p.at_limit or "", p.cites, verified(p.verified))
                for name, p in guideline.parameters.items()
            ],
        ),
        "doses": "\n\n".join(_dose(name, dose) for name, dose in guideline.dose.items()) or "None.",
    }
    source = f"scripts/pages/guideline.md.in, src/becalm/guidelines/editions/{guideline.id}.toml"
    return notice(source) + filled("guideline.md.in", parts)


def _listed(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences) or "None."


def _rule(rule: Recommendation, guideline: Guideline) -> str:
    lines = [
        f"### {rule.id}",
        "",
        f"{_capital(guideline.worded(rule.says))}: **{rule.action}**.",
        "",
        f"- Rule: `{rule.when}`",
        f"- From: {rule.cites}; read: {verified(rule.verified)}",
        f"- While it cannot be decided: {rule.when_unknown}",
    ]
    if rule.dose:
        lines.append(f"- Dose: [{rule.dose}](#dose-of-{rule.dose})")
    if rule.dose_gap:
        lines.append(f"- Dose: {rule.dose_gap}")
    lines += [f"- Rests on: {sentence}" for sentence in rule.evidence]
    lines += [f"- Caution: {sentence}" for sentence in rule.cautions]
    return "\n".join(lines)


def _dose(name: str, dose: Dose) -> str:
    limits = {
        "highest single dose": (dose.max_single, dose.unit),
        "shortest time between doses": (dose.min_interval_hours, "h"),
        "most in 24 hours": (dose.max_in_24_hours, "doses"),
        "most in all": (dose.max_total, "doses"),
        "usual time between doses (mentioned only)": (dose.usual_interval_hours, "h"),
    }
    rows: list[tuple[str, str, str, str]] = []
    for band in dose.band:
        above = f"from {band.from_kg:g} kg" if band.from_kg else ""
        below = f"below {band.below_kg:g} kg" if band.below_kg else ""
        weight = ", ".join(part for part in (above, below) if part) or "any weight"
        rows.append((weight, f"{band.per_kg:g} {dose.unit}/kg", band.cites, verified(band.verified)))
    for text, (limit, unit) in limits.items():
        if limit is not None:
            value = f"{limit.value:g} {unit}" + (f" ({limit.says})" if limit.says else "")
            rows.append((text, value, limit.cites, verified(limit.verified)))
    said = f"{_capital(dose.drug)}, {dose.route}. {dose.says}".strip()
    return f"### Dose of {name}\n\n{said}\n\n" + table(["", "dose or limit", "source", "read"], rows)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
