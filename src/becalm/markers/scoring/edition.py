"""A score as a versioned data file: inputs in stated units, and one of four ways to make an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from becalm.record import vocabulary
from becalm.record.schema import PATIENTS
from becalm.rules import Edition, Fact, FactSet, Predicate, Rule, Strict, compile_predicate, compile_rules

VALUE = "score"
"""The fact that the condition of a class is about: the value of the score."""

Method = Literal["formula", "points", "trigger", "doses"]


class Input(Strict):
    """One named input: the last value of a concept, a count of its values, or a column of the patients."""

    label: str = Field(min_length=1, description="How a sentence names it.")
    says: str = Field(min_length=1, description="One sentence for a reader.")
    unit: str = Field(min_length=1, description="The unit in which the score is stated.")
    concept: str = Field(default="", description="A concept of the record.")
    column: str = Field(default="", description="A numeric column of the patients instead.")
    counted: str = Field(default="", description="A condition on `value`: its values that meet it count.")
    within_hours: float | None = Field(
        default=None, gt=0, description="The most within any such time (limits included), after the infusion."
    )


class Level(Rule):
    """A condition of an item: at least so many points."""

    points: float = Field(gt=0)


class Item(Strict):
    """What one item of a sum of points gives: the most points of its levels that hold, else 0."""

    name: str = Field(min_length=1)
    level: tuple[Level, ...] = Field(min_length=1)


class Moment(Strict):
    """When a score is measured: at a day of the clock, or before lymphodepletion."""

    id: str = Field(min_length=1)
    says: str = Field(min_length=1)
    cites: str = Field(min_length=1)
    verified: bool
    day: float | None = Field(default=None, description="A day of the clock: up to its end.")
    before: Literal["", "lymphodepletion"] = ""


class Class(Rule):
    """A named class of the value, from lowest to highest; a condition means at least this class."""

    name: str = Field(min_length=1)
    moments: tuple[str, ...] = Field(default=(), description="Only at these moments; at all if empty.")


class Equivalent(Strict):
    """The amount of a drug that equals the same effect as those of the others, in the unit of the score."""

    drug: str
    amount: float = Field(gt=0)
    cites: str = Field(min_length=1)
    verified: bool


class Window(Strict):
    """A time over which doses are summed."""

    id: str = Field(min_length=1)
    says: str = Field(min_length=1)
    span: Literal["record", "covered", "day", "hours"]
    hours: float | None = Field(default=None, gt=0)


class Score(Edition):
    """A score: exactly one of a formula, items with points, a trigger, or equivalent doses."""

    kind: Literal["score"]
    says: str = Field(min_length=1, description="The definition in words.")
    cites: str = Field(min_length=1, description="Where the source says so.")
    verified: bool = Field(description="True if the definition was checked against the source.")
    unit: str = Field(min_length=1)
    notes: tuple[str, ...] = ()
    inputs: Mapping[str, Input] = Field(default_factory=dict)
    formula: str = Field(default="", description="Inputs multiplied and divided: a * b / c.")
    log2: bool = Field(default=False, description="Whether its base-2 logarithm is given too.")
    item: tuple[Item, ...] = ()
    trigger: Rule | None = None
    moment: tuple[Moment, ...] = ()
    classes: tuple[Class, ...] = Field(default=(), alias="class")
    equivalent: tuple[Equivalent, ...] = ()
    reference: str = Field(default="", description="The drug in whose amounts the sum is given.")
    mass_units: Mapping[str, str] = Field(default_factory=dict, description="Units of mass, in its own.")
    time_units: Mapping[str, str] = Field(default_factory=dict, description="Units of time, in hours.")
    window: tuple[Window, ...] = ()


def method_of(score: Score) -> Method:
    """Which of the four ways makes the answer."""
    if score.formula:
        return "formula"
    if score.item:
        return "points"
    return "trigger" if score.trigger else "doses"


def factors(score: Score) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The inputs of a formula that are multiplied, and those that are divided by."""
    parts = re.findall(r"([*/])\s*([a-z][a-z0-9_]*)", f"* {score.formula}")
    above = tuple(name for sign, name in parts if sign == "*")
    return above, tuple(name for sign, name in parts if sign == "/")


def input_facts(score: Score) -> FactSet:
    """The inputs as facts of rules."""
    return FactSet(
        Fact(name, "number", one.says, one.unit, whole=bool(one.counted))
        for name, one in score.inputs.items()
    )


