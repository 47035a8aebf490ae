"""Parts of a cohort's patients, for several runs that share the work."""

from __future__ import annotations

from dataclasses import dataclass

from becalm.record import InputError
from becalm.record.hashing import text_words
from becalm.sources._spool import Ids


@dataclass(frozen=True)
class Part:
    """One of `count` parts of the patients, from 1; a patient's part depends on the id alone."""

    number: int
    count: int

    def __post_init__(self) -> None:
        """Refuse a part that cannot be."""
        if not 1 <= self.number <= self.count:
            raise InputError(
                f"The partition {self.number}/{self.count} cannot be. Two whole numbers i/n with i from 1 to "
                "n are expected, such as 1/4 for the first of four."
            )

    def chosen(self, ids: Ids) -> Ids:
        """The patients that are in this part, in their order."""
        return ids.filter(text_words(ids) % self.count == self.number - 1)
