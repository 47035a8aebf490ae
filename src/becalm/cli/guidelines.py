"""`becalm guidelines`: the management guidelines that are installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from becalm.cli.app import app
from becalm.cli.cite import CITED, _mark
from becalm.guidelines import Guideline, installed_guidelines, load_guideline
from becalm.guidelines.edition import Dose

guidelines_app = App(name="guidelines", help="List the guidelines installed, or check a file of your own.")
app.command(guidelines_app)


@guidelines_app.default
def list_guidelines() -> None:
    """List the guidelines installed: id, grading system, title, whether every rule was verified, hash."""
    for edition in installed_guidelines().values():
        doubtful = sum(not rule.verified for rule in edition.rule)
        every = f"{doubtful} of {len(edition.rule)} rules not verified" if doubtful else "every rule verified"
        print(f"{edition.id}\t{edition.scale}\t{edition.title}\t{every}\t{edition.short_hash}")


@guidelines_app.command(name="check")
def check_guideline(file: Annotated[Path, Parameter(help="A guideline as a TOML file.")]) -> None:
    """Proof-read an institution's own guideline: rules, parameters, doses and the grading system must fit."""
    edition = load_guideline(file)
    print(
        f"{edition.id}: {len(edition.rule)} rules, {len(edition.parameters)} parameters, "
        f"{len(edition.dose)} doses, graded by {edition.scale}, all sound"
    )


def cite_guideline(guideline: Guideline) -> Iterator[str]:
    """A guideline, line by line."""
    yield f"{guideline.title} ({guideline.id}, {guideline.short_hash})"
    yield f"Source: {guideline.source}"
    yield f"Grades by: {guideline.scale}"
    yield from (f"Note: {note}" for note in guideline.notes)
    yield from (f"Caution: {caution}" for caution in guideline.cautions)
    for name, one in guideline.parameters.items():
        at_limit = f" ({one.at_limit})" if one.at_limit else ""
        yield f"{name} = {one.value:g}: {one.says}{at_limit} [{one.cites}; {_mark(one.verified)}]"
    if guideline.scope:
        yield f"Every rule holds only if {guideline.scope.says}: {guideline.scope.when}"
    for rule in guideline.rule:
        yield f"{rule.id}: {guideline.worded(rule.says)}: {rule.action}"
        yield f"    rule: {rule.when}"
        yield f"    if unknown: {rule.when_unknown}"
        yield from (f"    evidence: {text}" for text in rule.evidence)
        yield from (f"    caution: {text}" for text in rule.cautions)
        if rule.dose_gap:
            yield f"    dose: {rule.dose_gap}"
        yield f"    from: {rule.cites}; {_mark(rule.verified)}"
    for dose in guideline.dose.values():
        yield from _dose(dose)


def _dose(dose: Dose) -> Iterator[str]:
    """A dose with its limits, line by line."""
    yield f"Dose of {dose.drug} ({dose.route}): {dose.says}"
    for band in dose.band:
        limits = f"from {band.from_kg:g} kg" + (f" to below {band.below_kg:g} kg" if band.below_kg else "")
        amount = f"{band.per_kg:g} {dose.unit}/kg {limits}"
        yield f"    {amount} [{band.cites}; {_mark(band.verified)}]"
    for name, says in (
        ("max_single", f"at most {{:g}} {dose.unit} at once"),
        ("min_interval_hours", "at least {:g} hours apart"),
        ("max_in_24_hours", "at most {:g} in 24 hours"),
        ("max_total", "at most {:g} in all"),
        ("usual_interval_hours", "usually at least {:g} hours apart (mentioned, not enforced)"),
    ):
        limit = getattr(dose, name)
        if limit is not None:
            yield f"    {says.format(limit.value)} [{limit.cites}; {_mark(limit.verified)}]"


CITED["guideline"] = lambda: {
    i: (lambda g=g: cite_guideline(g))  # type: ignore[misc]
    for i, g in installed_guidelines().items()
}
