"""What a report says of an edition: id, title, source, hash, and how much of it was read in its source."""

from __future__ import annotations

from dataclasses import dataclass

from becalm.rules import Edition


@dataclass(frozen=True)
class Shown:
    """An edition as the first page names it."""

    id: str
    title: str
    source: str
    hash: str
    rules: int
    unread: int
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """How much of it was read in its source, as a sentence."""
        if not self.unread:
            return f"All {self.rules} rules were read in the source."
        return (
            f"{self.unread} of {self.rules} rules were recalled or are becalm's own, not read in the source."
        )


def shown(edition: Edition) -> Shown:
    """An edition as the first page names it."""
    rules = [rule for _, rule in edition.every_rule()]
    return Shown(
        id=edition.id,
        title=edition.title,
        source=edition.source,
        hash=edition.short_hash,
        rules=len(rules),
        unread=sum(not rule.verified for rule in rules),
        notes=tuple(getattr(edition, "notes", ())),
        cautions=tuple(getattr(edition, "cautions", ())),
    )
