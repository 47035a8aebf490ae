"""docs/mappings/ID.md: what each shipped mapping says, code by code."""

from collections.abc import Sequence

from scripts.markdown import code, filled, notice, table, verified

from becalm.sources import CODED
from becalm.sources.coded.mapping import Mapping, Meaning, shipped_mapping

SHIPPED = ("common", *CODED)


def pages() -> dict[str, str]:
    """The pages by their names in docs."""
    return {f"mappings/{name}.md": _page(shipped_mapping(name)) for name in SHIPPED}


def _page(mapping: Mapping) -> str:
    parts = {
        "title": mapping.title,
        "id": mapping.id,
        "source": mapping.source.removesuffix("."),
        "codes": _entries(
            ["system", "code"], [((one.system, one.code), one) for one in mapping.code], "No code of its own."
        ),
        "names": _entries(
            ["domain", "name"],
            [((one.domain or "any", one.text), one) for one in mapping.name],
            "No name of its own.",
        ),
        "values": _values(mapping),
        "units": _units(mapping),
        "systems": _listed(["written as", "here"], mapping.systems.items()),
        "options": _listed(["option", "value"], mapping.options.items()),
    }
    file = f"src/becalm/sources/coded/mappings/{mapping.id}.toml"
    return notice(f"scripts/pages/mapping.md.in, {file}") + filled("mapping.md.in", parts)


def _entries(first: Sequence[str], rows: Sequence[tuple[tuple[str, str], Meaning]], none: str) -> str:
    if not rows:
        return none
    return table(
        [*first, "means", "says", "read"],
        [(*map(code, key), _meaning(one), one.says, verified(one.verified)) for key, one in rows],
    )


def _meaning(one: Meaning) -> str:
    """The target of an entry with what refines it."""
    if one.ignore is not None:
        return f"set aside: {one.ignore}"
    refined = ("value", "unit", "axis", "cause", "site", "severity", "route", "indication")
    more = [f"{name} {getattr(one, name)}" for name in refined if getattr(one, name) is not None]
    return f"{one.target} {code(one.name)}" + (f" ({', '.join(more)})" if more else "")


def _values(mapping: Mapping) -> str:
    rows = []
    for one in mapping.value:
        kinds = ("oxygen", "sex", "route", "indication", "ignore")
        said = [f"{kind} {code(getattr(one, kind))}" for kind in kinds if getattr(one, kind) is not None]
        rows.append((code(one.given), ", ".join(said)))
    return table(["word", "means"], rows) if rows else "None."


def _units(mapping: Mapping) -> str:
    rows = [(code(one.given), code(one.unit), one.concept or "every concept") for one in mapping.unit]
    return table(["written as", "UCUM", "for"], rows) if rows else "None."


def _listed(headers: Sequence[str], pairs: object) -> str:
    rows = [(code(key), code(value)) for key, value in dict(pairs).items()]  # type: ignore[call-overload]
    return table(headers, rows) if rows else "None."
