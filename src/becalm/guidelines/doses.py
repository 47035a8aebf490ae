"""The dose of a recommendation: by body weight, with its limits; refused where a limit is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from becalm.guidelines.edition import Band, Dose
from becalm.record.clock import HOUR, to_day

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Advised:
    """A dose in words (`said`) and, where it is one number, as `value` in `unit`.

    `refused`: which limit is reached, so that no dose is advised; `note`: what else a reader should know;
    `missing`: what would make it exact.
    """

    said: str
    value: float | None = None
    unit: str | None = None
    refused: str = ""
    note: str = ""
    missing: tuple[str, ...] = ()


def _day(instant: int) -> str:
    return f"day {to_day(instant):.3f}".rstrip("0").rstrip(".")


def _plain(value: float) -> str:
    return f"{value:.10g}"


def advised(dose: Dose, row: Row) -> Advised:
    """The dose for one moment.

    Args:
        dose: the entry of the guideline.
        row: at, weight_kg_lo, weight_kg_hi and, for the drug of the dose, DRUG_starts, DRUG_count,
            DRUG_undated and DRUG_hidden_from (`becalm.guidelines.facts.facts_at`).
    """
    refused = _limit_reached(dose, row)
    if refused:
        return Advised(f"none now: {refused}", refused=refused)
    said, value = _amount(dose, row)
    doubt = _doubt(dose, row)
    missing = [name for name, lacks in _lacking(row, doubt).items() if lacks]
    unit = dose.unit if value is not None else None
    return Advised(", ".join(filter(None, (said, doubt))), value, unit, "", _note(dose, row), tuple(missing))


def limit_times(dose: Dose) -> tuple[float, ...]:
    """The hours after a dose at which a limit stops to bind or a remark to hold."""
    hours = [limit.value for limit in (dose.min_interval_hours, dose.usual_interval_hours) if limit]
    return (*hours, 24.0) if dose.max_in_24_hours else tuple(hours)


def _limit_reached(dose: Dose, row: Row) -> str:
    """Which limit forbids a dose now; empty if none does."""
    at, starts, since = row["at"], row[f"{dose.drug}_starts"], row[f"{dose.drug}_count"]
    if dose.max_total and since >= dose.max_total.value:
        return f"{since} doses were given, and {dose.max_total.value:g} in all is the limit"
    within_day = [start for start in starts if start > at - 24 * HOUR]
    if dose.max_in_24_hours and len(within_day) >= dose.max_in_24_hours.value:
        again = _day(within_day[-int(dose.max_in_24_hours.value)] + 24 * HOUR)
        limit = f"{dose.max_in_24_hours.value:g} in 24 hours is the limit"
        return f"{len(within_day)} doses were given within 24 hours, and {limit}; the next from {again}"
    if dose.min_interval_hours and starts:
        next_at = starts[-1] + round(dose.min_interval_hours.value * HOUR)
        if at < next_at:
            apart = f"doses are at least {dose.min_interval_hours.value:g} hours apart"
            return f"the last dose was on {_day(starts[-1])}, and {apart}; the next from {_day(next_at)}"
    return ""


def _lacking(row: Row, doubt: str) -> dict[str, bool]:
    """What would make the dose exact, and whether it is missing."""
    return {"weight": row["weight_kg_lo"] is None, "earlier doses": bool(doubt)}


def _doubt(dose: Dose, row: Row) -> str:
    """Why earlier doses are not fully known."""
    hidden, undated = row[f"{dose.drug}_hidden_from"], row[f"{dose.drug}_undated"]
    if hidden is not None:
        since = _day(hidden)
        return f"if no limit is reached: doses from {since} on are not covered by the record"
    if undated:
        return f"if no limit is reached: {undated} given at a time not recorded"
    return ""


def _note(dose: Dose, row: Row) -> str:
    """That the usual interval has not passed."""
    usual = dose.usual_interval_hours
    starts = row[f"{dose.drug}_starts"]
    if usual and starts and row["at"] < starts[-1] + round(usual.value * HOUR):
        return f"less than {usual.value:g} hours after the last dose; {usual.says or 'the usual interval'}"
    return ""


def _amount(dose: Dose, row: Row) -> tuple[str, float | None]:
    """The dose in words, and as a number where the weight is one."""
    lo, hi = row["weight_kg_lo"], row["weight_kg_hi"]
    if lo is None or hi is None:
        return f"{_general(dose)}: weight not recorded", None
    bands = [b for b in dose.band if b.from_kg <= hi and (b.below_kg is None or lo < b.below_kg)]
    amounts = [_capped(dose, b, kg) for b in bands for kg in (max(lo, b.from_kg), min(hi, b.below_kg or hi))]
    if not amounts:
        return f"none stated for {_plain(lo)} kg", None
    weight = f"{_plain(lo)} kg" if lo == hi else f"{_plain(lo)} to {_plain(hi)} kg"
    how = " or ".join(f"{_plain(b.per_kg)} {dose.unit}/kg" for b in bands)
    if dose.max_single and max(b.per_kg * hi for b in bands) > dose.max_single.value:
        how += f", at most {_plain(dose.max_single.value)} {dose.unit}"
    least, most = min(amounts), max(amounts)
    if least == most:
        return f"{_plain(least)} {dose.unit} ({how}, {weight})", least
    return f"{_plain(least)} to {_plain(most)} {dose.unit} ({how}, {weight})", None


def _capped(dose: Dose, band: Band, weight: float) -> float:
    amount = round(band.per_kg * weight, 6)
    return min(amount, dose.max_single.value) if dose.max_single else amount


def _general(dose: Dose) -> str:
    """The dose without a weight: the band of the heaviest first, then the others and the limit."""
    heaviest, *others = sorted(dose.band, key=lambda band: -band.from_kg)
    said = f"{_plain(heaviest.per_kg)} {dose.unit}/kg"
    exceptions = [f"{_plain(b.per_kg)} {dose.unit}/kg below {_plain(b.below_kg or 0)} kg" for b in others]
    if dose.max_single:
        exceptions.append(f"at most {_plain(dose.max_single.value)} {dose.unit}")
    return f"{said} ({'; '.join(exceptions)})" if exceptions else said