def compiled(score: Score) -> Mapping[str, Predicate]:
    """The compiled condition of every rule, by its place in the file.

    Raises:
        EditionError: a condition is refused.
    """
    value = FactSet([Fact(VALUE, "number", "The value of the score.", score.unit)])
    return compile_rules(score, input_facts(score) | value)


def counting(one: Input) -> Predicate:
    """The condition that a value meets to be counted.

    Raises:
        EditionError: the condition is refused.
    """
    return compile_predicate(
        one.counted, FactSet([Fact("value", "number", "A value of the concept.", one.unit)])
    )


def problems(score: Score) -> Iterator[str]:
    """What does not fit together in a score, as sentences."""
    ways = [bool(way) for way in (score.formula, score.item, score.trigger, score.equivalent)]
    if sum(ways) != 1:
        yield "Expected exactly one of `formula`, `item`, `trigger` and `equivalent`. Correct the file."
    for name, one in score.inputs.items():
        yield from (f"inputs.{name}: {problem}" for problem in _input_problems(one))
    if score.formula:
        yield from _formula_problems(score)
    for place, predicate in compiled(score).items():
        if not place.startswith("classes") and VALUE in predicate.facts:
            yield f"{place}.when names `{VALUE}`. Expected inputs. Only a class is about the value."
    yield from _moment_problems(score)
    for window in score.window:
        if (window.span == "hours") != (window.hours is not None):
            yield f"The window {window.id} needs `hours` if its span is hours, and only then. Correct it."
    if score.equivalent:
        yield from _dose_problems(score)


def _moment_problems(score: Score) -> Iterator[str]:
    known = {moment.id for moment in score.moment}
    for one_class in score.classes:
        if lost := set(one_class.moments) - known:
            yield f"The class {one_class.name} names the moments {sorted(lost)}. Expected {sorted(known)}."
    for moment in score.moment:
        if (moment.day is None) == (not moment.before):
            yield f"The moment {moment.id} needs either `day` or `before`. Give one of them."


def _dose_problems(score: Score) -> Iterator[str]:
    drugs = [equal.drug for equal in score.equivalent]
    for drug in drugs:
        if drug not in vocabulary().drugs:
            yield f"The equivalent {drug!r} is no drug of the vocabulary. Correct its name."
    if score.reference not in drugs:
        yield f"`reference` is {score.reference!r}. Expected one of {', '.join(drugs)}. Correct it."
    if not score.window:
        yield "A sum of doses needs a `[[window]]`. Add one."
    for text in (*score.mass_units.values(), *score.time_units.values()):
        if not re.fullmatch(r"\d+(\.\d+)?(/\d+)?", text):
            yield f"A unit is worth {text!r}. Expected a number or a ratio such as 1/1000. Correct it."


def _input_problems(one: Input) -> Iterator[str]:
    if bool(one.concept) == bool(one.column):
        yield "it needs either `concept` or `column`. Give one of them."
    if one.concept and one.concept not in vocabulary().concepts:
        yield f"{one.concept!r} is no concept of the vocabulary. Correct it."
    elif one.concept:
        concept = vocabulary().concepts[one.concept]
        if (rule := concept.unit_rule(one.unit)) is None or rule.offset:
            units = ", ".join(unit.code for unit in concept.units if not unit.offset)
            yield f"the unit is {one.unit!r}. Expected one of {units}. Correct it."
    if one.column and one.column not in PATIENTS:
        yield f"{one.column!r} is no column of the patients. Correct it."
    if bool(one.counted) != (one.within_hours is not None):
        yield "`counted` and `within_hours` belong together. Give both or none."
    if one.counted:
        counting(one)


def _formula_problems(score: Score) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9_]*(\s*[*/]\s*[a-z][a-z0-9_]*)*", score.formula.strip()):
        yield f"`formula` is {score.formula!r}. Expected inputs joined by * and /, such as a * b / c."
        return
    above, below = factors(score)
    if sorted(above + below) != sorted(score.inputs):
        yield (
            f"`formula` names {', '.join(above + below)}. Expected each of the inputs once: "
            f"{', '.join(score.inputs)}. Correct one of them."
        )
    for name, one in score.inputs.items():
        if one.concept in vocabulary().concepts and vocabulary().concepts[one.concept].plausible_min < 0:
            yield f"inputs.{name}: a product needs values that cannot be negative. Use another way."
