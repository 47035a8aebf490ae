"""How a refused rule is put into words: what was given, what was expected, the next step."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from becalm.record.errors import EditionError, explain

_LONGEST = 200


def nearest(given: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like `given`, or None if none is near; letter case is ignored."""
    by_lower = {name.lower(): name for name in known}
    found = get_close_matches(given.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names in one line, cut after `most` of them."""
    every = list(names)
    shown = ", ".join(every[:most])
    return f"{shown} and {len(every) - most} more" if len(every) > most else shown


def refusal(rule: str, given: str, expected: str, next_step: str) -> EditionError:
    """The error for a rule that is refused at load."""
    shown = rule if len(rule) <= _LONGEST else f"{rule[:_LONGEST]} ..."
    return EditionError(
        explain(
            f"The rule `{shown}` is refused: it holds {given}.",
            f"Expected {expected}.",
            f"Next step: {next_step}.",
        )
    )


def choose(given: str, known: Collection[str], what: str) -> str:
    """The next step after an unknown name: the nearest known one, or all of them."""
    near = nearest(given, known)
    if near is not None:
        return f"did you mean `{near}`? If not, choose among {listed(known)}"
    return f"choose a {what} among {listed(known)}" if known else f"declare the {what} first"
