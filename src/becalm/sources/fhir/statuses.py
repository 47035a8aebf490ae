"""Which statuses of a FHIR R4 resource say that something happened, and which set the resource aside."""

from __future__ import annotations

from typing import NamedTuple


class Statuses(NamedTuple):
    """The statuses of a kind of resource: all others are not FHIR's.

    A treatment with the status `unknown` is in neither: it may have been given.
    """

    used: frozenset[str]
    aside: frozenset[str]


OBSERVATION = Statuses(
    frozenset({"final", "amended", "corrected", "preliminary"}),
    frozenset({"registered", "cancelled", "entered-in-error", "unknown"}),
)
ADMINISTRATION = Statuses(
    frozenset({"in-progress", "completed", "stopped", "on-hold"}),
    frozenset({"not-done", "entered-in-error"}),
)
REQUEST = Statuses(
    frozenset({"active", "on-hold", "completed", "stopped"}),
    frozenset({"cancelled", "entered-in-error", "draft", "unknown"}),
)
STATEMENT = Statuses(
    frozenset({"active", "completed", "stopped", "on-hold"}),
    frozenset({"entered-in-error", "intended", "unknown", "not-taken"}),
)
PROCEDURE = Statuses(
    frozenset({"in-progress", "completed", "stopped", "on-hold"}),
    frozenset({"preparation", "not-done", "entered-in-error"}),
)
DEVICE_USE = Statuses(
    frozenset({"active", "completed", "stopped"}),
    frozenset({"entered-in-error", "intended", "on-hold"}),
)
ENCOUNTER = Statuses(
    frozenset({"arrived", "triaged", "in-progress", "onleave", "finished"}),
    frozenset({"planned", "cancelled", "entered-in-error", "unknown"}),
)
NOT_GIVEN = frozenset(
    {"cancelled", "draft", "entered-in-error", "intended", "not-done", "not-taken", "planned", "preparation"}
)
"""Statuses that say of any resource, also of one that FHIR gives no such status, that nothing was given."""
ACTUALITY = Statuses(frozenset({"actual"}), frozenset({"potential"}))
"""Of an AdverseEvent, which has no status."""
