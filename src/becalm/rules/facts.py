"""Facts: the named, documented quantities that a rule may speak about (design section 6).

A fact is never one value but a range, held in two columns of a frame:

| kind     | `NAME_lo`, `NAME_hi`                                       | null means             |
|----------|------------------------------------------------------------|------------------------|
| number   | the lowest and highest possible value, f64, in its unit    | no limit on that side  |
| boolean  | must be true, may be true                                  | not known              |
| ordered  | positions in `levels`, 0 for the first, Int8               | no limit on that side  |
| category | twice the same string                                      | not known              |

A bound that is NaN or infinite, a position or name outside the levels, and a range that is upside down
(lower bound above the upper one) say nothing and are read as null.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import Field

from becalm.record.errors import EditionError, explain
from becalm.rules.documents import Document, Strict, load_document
from becalm.rules.syntax import is_bare_name

Kind = Literal["number", "boolean", "ordered", "category"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Fact:
    """One fact that rules may name.

    Args:
        name: lower-case letters, digits and underscores; the columns are `NAME_lo` and `NAME_hi`.
        kind: `number`, `boolean`, `ordered` or `category`.
        says: one sentence for a clinician.
        unit: UCUM unit of a number.
        levels: the levels of an ordered fact from lowest to highest (at least two), or the possible
            values of a category (empty: any string).
        whole: a number that only takes whole values, such as a count or a grade. Then `IN (2, 3)`
            covers the range from 2 to 3.
        wanted: what a person would measure or look up to know it; empty where nothing would.
        usual: the value that is held while it is asked what another unknown would decide.
        since: the fact is a running total, of which rules see what came since this; empty: the fact as it is.

    Raises:
        EditionError: the fact contradicts itself.
    """

    name: str
    kind: Kind
    says: str
    unit: str | None = None
    levels: tuple[str, ...] = ()
    whole: bool = False
    wanted: str = ""
    usual: bool | float | str | None = None
    since: str = ""

    def __post_init__(self) -> None:
        for wrong, given, expected, step in self._problems():
            if wrong:
                raise EditionError(explain(f"The fact `{self.name}` is refused: {given}.", expected, step))

    @property
    def lo(self) -> str:
        """The column with the lower bound."""
        return f"{self.name}_lo"

    @property
    def hi(self) -> str:
        """The column with the upper bound."""
        return f"{self.name}_hi"

    def _problems(self) -> Iterator[tuple[bool, str, str, str]]:
        """What could be wrong: whether it is, what was given, what is expected, the next step."""
        spelt = _NAME.fullmatch(self.name) and not self.name.endswith(("_lo", "_hi"))
        yield (
            not (spelt and is_bare_name(self.name)),
            "its name cannot stand in a rule",
            "Expected lower-case letters, digits and underscores, beginning with a letter, no word of SQL, "
            "and no end in _lo or _hi (the columns end so).",
            "Rename it.",
        )
        kinds = get_args(Kind)
        expected = f"Expected one of {', '.join(kinds)}."
        yield self.kind not in kinds, f"its kind is `{self.kind}`", expected, "Correct `kind`."
        yield not self.says.strip(), "`says` is empty", "Expected one sentence for a clinician.", "Write it."
        yield (
            len(set(self.levels)) != len(self.levels) or not all(self.levels),
            "a level occurs twice or is empty",
            "Expected each level once.",
            "Correct `levels`.",
        )
        yield (
            self.kind == "ordered" and not 2 <= len(self.levels) <= 127,
            f"it is ordered and has {len(self.levels)} levels",
            "Expected 2 to 127, from lowest to highest.",
            "List them in `levels`.",
        )
        yield (
            self.kind in ("number", "boolean") and bool(self.levels),
            f"it is a {self.kind} and has levels",
            "Expected levels only of an ordered fact or a category.",
            "Remove `levels`, or make `kind` ordered.",
        )
        yield (
            self.kind != "number" and (self.unit is not None or self.whole),
            f"it has a unit or is whole, and its kind is `{self.kind}`",
            "Expected `unit` and `whole` only of a number.",
            "Remove them.",
        )


class FactSet(Mapping[str, Fact]):
    """The facts that a rule may name, by name; it never changes once made."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts: dict[str, Fact] = {}
        for fact in facts:
            if fact.name in self._facts:
                raise EditionError(
                    explain(f"The fact `{fact.name}` is declared twice.", "Expected once.", "Remove one.")
                )
            self._facts[fact.name] = fact

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a TOML file of facts.

        ```toml
        format_version = 1
        source = "where the definitions come from"

        [facts.oxygen]
        kind = "ordered"
        levels = ["none", "low_flow", "high_flow", "positive_pressure"]
        says = "The oxygen or ventilation that the patient needs."
        ```

        Raises:
            EditionError: no such file, no TOML, or an entry that does not fit.
        """
        return cls.of(load_document(path, FactFile))

    @classmethod
    def of(cls, file: FactFile) -> Self:
        """The facts of a file that was read.

        Raises:
            EditionError: a fact contradicts itself.
        """
        try:
            return cls(Fact(name, **dict(entry)) for name, entry in file.facts.items())
        except EditionError as error:
            raise EditionError(f"{file.path}: {error}") from error

    def __getitem__(self, name: str) -> Fact:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __repr__(self) -> str:
        return f"FactSet({', '.join(self._facts)})"

    def __or__(self, other: FactSet) -> FactSet:
        """Both sets together; a name that both declare is an EditionError."""
        return FactSet([*self.values(), *other.values()])


class _Entry(Strict):
    kind: Kind
    says: str
    unit: str | None = None
    levels: tuple[str, ...] = ()
    whole: bool = False
    wanted: str = ""
    usual: bool | float | str | None = None
    since: str = ""


class FactFile(Document):
    """A TOML file of facts; others add fields of their own."""

    source: str = Field(min_length=1)
    facts: Mapping[str, _Entry]
