"""docs/folder-format.md: the tables, columns and names of the folder format, as the record has them."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files

from scripts.markdown import code, filled, notice, sentences, table, verified

from becalm.record import TABLES, Code, Concept, Vocabulary, vocabulary
from becalm.timeline import default_settings

EVENT_LISTS = (
    *("local_sign", "attribution_cause", "death_cause", "attribution_value", "hypotension_value"),
    *("axis", "seizure", "cerebral_edema", "raised_intracranial_pressure", "motor_weakness"),
)
"""The closed lists of events that deserve their other spellings on the page."""

_COVERS = {
    "vasopressor": "vasopressors",
    "oxygen": "oxygen and ventilation",
    "fluid": "fluids",
    "antipyretic": "drugs that lower a fever",
    "anti_cytokine": "drugs that block a cytokine",
    "corticosteroid": "systemic corticosteroids",
    "organ_toxicity": "`organ_toxicity` events",
    "attribution": "`attribution` events; not covered means attributable to CRS",
    "local_sign": "`local_sign` events",
    "death": "`death` events; not covered means alive while observations go on, unknown after the last",
    "anti_infective": "antibacterial, antifungal and antiviral drugs",
}


def pages() -> dict[str, str]:
    """The page by its name in docs."""
    vocab = vocabulary()
    parts = {
        "tables": _tables(),
        **{name: _columns(name) for name in ("patients", "observations", "exposures", "coverage")},
        "events_columns": _columns("events"),
        "coverage_classes": _coverage_classes(vocab),
        "concepts": _concepts(vocab),
        "consciousness": ", ".join(code(level) for level in vocab.concepts["consciousness"].levels),
        "units": _units(),
        "loinc": _loinc(vocab),
        "drug_classes": table(["class", "what it is"], [(code(c), s) for c, s in vocab.drug_classes.items()]),
        "drugs": _drugs(vocab),
        "devices": _devices(vocab),
        "routes": _routes(vocab),
        "indications": _indications(vocab),
        "events": _events(vocab),
        "terms": table(
            ["list", "name", "other spellings"],
            [
                (name, code(one), _others(vocab, name, one))
                for name in EVENT_LISTS
                for one in vocab.terms[name]
            ],
        ),
        "numbers": table(
            ["number", "what it is", "unit", "limits"],
            [
                (code(n.name), n.says, code(n.unit) if n.unit else "", _limits(n.minimum, n.maximum))
                for n in vocab.numbers.values()
            ],
        ),
        "source": vocab.source,
    }
    source = "scripts/pages/folder-format*, src/becalm/record/vocabulary.toml"
    return {"folder-format.md": notice(source) + filled("folder-format.md.in", parts)}


def _tables() -> str:
    return table(
        ["file", "required columns", "optional columns"],
        [
            (
                f"[`{t.name}`](#{t.name})",
                ", ".join(" or ".join(map(code, group)) for group in t.required),
                code(*t.optional),
            )
            for t in TABLES.values()
        ],
    )


def _columns(name: str) -> str:
    """The columns of one table with their hand-written sentences."""
    columns = TABLES[name].columns
    written = sentences("folder-format-columns.toml", name, columns)
    needed = {
        c: "yes" if len(group) == 1 else "one of these" for group in TABLES[name].required for c in group
    }
    rows = [(code(c), needed.get(c, ""), written[c]) for c in columns]
    return table(["column", "required", "what it holds"], rows)


def _coverage_classes(vocab: Vocabulary) -> str:
    names = vocab.names("coverage_class")
    rows = [(code(n), _COVERS[n], _others(vocab, "coverage_class", n)) for n in names]
    return table(["class", "what it covers", "other spellings"], rows)


def _concepts(vocab: Vocabulary) -> str:
    rows = [
        (
            code(c.name),
            c.says,
            code(*(unit.code for unit in c.units)),
            _limits(c.plausible_min, c.plausible_max),
            f"{c.validity_hours:g} h",
            code(*c.synonyms),
        )
        for c in vocab.concepts.values()
    ]
    units = "units, the canonical one first"
    return table(["concept", "what it is", units, "plausible", "speaks for", "other spellings"], rows)


def _units() -> str:
    text = files("becalm.record").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    spellings: Mapping[str, list[str]] = tomllib.loads(text)["unit_spellings"]
    return table(["unit", "other spellings"], [(code(u), code(*s)) for u, s in spellings.items() if s])


def _loinc(vocab: Vocabulary) -> str:
    def rows(codes: Callable[[Concept], tuple[Code, ...]], means: str) -> Iterable[tuple[str, ...]]:
        for concept in vocab.concepts.values():
            for one in codes(concept):
                yield code(concept.name), means, code(one.code), one.says, verified(one.verified)

    found = [*rows(lambda c: c.codes, "is"), *rows(lambda c: c.excluded_codes, "is not")]
    return table(["concept", "", "code", "remark", "read"], found)


def _drugs(vocab: Vocabulary) -> str:
    rows = [
        (
            code(d.name),
            ", ".join(d.classes),
            *(
                ", ".join(_coded(one) for one in d.codes if one.system == system)
                for system in ("ATC", "RxNorm")
            ),
            code(*d.synonyms),
        )
        for d in vocab.drugs.values()
    ]
    return table(["drug", "classes", "ATC", "RxNorm", "other spellings"], rows)


def _devices(vocab: Vocabulary) -> str:
    rows = [
        (code(d.name), d.says, ", ".join(_coded(one) for one in d.codes), code(*d.synonyms))
        for d in vocab.devices.values()
    ]
    return table(["name", "what it is", "SNOMED CT", "other spellings"], rows)


def _routes(vocab: Vocabulary) -> str:
    rows = [
        (code(r), "yes" if r in vocab.systemic_routes else "no", _others(vocab, "route", r))
        for r in vocab.names("route")
    ]
    return table(
        ["route", "systemic", "other spellings"], [*rows, ("(blank)", "yes, and counted in a note", "")]
    )


def _indications(vocab: Vocabulary) -> str:
    policies = [p for p in default_settings().policies.values() if isinstance(p.value, tuple)]
    rows = [
        (code(i), code(*(p.name for p in policies if i in p.value)), _others(vocab, "indication", i))  # type: ignore[operator]
        for i in vocab.names("indication")
    ]
    return table(["indication", "named by the policies", "other spellings"], rows)


def _events(vocab: Vocabulary) -> str:
    def held(column: str, group: str | None) -> str:
        if group is None:
            return ""
        return "CTCAE grade, 0 to 5" if group == "grade" else code(*vocab.terms[group])

    rows = [
        (
            code(e.name),
            e.says,
            *(held(c, e.lists.get(c)) for c in ("value", "axis", "cause", "severity")),
            code(*e.required),
            e.coverage_class or "",
            code(*e.synonyms),
        )
        for e in vocab.events.values()
    ]
    headers = [
        "event",
        "what it is",
        "value",
        "axis",
        "cause",
        "severity",
        "must have",
        "class",
        "other spellings",
    ]
    return table(headers, rows)


def _others(vocab: Vocabulary, group: str, name: str) -> str:
    """The other spellings of a name in a closed list."""
    return code(
        *(text for text, canonical in vocab.indexes[group].items() if canonical == name and text != name)
    )


def _coded(one: Code) -> str:
    return (
        f"`{one.code}`" + (f" ({one.says})" if one.says else "") + ("" if one.verified else " **not read**")
    )


def _limits(low: float, high: float) -> str:
    return f"{low:.10g} to {high:.10g}"
