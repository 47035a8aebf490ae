"""From the syntax tree of a rule to its atoms and groups, with the kinds of facts checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from becalm.record.errors import EditionError
from becalm.rules.facts import Fact
from becalm.rules.names import Names
from becalm.rules.quantity import Quantity, line_of
from becalm.rules.regions import Comparison, Line, Region
from becalm.rules.sides import Linear, Side, SideReader
from becalm.rules.tree import Atom, Node, joined, opposite
from becalm.rules.wording import choose, listed, refusal

_COMPARISONS: dict[type[exp.Expr], Comparison] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_TURNED: dict[Comparison, Comparison] = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class Builder:
    """Turns the syntax tree of one rule into atoms and groups; `text` is the rule, for the messages."""

    text: str
    facts: Mapping[str, Fact]

    def node(self, tree: exp.Expr) -> Node:
        """A condition."""
        match tree:
            case exp.Paren():
                return self.node(tree.this)
            case exp.And() | exp.Or():
                return joined(isinstance(tree, exp.And), [self.node(part) for part in tree.flatten()])
            case exp.Not():
                return opposite(self.node(tree.this))
            case exp.Boolean():
                return Atom(Quantity(), Line().region("=" if tree.this else "<>", 0.0), tree.sql())
            case exp.Column():
                return self._bare(tree)
            case exp.Between():
                return self._between(tree)
            case exp.In():
                return self._in(tree)
            case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
                left, right = self._side(tree.this), self._side(tree.expression)
                return self._comparison(left, _COMPARISONS[type(tree)], right, tree)
            case _:
                given = f"`{tree.sql()}` where a condition belongs"
                raise self._refusal(given, "a comparison or a boolean fact", "compare it with something")

    def _bare(self, tree: exp.Column) -> Atom:
        fact = self.facts[tree.name]
        if fact.kind != "boolean":
            value = (
                f"= '{fact.levels[0]}'" if fact.levels else "= 'name'" if fact.kind == "category" else ">= 1"
            )
            given = f"the {fact.kind} fact `{fact.name}` where a condition belongs"
            raise self._refusal(given, "a comparison or a boolean fact", f"compare it: {fact.name} {value}")
        return self._literal(fact, "=", True, tree)

    def _between(self, tree: exp.Between) -> Node:
        this, low, high = tree.this, tree.args["low"], tree.args["high"]
        at_least = exp.GTE(this=this.copy(), expression=low.copy())
        at_most = exp.LTE(this=this.copy(), expression=high.copy())
        both = joined(True, [self.node(at_least), self.node(at_most)])
        if not isinstance(both, Atom):
            return both
        if both.never:
            given = f"`{tree.sql()}`, which no value meets"
            raise self._refusal(given, "the lower limit first", "swap the two limits")
        return Atom(both.quantity, both.region, tree.sql())

    def _in(self, tree: exp.In) -> Atom:
        this, parts = self._side(tree.this), [self._side(part) for part in tree.expressions]
        if not parts or any(isinstance(part, Fact) or _mentions(part) for part in parts):
            step = "list the values; compare with facts by = and join by OR"
            raise self._refusal(f"`{tree.sql()}`", "a list of literals after IN", step)
        either = joined(False, [self._comparison(this, "=", part, tree) for part in parts])
        assert isinstance(either, Atom)
        return Atom(either.quantity, either.region, tree.sql())

    def _comparison(self, left: Side, comparison: Comparison, right: Side, tree: exp.Expr) -> Atom:
        if isinstance(left, Linear) and isinstance(right, Linear):
            return self._linear(left.plus(right, -1), comparison, tree)
        if isinstance(right, Fact) and not isinstance(left, Fact):
            left, comparison, right = right, _TURNED[comparison], left
        if isinstance(left, Fact) and isinstance(right, str | bool):
            return self._literal(left, comparison, right, tree)
        raise self._mismatch(left, right, tree)

    def _linear(self, difference: Linear, comparison: Comparison, tree: exp.Expr) -> Atom:
        if not difference.mentions:
            given = f"`{tree.sql()}`, which names no fact"
            raise self._refusal(given, "a comparison with a fact", "write TRUE or FALSE if it is meant")
        try:
            quantity, limit, turned = difference.against_zero()
        except OverflowError:
            given = f"`{tree.sql()}`, whose numbers are too far apart"
            raise self._refusal(given, "numbers that a double can hold", "use other units") from None
        comparison = _TURNED[comparison] if turned else comparison
        return Atom(quantity, quantity.line.region(comparison, limit), tree.sql())

    def _literal(self, fact: Fact, comparison: Comparison, value: str | bool, tree: exp.Expr) -> Atom:
        """A fact that is no number, compared with a level or a truth value."""
        if (fact.kind == "boolean") != isinstance(value, bool):
            raise self._mismatch(fact, value, tree)
        if fact.kind != "ordered" and comparison not in ("=", "<>"):
            given = f"`{tree.sql()}`, and the values of a {fact.kind} fact have no order"
            raise self._refusal(given, "= or <>", "use = or <>, or make the fact `ordered`")
        if isinstance(value, str) and fact.levels and value not in fact.levels:
            expected = f"a level of `{fact.name}`, one of {listed(fact.levels)}"
            raise self._refusal(f"'{value}'", expected, choose(value, fact.levels, "level"))
        region: Region
        if isinstance(value, bool):
            region = line_of(fact).region(comparison, int(value))
        elif fact.kind == "ordered":
            region = line_of(fact).region(comparison, fact.levels.index(value))
        else:
            region = Names(frozenset({value}), comparison == "<>", frozenset(fact.levels))
        return Atom(Quantity(((fact, 1),)), region, tree.sql())

    def _side(self, tree: exp.Expr) -> Side:
        return SideReader(self.text, self.facts).side(tree)

    def _mismatch(self, left: Side, right: Side, tree: exp.Expr) -> EditionError:
        given = f"`{tree.sql()}`, which compares {_kind(left)} with {_kind(right)}"
        expected = (
            "numbers and number facts on both sides, or an ordered fact or category and a 'level', "
            "or a boolean fact and TRUE or FALSE"
        )
        return self._refusal(given, expected, "compare values of one kind")

    def _refusal(self, given: str, expected: str, next_step: str) -> EditionError:
        return refusal(self.text, given, expected, next_step)


def _mentions(side: Side) -> bool:
    return isinstance(side, Linear) and side.mentions


def _kind(side: Side) -> str:
    match side:
        case Linear():
            return "a number"
        case Fact():
            return f"the {side.kind} fact `{side.name}`"
        case bool():
            return "TRUE or FALSE"
        case str():
            return f"the string '{side}'"
