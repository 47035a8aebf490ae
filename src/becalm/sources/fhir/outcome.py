"""Why a resource makes no statement: raised while it is read, caught by the loop over resources."""

from __future__ import annotations

from becalm.sources.fhir.statuses import Statuses


class AsideError(Exception):
    """The resource says nothing to read: it is set aside for a reason that many may share."""


class RefusedError(Exception):
    """The resource cannot be read; `given` is the part that decided."""

    def __init__(self, reason: str, given: str | None = None) -> None:
        super().__init__(reason)
        self.given = given


class LaterError(Exception):
    """The resource refers to one that has not been seen yet: it is read again at the end of the source."""


def unusable(kind: str, status: str | None, statuses: Statuses) -> AsideError | RefusedError:
    """What to raise for a resource whose status is not one of those used."""
    used, aside = statuses
    if status in aside:
        return AsideError(f"{kind} with status {status}: it says of nothing that happened.")
    if status == "unknown":
        return RefusedError(
            f"{kind} with status unknown: it may have happened. Give its status at its source.", status
        )
    expected = ", ".join(sorted(used | aside))
    given = f"has the status {status!r}" if status else "has no status"
    return RefusedError(
        f"{kind} {given}; one of {expected} is expected. Correct the status at its source.", status
    )
