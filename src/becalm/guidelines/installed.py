"""Reading guidelines from files, and those that becalm ships."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from becalm.guidelines.edition import Guideline, guideline_facts, predicates
from becalm.guidelines.policies import policies_of
from becalm.record import vocabulary
from becalm.record.errors import EditionError, InputError
from becalm.rules import found, load_toml_edition, shipped
from becalm.rules.wording import nearest


def load_guideline(path: Path | str) -> Guideline:
    """Read and check one guideline from a file, for instance an institution's own.

    Raises:
        EditionError: the file, a condition or a reference does not fit; the message names the place.
    """
    guideline = load_toml_edition(path, Guideline)
    if problems := [f"{path}: {problem}" for problem in _problems(guideline)]:
        raise EditionError("\n".join(problems))
    predicates(guideline)
    return guideline


def _problems(guideline: Guideline) -> Iterator[str]:
    """What does not fit together in a guideline."""
    ids = [rule.id for rule in guideline.rule]
    for name in dict.fromkeys(ids):
        if ids.count(name) > 1:
            yield f"The rule id {name} occurs twice. Expected each once. Rename one."
    for rule in guideline.rule:
        if rule.dose is not None and rule.dose not in guideline.dose:
            known = ", ".join(guideline.dose) or "none"
            yield f"The rule {rule.id} names the dose {rule.dose!r}. Expected one of: {known}. Add it."
        try:
            guideline.worded(rule.says)
        except (KeyError, IndexError, ValueError):
            yield f"The rule {rule.id}: `says` has braces that name no parameter. Correct them."
    for name, dose in guideline.dose.items():
        if dose.drug not in vocabulary().drugs:
            near = nearest(dose.drug, vocabulary().drugs)
            hint = f" Did you mean {near}?" if near else ""
            yield f"The dose {name} is of {dose.drug!r}. Expected a drug of the vocabulary.{hint} Correct it."
    try:
        policies_of(guideline)
    except InputError as error:
        yield f"`scale` or `policy`: {error}"
    for name in guideline.parameters:
        if name in guideline_facts():
            yield f"The parameter {name} has the name of a fact. Expected another name. Rename it."
        elif not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            yield f"The parameter {name!r} cannot stand in a rule. Use lower-case letters and underscores."


@cache
def installed_guidelines() -> dict[str, Guideline]:
    """Every guideline that becalm ships, by id."""
    return shipped(files("becalm.guidelines").joinpath("editions"), load_guideline)


def find_guideline(name: str | Guideline | Path) -> Guideline:
    """A guideline by its id, or from a file (a path that ends in .toml).

    Raises:
        InputError: no such guideline; the message names the nearest and lists all.
    """
    if isinstance(name, Guideline):
        return name
    if str(name).endswith(".toml"):
        return load_guideline(name)
    return found(str(name), installed_guidelines(), "guideline", "`becalm guidelines` describes them")
