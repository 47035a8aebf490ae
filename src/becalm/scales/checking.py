"""Proof-reading a grading system: what its levels can and cannot reach, with a patient as the example."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from importlib.util import find_spec
from itertools import groupby, pairwise
from typing import Literal

from pydantic import Field

from becalm.rules import Document, Fact, Predicate, Strict, compile_predicate, load_document
from becalm.rules.proof import Dip, Law, Prover
from becalm.rules.wording import listed
from becalm.scales.edition import Level, Scale, scale_facts

Severity = Literal["error", "warning", "note"]
_MANY = 3
"""Levels that ask for a fact, from which on another without it is odd."""
_DOUBTFUL = re.compile(r"recall|not (read|verified|checked)|unverified|to do|todo|\?{2}|tbd", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """One thing found: how grave, the place in the file, what it is, an example of values, the next step."""

    severity: Severity
    place: str
    found: str
    example: str
    step: str

    def __str__(self) -> str:
        example = f" For instance: {self.example}." if self.example else ""
        return f"{self.severity}: {self.place}: {self.found}{example} Next step: {self.step}."


class _Law(Strict):
    holds: str
    says: str = Field(min_length=1)


class _LawFile(Document):
    source: str = Field(min_length=1)
    law: tuple[_Law, ...]


@cache
def laws() -> tuple[Law, ...]:
    """What is always so between the facts of grading rules (`laws.toml`).

    Raises:
        EditionError: a law names an unknown fact or is no condition.
    """
    with as_file(files("becalm.scales").joinpath("laws.toml")) as path:
        file = load_document(path, _LawFile)
    return tuple(Law(one.says, compile_predicate(one.holds, scale_facts())) for one in file.law)


@dataclass(frozen=True)
class _Line:
    """A level with its place in the file and its compiled condition."""

    place: int
    level: Level
    predicate: Predicate

    def __str__(self) -> str:
        return f"level[{self.place}] (grade {self.level.grade}, {self.level.axis})"


def check(scale: Scale) -> list[Finding]:
    """All that a proof-reader should look at, errors first.

    error: a level that no patient can reach. warning: a higher grade that is easier to reach than a lower,
    values between two levels that reach none, a level that everybody reaches, a comparison that always or
    never holds, a level without the condition that most others ask for. note: a level that adds only its
    words, a grade without a level, wording that occurs twice, rules not verified. Without the library z3 what
    needs proofs is left out, with a warning.

    The file itself was checked when it was loaded (`load_scale`): facts, levels of facts, policies.
    """
    lines = [
        _Line(place, level, predicate) for place, (level, predicate) in enumerate(scale.compiled, start=1)
    ]
    found = [*_read_over(lines), *_missing_grades(lines)]
    if find_spec("z3") is None:
        step = "install the library: pip install 'becalm[check]'"
        found.append(Finding("warning", "file", "What needs proofs was left out.", "", step))
    else:
        prover = Prover([line.predicate for line in lines], laws())
        dead = list(_dead(lines, prover))
        alive = [line for line in lines if line not in [one for one, _ in dead]]
        found += [finding for _, finding in dead]
        found += [*_idle(alive, prover), *_covered(alive, prover), *_gaps(alive, prover)]
        found += _unguarded(alive, prover)
    order = ("error", "warning", "note")
    return sorted(found, key=lambda one: order.index(one.severity))


def _read_over(lines: Sequence[_Line]) -> Iterator[Finding]:
    """What needs no proof: words, sources, verification."""
    seen: dict[str, _Line] = {}
    for line in lines:
        for key in ("says", "cites"):
            if not getattr(line.level, key).strip():
                yield Finding("warning", str(line), f"`{key}` is empty.", "", "write it from the source")
        if line.level.verified and _DOUBTFUL.search(line.level.cites):
            said = f"`verified` is true, and `cites` says {line.level.cites!r}."
            yield Finding(
                "warning", str(line), said, "", "compare it with the source, or set verified = false"
            )
        first = seen.setdefault(" ".join(line.level.says.lower().split()), line)
        if first is not line:
            said = f"Its wording is that of {first}."
            yield Finding("note", str(line), said, "", "make sure that it is meant for both")
    open_ones = [str(line.place) for line in lines if not line.level.verified]
    if open_ones:
        said = f"{len(open_ones)} of {len(lines)} rules are not verified: {listed(open_ones, 40)}."
        yield Finding("note", "file", said, "", "compare them with the source, and set verified = true then")


def _missing_grades(lines: Sequence[_Line]) -> Iterator[Finding]:
    """Grades between the lowest and the highest of an axis that no level reaches."""
    by_axis = sorted(lines, key=lambda line: line.level.axis)
    for axis, same in groupby(by_axis, key=lambda line: line.level.axis):
        grades = sorted({line.level.grade for line in same})
        for low, high in pairwise(grades):
            if high - low > 1:
                said = f"It goes from grade {low} to {high} with nothing between."
                yield Finding("note", f"axis {axis}", said, "", "make sure that the source does so too")


def _dead(lines: Sequence[_Line], prover: Prover) -> Iterator[tuple[_Line, Finding]]:
    """Levels that nobody can reach."""
    for line in lines:
        node = line.predicate.tree
        if prover.example([node]):
            continue
        if broken := prover.broken_laws([node]):
            why = "; ".join(dict.fromkeys(law.says for law in broken))
            said = f"No patient can reach it: `{line.level.when}` cannot hold, because {why}."
        else:
            said = f"No patient can reach it: `{line.level.when}` contradicts itself."
        yield line, Finding("error", str(line), said, "", "correct the condition, or remove the level")


def _idle(lines: Sequence[_Line], prover: Prover) -> Iterator[Finding]:
    """Levels that everybody reaches, and comparisons that always or never hold."""
    for line in lines:
        if not prover.example(false=[line.predicate.tree]):
            said = f"Every patient reaches it: `{line.level.when}` always holds."
            yield Finding("warning", str(line), said, "", "say what must be found")
            continue
        for atom in line.predicate.atoms:
            if not atom.quantity.terms:
                continue
            always, never = not prover.example(false=[atom]), not prover.example([atom])
            if always or never:
                broken = prover.broken_laws([atom]) if never else ()
                why = f": {'; '.join(law.says for law in broken)}" if broken else ""
                said = f"`{atom.text}` {'always' if always else 'never'} holds{why}."
                yield Finding("warning", str(line), said, "", "correct the limit, or leave it out")


def _covers(other: Level, level: Level) -> bool:
    """Whether `other` is reached wherever its own condition holds where `level` is."""
    same_policies = (other.applies_if, other.applies_unless) in (
        ("", ""),
        (level.applies_if, level.applies_unless),
    )
    sooner = (other.lasting_hours or 0) <= (level.lasting_hours or 0)
    return same_policies and sooner and (not other.doubt or bool(level.doubt))


def _covered(lines: Sequence[_Line], prover: Prover) -> Iterator[Finding]:
    """Levels that are reached only where another gives as high a grade, and orders turned round."""
    for line in lines:
        mine = line.predicate.tree
        others = [
            other
            for other in lines
            if other is not line
            and other.level.axis == line.level.axis
            and other.level.grade >= line.level.grade
            and _covers(other.level, line.level)
        ]
        covering = [other for other in others if not prover.example([mine], [other.predicate.tree])]
        equal = [other for other in covering if not prover.example([other.predicate.tree], [mine])]
        twins = [one for one in equal if one.level.grade == line.level.grade and one.place > line.place]
        if first := next((other for other in covering if other not in twins), None):
            yield _one_covers(line, first, first in equal, prover)
            continue
        nodes = [other.predicate.tree for other in others if other not in twins]
        if nodes and not prover.example([mine], nodes):
            said = f"It adds only its words: others of its axis reach as much: {listed(map(str, others))}."
            yield Finding("note", str(line), said, "", "make sure that it is meant")


def _one_covers(line: _Line, other: _Line, both: bool, prover: Prover) -> Finding:
    """A level that another one covers."""
    example = prover.example([line.predicate.tree])
    if other.level.grade == line.level.grade or other.level.doubt:
        said = f"It adds only its words: {other} is reached wherever it is."
        return Finding("note", str(line), said, str(example), "make sure that it is meant")
    if both:
        said = f"It never shows: {other} has the same condition."
    else:
        said = (
            f"It never shows: {other} is reached wherever it is, and more easily. The order is turned round."
        )
        example = prover.example([other.predicate.tree], [line.predicate.tree])
    return Finding("warning", str(line), said, str(example), "correct the conditions, or the grades")


def _gaps(lines: Sequence[_Line], prover: Prover) -> Iterator[Finding]:
    """Values of a fact between two levels of an axis at which no level of the axis is reached."""
    by_axis = sorted(lines, key=lambda line: line.level.axis)
    for _, same in groupby(by_axis, key=lambda line: line.level.axis):
        axis = sorted(same, key=lambda line: (line.level.grade, line.place))
        grades = sorted({line.level.grade for line in axis})
        followed = dict(pairwise(grades))
        for number, line in enumerate(axis):
            for other in axis[number + 1 :]:
                if other.level.grade in (line.level.grade, followed.get(line.level.grade)):
                    yield from _between(line, other, axis, prover)


def _between(line: _Line, other: _Line, axis: Sequence[_Line], prover: Prover) -> Iterator[Finding]:
    shared = {fact for fact in line.predicate.named if fact in other.predicate.named and _has_order(fact)}
    reaching = [one.predicate.tree for one in axis if one.level.grade >= line.level.grade]
    for fact in sorted(shared, key=lambda fact: fact.name):
        dip = prover.dip(fact, line.predicate.tree, other.predicate.tree, reaching)
        if dip:
            yield _gap(line, other, fact, dip)


def _gap(line: _Line, other: _Line, fact: Fact, dip: Dip) -> Finding:
    here = dip.example.values[fact.name]
    said = (
        f"Between it, reached for instance at {fact.name} {dip.before}, and {other}, reached at {dip.after}, "
        f"no level of the axis is reached at {fact.name} {here}."
    )
    step = "close the gap, for instance with <= or >=, or make sure that it is meant"
    return Finding("warning", str(line), said, str(dip.example), step)


def _has_order(fact: Fact) -> bool:
    return fact.kind in ("number", "ordered")


def _unguarded(lines: Sequence[_Line], prover: Prover) -> Iterator[Finding]:
    """Levels without the yes-or-no fact that the others of their axis, and most of all, ask for."""
    facts = dict.fromkeys(fact for line in lines for fact in line.predicate.named if fact.kind == "boolean")
    for guard in facts:
        asked = compile_predicate(guard.name, scale_facts()).tree
        some = [line for line in lines if not prover.example([line.predicate.tree], [asked])]
        axes = {line.level.axis for line in some}
        others = [line for line in lines if line not in some and line.level.axis in axes]
        if len(some) < max(_MANY, 2 * len(others)):
            continue
        # Where several others share a fact of their own, that is another way in.
        counted = Counter(fact for line in others for fact in line.predicate.named if fact.kind == "boolean")
        for line in others:
            if any(counted[fact] > 1 for fact in line.predicate.named):
                continue
            example = prover.example([line.predicate.tree], [asked])
            said = f"It can be reached without `{guard.name}`, which {len(some)} other levels ask for."
            step = f"write `{guard.name} AND ...` if it is meant for them only"
            yield Finding("warning", str(line), said, str(example), step)
