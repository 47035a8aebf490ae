"""Why a grade is what it is, as sentences with values, units and times.

One function an axis; each says what was found, when, and what it means, or what is not known. Times are
days of the clock (6.5 is noon of day 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from becalm.record.clock import to_day
from becalm.scales._views import COURSE
from becalm.scales.edition import Scale
from becalm.timeline import Settings, flow_table
from becalm.timeline.evidence import Course
from becalm.timeline.states import FOUND, OTHER_CAUSE, RESOLVED, UNKNOWN_CAUSE

Row = Mapping[str, Any]


def day(instant: int) -> str:
    """An instant as `day 6.5`."""
    return f"day {to_day(instant):.3f}".rstrip("0").rstrip(".")


def _value(row: Row, concept: str) -> str | None:
    """A value in force with its unit and time, or None."""
    if row[f"{concept}_given"] is None:
        return None
    when = row[f"{concept}_start"]
    whole = " (no hour given)" if row[f"{concept}_whole"] else ""
    return f"{row[f'{concept}_given']} on {day(when)}{whole}"


def _cause(row: Row, axis: str, course: Course, at: int) -> str:
    """What an axis is attributed to, if not CRS."""
    highest, lowest = row[f"{axis}_cause_hi"], row[f"{axis}_cause_lo"]
    if highest < OTHER_CAUSE:
        return ""
    cause, since = course.attribution(axis, at)
    named = f"another cause ({cause})" if cause else "another cause"
    when = f" since {day(since)}" if since is not None else ""
    if lowest == OTHER_CAUSE == highest:
        return f", attributed to {named}{when} and so not graded"
    if highest == UNKNOWN_CAUSE:
        return f", of unknown cause{when}"
    return f", perhaps attributed to {named}"


def fever(row: Row, course: Course, settings: Settings) -> str:
    """The fever clause: the temperature, and whether fever is still required."""
    at = row["start"]
    limit = settings.number("fever_from_cel")
    value = _value(row, "temperature")
    if value is None:
        last = row["temperature_last"]
        said = "temperature not known"
        said += f" (last {last})" if last else " (never measured)"
    elif row["temperature_lo"] >= limit:
        said = f"fever, {value}"
    elif row["temperature_hi"] < limit:
        said = f"no fever, {value}"
    else:
        said = f"fever or not, {value}: the range includes {limit:g} Cel"
    said += _cause(row, "fever", course, at)
    if row["crs_hi"] and row["fever_waived_hi"]:
        doses = course.doses(row["onset_lo"], at)
        if row["fever_waived_lo"] and doses:
            said += f"; no longer required since {doses}"
        elif doses:
            said += f"; no longer required if {doses} came after the onset"
        elif not row["fever_waived_lo"]:
            said += "; no longer required if treated, which is not known"
    if row["crs_hi"] and not row["fever_waived_lo"] and row["recent_fever_hi"] and not row["fever_hi"]:
        said += f"; less than {settings.number('resolution_hours'):g} hours since the last fever"
    return said


def hypotension(row: Row, course: Course) -> str:
    """The hypotension clause: vasopressors, fluids, a finding, pressures."""
    at = row["start"]
    parts = []
    names = course.vasopressors(at)
    if names:
        parts.append(names)
    elif not row["covered_vasopressor"]:
        parts.append("vasopressors not covered by the record")
    if row["bolus_hi"]:
        parts.append("fluid bolus for hypotension")
    values = [f"{n} {v}" for n, c in (("SBP", "sbp"), ("MAP", "map")) if (v := _value(row, c))]
    if row["finding_hi"] == FOUND and row["finding_lo"] == FOUND:
        parts.append("hypotension found by a clinician")
    elif row["finding_hi"] == RESOLVED and row["finding_lo"] == RESOLVED:
        parts.append("hypotension found resolved")
    elif row["finding_hi"] == FOUND:
        parts.append("hypotension found by a clinician, perhaps later")
    elif row["finding_hi"] == RESOLVED:
        parts.append("hypotension found by a clinician, perhaps resolved")
    if values:
        state = "low" if row["low_lo"] else "not low" if not row["low_hi"] else "low or not"
        parts.append(f"{' and '.join(values)} ({state}{_limit(row)})")
    elif not names and row["finding_hi"] not in (FOUND, RESOLVED):
        last = row["sbp_last"] or row["map_last"]
        parts.append("blood pressure not known" + (f" (last {last})" if last else " (never measured)"))
    return "; ".join(parts) + _cause(row, "hypotension", course, at)


def _limit(row: Row) -> str:
    """The limit that a systolic pressure was held against."""
    if row["sbp_given"] is None:
        return ""
    low, high = row["sbp_limit_lo"], row["sbp_limit_hi"]
    limit = f", limit {low:g}" if low == high else f", limit {low:g} to {high:g}: age not known"
    if row["baseline_sbp"] is not None:
        limit += f", baseline {row['baseline_sbp']:g}"
    return limit


def hypoxia(row: Row, course: Course) -> str:
    """The hypoxia clause: support, then saturation."""
    at = row["start"]
    parts = []
    if row["support"] is not None:
        since = f" since {day(row['support_start'])}"
        doubt = ", perhaps ended (open for more than a day)" if row["stale"] else ""
        unneeded = (
            "" if row["needed"] or row["support"] == "room air" else ", not for hypoxia by its indication"
        )
        parts.append(f"{row['support']}{since}{doubt}{unneeded}")
    elif row["oxygen_hidden"]:
        parts.append("oxygen not covered by the record")
    elif row["support_hi"] > 0:
        parts.append("oxygen recorded without a time")
    else:
        parts.append("no oxygen")
    if (
        row["support_hi"] > 0
        and row["support"] not in (None, "room air")
        and row["fio2_lo"] == row["fio2_hi"]
    ):
        estimated = f" ({flow_table().says})" if row["estimated"] else ""
        parts.append(f"FiO2 {row['fio2_lo']:g} %{estimated}")
    value = _value(row, "spo2")
    if value:
        parts.append(f"SpO2 {value}")
    elif row["support_lo"] == 0:
        last = row["spo2_last"]
        parts.append("SpO2 not known" + (f" (last {last})" if last else " (never measured)"))
    return ", ".join(parts) + _cause(row, "hypoxia", course, at)


def wanted(things: Sequence[str], at: int, course: Course) -> list[str]:
    """What would settle an interval; a course in doubt names the rows behind it.

    Where no row is behind it, it is what the record does not cover, which is listed already.
    """
    behind = course.open_questions(at)
    covered = not any(thing.endswith(" record") for thing in things)
    out = []
    for thing in things:
        if thing != COURSE:
            out.append(thing)
        elif behind:
            out.append(f"{thing} ({behind})")
        elif covered:
            out.append(thing)
    return out


def headline(scale: Scale, row: Row, found: Clauses | None) -> str:
    """The answer in a few words, with the rules that gave it."""
    low, high = row["grade_min"], row["grade_max"]
    if row["ended"]:
        return f"The record ended with death ({_cause_of_death(scale, row)})"
    if row["death_from_toxicity_lo"]:
        return f"Grade {high}: death from {scale.toxicity}"
    if low == high == 0 and found is not None and found.crs:
        return "Grade 0: no sign at present"
    if low == high:
        return f"Grade {low}: {_rule(scale, row['rule_min'])}" if low else f"No {scale.toxicity} (grade 0)"
    at_least = f"at least {low} ({_rule(scale, row['rule_min'])}), " if low else ""
    at_most = f"at most {high} ({_rule(scale, row['rule_max'])})"
    return f"Undecided between grade {low} and {high}: {at_least}{at_most}"


def _rule(scale: Scale, number: int) -> str:
    """The wording of a rule; one that was recalled and not read says so."""
    level = scale.level[number]
    return level.says if level.verified else f"{level.says} [not verified]"


class Clauses(NamedTuple):
    """What is said of an interval whatever the edition: the episode, and an axis each."""

    episode: str
    fever: str
    hypotension: str
    hypoxia: str
    masking: str
    vasopressors: str
    late: str
    crs: bool


def clauses(row: Row, course: Course, settings: Settings) -> Clauses:
    """The clauses of one interval of a course."""
    return Clauses(
        _episode(row, course, settings),
        fever(row, course, settings),
        hypotension(row, course),
        hypoxia(row, course),
        *_warnings(row, course, settings),
        row["crs_lo"],
    )


def sentence(
    scale: Scale, row: Row, found: Clauses | None, facts: Sequence[str], missing: Sequence[str]
) -> str:
    """The whole explanation of one interval.

    `found`: where the edition reads the course of CRS; `facts`: the columns that put facts of families into
    words.
    """
    said = [headline(scale, row, found)]
    if row["ended"]:
        return said[0] + "."
    if row["death_from_toxicity_hi"]:
        said.append(_death(scale, row))
    if row["death_from_toxicity_lo"]:
        return ". ".join(part[0].upper() + part[1:] for part in said) + "."
    if found is not None:
        said += [found.episode, found.fever, found.hypotension, found.hypoxia]
    said += dict.fromkeys(part for fact in facts if row[fact] for part in row[fact].split("; "))
    if missing:
        said.append(f"not settled for want of: {', '.join(missing)}")
    return ". ".join(part[0].upper() + part[1:] for part in said if part) + "."


def _cause_of_death(scale: Scale, row: Row) -> str:
    """A cause of death in words."""
    cause = str(row["death_cause"] or "cause not given")
    return scale.toxicity if cause == scale.fatal_cause else cause.replace("_", " ")


def _death(scale: Scale, row: Row) -> str:
    """What is known of a death that may be from CRS."""
    if not row["died"] or (row["death"] is not None and row["start"] < row["death"]):
        return "death is not covered by the record and no observation follows: the patient may have died"
    when = f" on {day(row['death'])}" if row["death"] is not None else " at a time not given"
    cause = f"of {_cause_of_death(scale, row)}" if row["death_cause"] else "of a cause not given"
    return f"died {cause}{when}"


def _episode(row: Row, course: Course, settings: Settings) -> str:
    """Since when CRS is present, or why it is not, or not certain."""
    if not row["crs_hi"]:
        return _no_crs(row, course, settings)
    first, last = row["onset_lo"], row["onset_hi"]
    if first is None:
        return "no CRS before, and a fever now would be its onset"
    since = day(first) if first == last else f"between {day(first)} and {day(last)}"
    if not row["crs_lo"]:
        return f"CRS not certain; if present, with onset {'on' if first == last else ''} {since}".replace(
            "  ", " "
        )
    return f"CRS with onset {'on ' if first == last else ''}{since}"


def _no_crs(row: Row, course: Course, settings: Settings) -> str:
    """Why there is no episode."""
    at = row["start"]
    if not course.fever_before(at):
        return "no fever recorded since the infusion, and CRS begins with fever"
    if row["fever_from_before"]:
        return "the fever was there at the infusion and has not stopped since: that is no onset"
    gap = settings.number("episode_gap_hours")
    return f"no episode is open: no attributable fever, or {gap:g} hours without a sign have passed"


def _warnings(row: Row, course: Course, settings: Settings) -> tuple[str, str, str]:
    """What a reader must know beside the grade: a masked fever, vasopressors, a late onset; empty if not."""
    at = row["start"]
    before = "" if course.fever_before(at) else course.doses(None, at)
    masking = f"a drug given may mask a fever: {before}" if before else ""
    running = course.vasopressors(at) if row["vasopressors_lo"] > 0 else ""
    limit = settings.number("onset_late_after_day")
    late = row["crs_hi"] and row["onset_hi"] is not None and to_day(row["onset_hi"]) > limit
    return masking, running, f"the onset is after day {limit:g}: look for other causes" if late else ""


def warning(row: Row, found: Clauses) -> str:
    """The warnings of one row; empty if there is none."""
    if row["ended"]:
        return ""
    beside = ""
    if row["grade_min"] == 0 and found.vasopressors:
        beside = f"a vasopressor runs beside a grade that may be 0: {found.vasopressors}"
    return "; ".join(filter(None, (found.masking, beside, found.late)))
