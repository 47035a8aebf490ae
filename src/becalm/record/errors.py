"""The exception tree of becalm: every error that a user can meet, and its exit code."""

from __future__ import annotations


class BecalmError(Exception):
    """Any failure that becalm explains to its user.

    The message says in full sentences what was given, what was expected and what to do next.
    """

    exit_code = 1


class InputError(BecalmError):
    """Bad input or bad usage: the data, a path or an argument cannot be used as given (exit code 2)."""

    exit_code = 2


class EditionError(BecalmError):
    """A rule or edition file (scale, guideline, score, vocabulary) breaks its format (exit code 2)."""

    exit_code = 2


class WorkError(BecalmError):
    """The input was good but the work could not be finished (exit code 1)."""

    exit_code = 1


def explain(given: str, expected: str, next_step: str) -> str:
    """One message of three sentences: what was given, what was expected, the next step."""
    return " ".join(part.strip() for part in (given, expected, next_step) if part.strip())
