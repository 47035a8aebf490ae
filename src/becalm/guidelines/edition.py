"""A management guideline as a versioned data file: rules, parameters, doses with limits, cautions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files
from typing import Literal

from pydantic import Field

from becalm.record.errors import InputError
from becalm.rules import Edition, Fact, FactSet, Predicate, Rule, Strict, compile_predicate, compile_rules
from becalm.rules.wording import nearest


class Parameter(Strict):
    """A number that rules name and a user may change; `at_limit` says what holds exactly at it."""

    value: float
    says: str = Field(min_length=1)
    cites: str = Field(min_length=1)
    verified: bool
    at_limit: str | None = None


class Limit(Strict):
    """One limit of a dose, with its source."""

    value: float = Field(gt=0)
    cites: str = Field(min_length=1)
    verified: bool
    says: str | None = None


class Band(Strict):
    """The dose per kg in a range of body weight: from `from_kg` (included) to below `below_kg`."""

    per_kg: float = Field(gt=0)
    from_kg: float = 0.0
    below_kg: float | None = None
    cites: str = Field(min_length=1)
    verified: bool


class Dose(Strict):
    """How much of a drug, by body weight, and how often at most.

    A limit refuses a dose; `usual_interval_hours` is only mentioned.
    """

    drug: str
    unit: str
    route: str
    says: str = ""
    band: tuple[Band, ...] = Field(min_length=1)
    max_single: Limit | None = None
    min_interval_hours: Limit | None = None
    max_in_24_hours: Limit | None = None
    max_total: Limit | None = None
    usual_interval_hours: Limit | None = None

    @property
    def verified(self) -> bool:
        """Whether every part was read in its source."""
        limits = (self.max_single, self.min_interval_hours, self.max_in_24_hours, self.max_total)
        parts: list[Band | Limit] = [*self.band, *(limit for limit in limits if limit is not None)]
        return all(part.verified for part in parts)


class Recommendation(Rule):
    """One rule: if the condition holds, the action is recommended."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    action: str = Field(min_length=1, description="What to do when the rule says yes.")
    drug: str | None = Field(default=None, description="The drug or class of drugs to give.")
    dose: str | None = Field(default=None, description="The entry of `dose` that says how much.")
    dose_gap: str | None = Field(default=None, description="What the source leaves open about the dose.")
    when_unknown: str = Field(min_length=1, description="What to do while the rule cannot be decided.")
    evidence: tuple[str, ...] = Field(min_length=1, description="The numbers that the rule rests on.")
    cautions: tuple[str, ...] = ()


class Guideline(Edition):
    """A management guideline. Every rule is asked at every moment: yes, no or unknown."""

    kind: Literal["guideline"]
    scale: str = Field(min_length=1, description="The grading system by which crs_grade is meant.")
    scope: Rule | None = Field(default=None, description="A condition that all rules share.")
    parameters: Mapping[str, Parameter] = Field(default_factory=dict)
    rule: tuple[Recommendation, ...] = Field(min_length=1)
    dose: Mapping[str, Dose] = Field(default_factory=dict)
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def with_parameters(self, changes: Mapping[str, object]) -> Guideline:
        """The guideline with some parameters changed.

        Raises:
            InputError: a parameter does not exist or the value is no number.
        """
        changed = dict(self.parameters)
        for name, raw in changes.items():
            if name not in changed:
                near = nearest(name, changed)
                hint = f" Did you mean {near}?" if near else ""
                known = f"It has {', '.join(changed)}." if changed else "It has none."
                raise InputError(f"The guideline {self.id} has no parameter {name!r}.{hint} {known}")
            changed[name] = changed[name].model_copy(update={"value": _number(name, raw)})
        return self.model_copy(update={"parameters": changed})

    def worded(self, text: str) -> str:
        """A text of the file with its parameters filled in."""
        return text.format(**{name: f"{one.value:g}" for name, one in self.parameters.items()})


def _number(name: str, raw: object) -> float:
    try:
        value = float(str(raw))
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise InputError(f"The parameter {name} was given {raw!r}; expected a finite number.")
    return value


@cache
def guideline_facts() -> FactSet:
    """The facts that a guideline's rule may use."""
    with as_file(files("becalm.guidelines").joinpath("facts.toml")) as path:
        return FactSet.load(path)


def predicates(guideline: Guideline) -> tuple[tuple[Recommendation, Predicate], ...]:
    """The compiled condition of every rule, the scope and the parameters filled in, in the file's order.

    Raises:
        EditionError: a condition is refused; the message names the place.
    """
    scope = f"({guideline.scope.when}) AND " if guideline.scope else ""
    filled = tuple(
        rule.model_copy(update={"when": f"{scope}({_filled(rule.when, guideline)})"})
        for rule in guideline.rule
    )
    compiled = compile_rules(guideline.model_copy(update={"rule": filled}), guideline_facts())
    return tuple((rule, compiled[f"rule[{place}]"]) for place, rule in enumerate(guideline.rule, start=1))


def compared(rule: Recommendation, guideline: Guideline) -> tuple[tuple[str, str], ...]:
    """Which parameter a rule compares with which fact: (parameter, fact).

    Raises:
        EditionError: the condition is refused.
    """
    numbers = [Fact(name, "number", one.says) for name, one in guideline.parameters.items()]
    found = compile_predicate(rule.when, guideline_facts() | FactSet(numbers))
    pairs = []
    for atom in found.atoms:
        names = {fact.name for fact in atom.quantity.facts}
        parameters, facts = names & set(guideline.parameters), names - set(guideline.parameters)
        if len(parameters) == len(facts) == 1:
            pairs.append((parameters.pop(), facts.pop()))
    return tuple(pairs)


def _filled(when: str, guideline: Guideline) -> str:
    """A condition with its parameters as numbers; what stands in quotes stays."""
    pieces = when.split("'")
    for name, one in guideline.parameters.items():
        number = repr(one.value).removesuffix(".0")
        number = number if one.value >= 0 else f"({number})"
        pieces[::2] = [re.sub(rf"\b{name}\b", number, piece) for piece in pieces[::2]]
    return "'".join(pieces)
