"""Remarks of an import on its whole input, so kept that those of two halves add up to those of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_DRUGS = 50
_EARLY = 20


@dataclass(frozen=True)
class Remarks:
    """What an import has to say about its input besides what it refused.

    `said`: sentences of the reader. `counted`: a sentence with `{}` for the number of rows that it is about,
    to that number. `strange`: drug names that the vocabulary does not know, to the known name that each
    resembles. `early`: patients with an infusion event before their infusion_time.
    """

    said: tuple[str, ...] = ()
    counted: Mapping[str, int] = field(default_factory=dict)
    strange: Mapping[str, str | None] = field(default_factory=dict)
    early: tuple[str, ...] = ()

    def plus(self, other: Remarks) -> Remarks:
        """The remarks on the rows of both: counts added, names and patients each once."""
        templates = [*self.counted, *(text for text in other.counted if text not in self.counted)]
        return Remarks(
            said=tuple(dict.fromkeys((*self.said, *other.said))),
            counted={text: self.counted.get(text, 0) + other.counted.get(text, 0) for text in templates},
            strange={**self.strange, **other.strange},
            early=tuple(sorted({*self.early, *other.early})[:_EARLY]),
        )

    def sentences(self) -> tuple[str, ...]:
        """The remarks as plain sentences; at most 50 unknown drugs and 20 patients by name."""
        out = [*self.said, *(text.format(count) for text, count in self.counted.items() if count)]
        for name in sorted(self.strange)[:_DRUGS]:
            meant = self.strange[name]
            hint = f"; it resembles {meant}: rename it if that is meant" if meant else ""
            out.append(f"The drug '{name}' is not in the vocabulary: kept without a drug class{hint}.")
        if len(self.strange) > _DRUGS:
            more = len(self.strange) - _DRUGS
            out.append(f"{more} more drugs are not in the vocabulary: kept without a drug class.")
        about = "has an infusion event before infusion_time: the clock runs from infusion_time."
        return (*out, *(f"Patient {patient} {about}" for patient in sorted(self.early)[:_EARLY]))

    def as_data(self) -> dict[str, Any]:
        """The remarks as plain data (for a JSON file)."""
        return {
            "said": list(self.said),
            "counted": dict(self.counted),
            "strange": dict(self.strange),
            "early": list(self.early),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Remarks:
        """The remarks from plain data."""
        return cls(tuple(data["said"]), data["counted"], data["strange"], tuple(data["early"]))
