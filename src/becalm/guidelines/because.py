"""Why a rule of a guideline says yes, no or unknown, in words, and what would decide it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from becalm.guidelines.edition import Guideline, Recommendation, guideline_facts
from becalm.record.clock import to_day
from becalm.rules import Explanation

Row = Mapping[str, Any]


def day(instant: int) -> str:
    """An instant as `day 6.5`."""
    return f"day {to_day(instant):.3f}".rstrip("0").rstrip(".")


def clause(fact: str, row: Row, guideline: Guideline) -> str:
    """One fact in words, with the evidence behind it."""
    if fact in _CLAUSES:
        return _CLAUSES[fact](row)
    if fact == "crs_grade":
        return _grade(row, guideline.scale)
    return str(row[f"{fact}_says"])


def _grade(row: Row, scale: str) -> str:
    lo, hi = row["crs_grade_lo"], row["crs_grade_hi"]
    if lo is None or hi is None:
        return f"the CRS grade under {scale} is not known"
    if lo == hi:
        return f"CRS grade {lo} under {scale}" if lo else f"no CRS (grade 0 under {scale})"
    return f"CRS grade between {lo} and {hi} under {scale}"


def _alive(row: Row) -> str:
    return str(row["death_says"]) if row["death_says"] else "no death is recorded"


def _icans(row: Row) -> str:
    lo, hi, since = row["icans_grade_lo"], row["icans_grade_hi"], row["icans_time"]
    if since is None:
        return "no ICANS grade is recorded"
    if lo is None:
        return f"no ICANS grade is in force (the last, {row['icans_last']:g}, is of {day(since)})"
    grade = f"{lo:g}" if lo == hi else f"{lo:g} to {hi:g}"
    return f"ICANS grade {grade} recorded on {day(since)}"


def _weight(row: Row) -> str:
    lo, hi = row["weight_kg_lo"], row["weight_kg_hi"]
    if lo is None:
        return "the weight is not recorded"
    return f"weight {lo:g} kg" if lo == hi else f"weight {lo:g} to {hi:g} kg"


def _tocilizumab(row: Row) -> str:
    starts = row["tocilizumab_starts"]
    if starts:
        plural = "s" if len(starts) > 1 else ""
        said = f"{len(starts)} dose{plural} of tocilizumab ({', '.join(day(start) for start in starts)})"
    else:
        said = "no tocilizumab given"
    if row["tocilizumab_undated"]:
        said += f", and {row['tocilizumab_undated']} at a time not recorded"
    if row["tocilizumab_hidden_from"] is not None:
        said += f", as far as known: not covered by the record from {day(row['tocilizumab_hidden_from'])} on"
    return said


def _steroid(row: Row) -> str:
    if row["steroid_start"] is not None:
        return f"a corticosteroid was given (last on {day(row['steroid_start'])})"
    if row["corticosteroid_given_hi"]:
        return "whether a corticosteroid was given is not known"
    return "no corticosteroid given"


_CLAUSES = {
    "alive": _alive,
    "icans_grade": _icans,
    "weight_kg": _weight,
    "tocilizumab_doses": _tocilizumab,
    "hours_since_tocilizumab": _tocilizumab,
    "corticosteroid_given": _steroid,
}


def needed(facts: tuple[str, ...], row: Row) -> list[str]:
    """What would make some facts known, the cheapest to find out first."""
    out: list[str] = []
    for fact in guideline_facts():
        if fact in facts:
            out += _needs(fact, row)
    return list(dict.fromkeys(out))


def _needs(fact: str, row: Row) -> list[str]:
    match fact:
        case "alive":
            return ["whether and when the patient died"]
        case "crs_grade":
            # The grade meant here is that of a living patient: `alive` asks about a death.
            named = [need for need in row["grade_needs"].split("; ") if need and "died" not in need]
            return named or ["the CRS grade"]
        case "icans_grade":
            return ["ICANS grade"]
        case "weight_kg":
            return ["weight"]
        case "tocilizumab_doses" | "hours_since_tocilizumab":
            hidden = row["tocilizumab_hidden_from"] is not None
            return ["anti-cytokine record" if hidden else "when tocilizumab was given"]
        case "corticosteroid_given":
            hidden = row["steroid_hidden_from"] is not None
            return ["corticosteroid record" if hidden else "when a corticosteroid was given"]
        case _:
            return [row[f"{fact}_needs"]]


def at_limits(
    pairs: tuple[tuple[str, str], ...], found: Explanation, row: Row, guideline: Guideline
) -> list[str]:
    """What holds where a deciding fact is exactly at a parameter that its source leaves undefined.

    `pairs`: which parameters the rule compares with which facts (`becalm.guidelines.edition.compared`).
    """
    deciding = {fact for atom in found.deciding for fact in atom.facts}
    said = []
    for name, fact in pairs:
        parameter = guideline.parameters[name]
        exact = row[f"{fact}_lo"] == row[f"{fact}_hi"] == parameter.value
        if parameter.at_limit and exact and fact in deciding:
            said.append(parameter.at_limit)
    return said


def sentence(
    rule: Recommendation, found: Explanation, row: Row, guideline: Guideline, more: list[str]
) -> str:
    """The explanation of one verdict: the rule's words, the verdict, the facts that made it.

    A no names what decided it; a yes and an unknown all that the rule asks. `more` is added at the end.
    """
    named = [
        fact for atom in (found.deciding if found.verdict == "no" else found.atoms) for fact in atom.facts
    ]
    if found.verdict != "no":
        named = [fact for fact in named if fact != "alive" or "alive" in found.missing]
    facts = [clause(fact, row, guideline) for fact in dict.fromkeys(named)]
    said = [f"{_capital(guideline.worded(rule.says))}: {found.verdict}"]
    said += [_capital(text) for text in dict.fromkeys(facts)] + [_capital(text) for text in more]
    return ". ".join(said) + "."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
