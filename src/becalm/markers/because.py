"""What a marker's row says in words: the baseline, the peak, the fold, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from becalm.markers import folds
from becalm.markers.settings import MarkerSettings
from becalm.record.clock import to_day

Row = Mapping[str, Any]


def day(instant: int) -> str:
    """An instant as `day 6.5`."""
    return f"day {to_day(instant):.3f}".rstrip("0").rstrip(".")


def number(value: float) -> str:
    """A number as a person writes it."""
    return f"{value:.6g}" if abs(value) < 1000 else f"{value:.10g}"


def span(lo: float | None, hi: float | None) -> str:
    """A range in words."""
    if lo is None and hi is None:
        return "not known"
    if hi is None:
        return f"at least {number(lo or 0)}"
    if lo is None:
        return f"at most {number(hi)}"
    return number(lo) if number(lo) == number(hi) else f"{number(lo)} to {number(hi)}"


def fold_clause(row: Row) -> str:
    """The fold with the values behind it, or why there is none: part of a sentence."""
    label = row["label"]
    if row["fold_refused"] is not None:
        return f"no {label} fold: {_refusal(row)}"
    behind = f"{row['peak_text']}, over {row['baseline_text']}"
    said = f"{label} fold {span(row['fold_lo'], row['fold_hi'])} ({behind})"
    if row["stale"]:
        said += f"; it may have risen since, the last value was {row['last_text']}"
    return said


def needs(row: Row) -> str:
    """What would make an open fold narrower, in a few words."""
    label, reason = row["label"], row["fold_refused"]
    since = f"before {row['drug']}" if row["drug"] else "since the infusion"
    if reason == folds.NO_BASELINE and row["first_text"] is None:
        return f"{label} at baseline and {since} (never measured)"
    if reason == folds.NO_BASELINE:
        return f"{label} at baseline"
    if reason == folds.NO_PEAK:
        return f"{label} {since}"
    if reason == folds.ZERO:
        return f"{label} at baseline by an assay that detects it"
    if reason == folds.ASSAYS:
        return f"{label} at baseline and peak by one assay"
    if row["stale"]:
        return f"{label} now"
    if row["closes_lo"] < min(row["closes"], row["limit"]):
        return "anti-cytokine record"
    return f"{label} at baseline or peak as exact values"


def sentence(row: Row, settings: MarkerSettings) -> str:
    """The whole explanation of one row."""
    label = row["label"]
    if row["first_text"] is None:
        return _sentence_case(f"{label} was never measured.")
    if row["baseline_text"] is None:
        said = [f"Baseline: {_no_baseline(settings)}"]
    else:
        said = [f"Baseline: {_values(row, 'baseline')}"]
    if row["peaked"]:
        said.append(f"Peak: {_values(row, 'peak')}")
    said.append(_sentence_case(row["closing"]))
    if row["fold_refused"] is not None:
        said.append(f"No fold: {_refusal(row)}")
    elif row["fold_lo"] is not None and row["fold_lo"] == row["fold_hi"]:
        said.append(f"Fold {number(row['fold_lo'])}")
    else:
        said.append(f"Fold {span(row['fold_lo'], row['fold_hi'])}{_open(row)}")
    return ". ".join(said) + "."


def _values(row: Row, part: str) -> str:
    """The reading, or the range that several make."""
    text = str(row[f"{part}_text"])
    if " or " not in text:
        return text
    return f"{span(row[f'{part}_lo'], row[f'{part}_hi'])} {row['unit']} ({text})"


def _no_baseline(settings: MarkerSettings) -> str:
    first = f"day {-settings.number('baseline_days_before'):g}"
    until = "the end of day 0" if settings.flag("baseline_else_day_0") else "the infusion"
    return f"none, no value from {first} to {until}"


def _refusal(row: Row) -> str:
    match row["fold_refused"]:
        case folds.NO_BASELINE:
            if row["first_text"] is None:
                return "never measured"
            return "there is no baseline value"
        case folds.NO_PEAK:
            return f"no value in the window of the peak ({row['closing']})"
        case folds.ZERO:
            return f"nothing can be divided by a baseline of 0 ({row['baseline_text']})"
        case _:
            return (
                f"the baseline ({row['baseline_text']}) and the peak ({row['peak_text']}) were measured by "
                "different assays"
            )


def _open(row: Row) -> str:
    """Why a fold is a range."""
    causes = []
    if row["baseline_lo"] == 0:
        causes.append("the baseline may be 0")
    if row["baseline_hi"] is None:
        causes.append("the baseline has no upper limit")
    if row["peak_hi"] is None:
        causes.append("the peak has no upper limit")
    if row["peak_lo"] is None:
        causes.append("no value surely lies in the window of the peak")
    return f" ({', '.join(causes)})" if causes else ""


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
