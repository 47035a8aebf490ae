"""What may be the case at an instant, given the histories and what the present may show."""

from __future__ import annotations

from typing import NamedTuple

from becalm.timeline._walk import Answer, reading_time
from becalm.timeline._worlds import OPEN, Rules, Signs, advance


class Situation(NamedTuple):
    """One thing that may be the case: exact values of all that depends on history.

    Signs are those not attributed to another cause; the causes and the finding are kept for explanation.
    """

    crs: bool
    fever_waived: bool
    recent_fever: bool
    fever: bool
    hypotension: bool
    hypoxia: bool
    finding: int
    fever_cause: int
    hypotension_cause: int
    hypoxia_cause: int


def situations(answer: Answer, present: Signs, rules: Rules) -> set[Situation]:
    """Every distinct situation of an answer, given what the present may show."""
    out = set()
    piece, at = answer.piece, answer.at
    reading = reading_time(piece, at, at)
    for world, bits in answer.worlds:
        for moment in advance(world, present, at, at, reading, rules, bits):
            now = moment.world
            out.add(
                Situation(
                    crs=now.phase == OPEN,
                    fever_waived=now.treated,
                    recent_fever=now.phase == OPEN and at - now.last_fever < rules.resolution,
                    fever=moment.fever,
                    hypotension=moment.hypotension,
                    hypoxia=moment.hypoxia,
                    finding=now.finding,
                    fever_cause=now.fever_cause,
                    hypotension_cause=now.hypotension_cause,
                    hypoxia_cause=now.hypoxia_cause,
                )
            )
    return out
