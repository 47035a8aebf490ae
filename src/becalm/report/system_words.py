"""What a grading system says, in the words of its rules."""

from __future__ import annotations

from collections.abc import Sequence

from becalm.report.words import grade_text
from becalm.scales import Scale

NOT_VERIFIED = "[not verified]"


def rule_text(scale: Scale, number: int) -> str:
    """The wording of a rule, what it leaves open, and whether it was only recalled."""
    level = scale.level[number]
    said = f"{level.says} (open: {level.doubt})" if level.doubt else level.says
    return said if level.verified else f"{said} {NOT_VERIFIED}"


def rules_text(scale: Scale, numbers: Sequence[int]) -> str:
    """The wordings of several rules, each once."""
    return "; then ".join(dict.fromkeys(rule_text(scale, number) for number in numbers))


def answer_text(
    scale: Scale, lowest: int | None, highest: int | None, first: int | None, last: int | None
) -> str:
    """Why a grade is what it is.

    Args:
        scale: the system.
        lowest: the grade that is certain.
        highest: the grade that is possible.
        first: the position of the rule that gives the lowest; None for grade 0.
        last: the position of the rule that gives the highest.
    """
    if lowest is None or highest is None:
        return "the record has ended"
    if lowest == highest:
        return "no rule is reached" if first is None else rule_text(scale, first)
    said = []
    if first is not None:
        said.append(f"at least {grade_text(lowest, lowest)}: {rule_text(scale, first)}")
    if last is not None:
        said.append(f"at most {grade_text(highest, highest)}: {rule_text(scale, last)}")
    return "; ".join(said)
