"""The compiled form of a rule: atoms joined by All and Any.

An atom is everything that one AND or OR asks of one quantity: the quantity's range against a region.
NOT is moved down to the atoms, where it is the complement of the region; this swaps must and may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_, or_
from typing import Literal

import polars as pl

from becalm.rules.quantity import Quantity
from becalm.rules.regions import Region, every, must, some


@dataclass(frozen=True)
class Atom:
    """One quantity against one region; `text` is the condition as SQL, `compound` one with AND or OR."""

    quantity: Quantity
    region: Region
    text: str
    compound: bool = False

    @cached_property
    def must(self) -> pl.Expr:
        """True where the condition holds for every value of the range."""
        return must(self.region, *self.quantity.bounds())

    @cached_property
    def may(self) -> pl.Expr:
        """True where the condition holds for some value of the range."""
        return self.region.may(*self.quantity.bounds())

    @property
    def never(self) -> bool:
        """Whether no value meets the condition."""
        return self.region.empty


@dataclass(frozen=True)
class Group:
    """Several conditions: all of them (`every`) or any of them."""

    every: bool
    members: tuple[Node, ...]

    @cached_property
    def must(self) -> pl.Expr:
        """True where the conditions hold together whatever the unknowns are, each taken by itself."""
        return (every if self.every else some)([member.must for member in self.members])

    @cached_property
    def may(self) -> pl.Expr:
        """True where the conditions can hold together, each taken by itself."""
        return (every if self.every else some)([member.may for member in self.members])


Node = Atom | Group

Verdict = Literal["yes", "no", "unknown"]


def verdict_of(must: pl.Expr, may: pl.Expr) -> pl.Expr:
    """`yes` if must, `no` if not may, else `unknown`."""
    return pl.when(must).then(pl.lit("yes")).when(may).then(pl.lit("unknown")).otherwise(pl.lit("no"))


def opposite(node: Node) -> Node:
    """NOT of a node."""
    if isinstance(node, Atom):
        return Atom(node.quantity, ~node.region, f"NOT {_closed(node)}")
    return joined(not node.every, [opposite(member) for member in node.members])


def joined(every_one: bool, nodes: Iterable[Node]) -> Node:
    """AND (`every_one`) or OR of nodes; atoms on the same quantity become one, at the place of the first."""
    slots: dict[object, list[Node]] = {}
    for node in nodes:
        for member in node.members if isinstance(node, Group) and node.every == every_one else (node,):
            slots.setdefault(member.quantity if isinstance(member, Atom) else id(member), []).append(member)
    members = tuple(_merged(every_one, same) for same in slots.values())
    return members[0] if len(members) == 1 else Group(every_one, members)


def atoms(node: Node) -> Iterator[Atom]:
    """All atoms below a node, in the order of the text."""
    if isinstance(node, Atom):
        yield node
    else:
        for member in node.members:
            yield from atoms(member)


def _merged(every_one: bool, same: list[Node]) -> Node:
    """One atom for several on the same quantity; any other node comes alone."""
    parts = [node for node in same if isinstance(node, Atom)]
    if len(same) == 1 or not parts:
        return same[0]
    region = reduce(and_ if every_one else or_, [part.region for part in parts])
    texts = dict.fromkeys(_closed(part) for part in parts)
    return Atom(parts[0].quantity, region, (" AND " if every_one else " OR ").join(texts), len(texts) > 1)


def _closed(atom: Atom) -> str:
    return f"({atom.text})" if atom.compound else atom.text
