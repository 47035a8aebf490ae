"""Days, ranges, units and names as a clinician writes them."""

from __future__ import annotations

from becalm.record.clock import DAY, SECOND

MINUS = "\u2212"
_UNITS = {
    "Cel": "°C",
    "[degF]": "°F",
    "mm[Hg]": "mmHg",
    "10*9/L": "10⁹/L",
    "10*6/L": "10⁶/L",
    "10*3/uL": "10³/µL",
    "[IU]/L": "IU/L",
    "1": "",
}
_SECONDS = 86_400


def figure(value: float, digits: int = 3) -> str:
    """A number without trailing zeros, at most `digits` decimals; from 10 000 on with thin spaces."""
    rounded = round(value, digits)
    said = f"{rounded:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{rounded:.0f}"
    whole, dot, rest = said.partition(".")
    if len(whole.lstrip("-")) > 4:
        whole = f"{int(whole):,}".replace(",", "\u2009")
    return (whole + dot + rest).replace("-", MINUS) if said not in ("-0", "") else "0"


def day_text(day: float | None) -> str:
    """A day of the clock: 8.715; blank if there is none."""
    return "" if day is None else figure(day)


def clock_text(day: float) -> str:
    """The hour of a day of the clock: 17:10, or 17:10:05 where seconds matter."""
    seconds = round(day * _SECONDS) % _SECONDS
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours:02d}:{minutes:02d}" + (f":{rest:02d}" if rest else "")


def date_and_clock(day: float) -> str:
    """A day of the clock as `day 8, 17:10`."""
    whole = round(day * _SECONDS) // _SECONDS
    return f"day {figure(whole, 0)}, {clock_text(day)}"


def instant_text(instant: int, whole_day: bool = False) -> str:
    """An instant of a record in words: `day 8.715 (17:10)`, or `day 8 (no hour given)`."""
    day = instant / DAY
    if whole_day:
        return f"day {figure(day)} (no hour given)"
    return f"day {figure(day)} ({clock_text(round(instant / SECOND) / _SECONDS)})"


def grade_text(lowest: int | None, highest: int | None) -> str:
    """A grade or its range: `2`, `0 to 2`; a dash where the record has ended."""
    if lowest is None or highest is None:
        return "–"
    return f"{lowest}" if lowest == highest else f"{lowest} to {highest}"


def range_text(low: float | None, high: float | None) -> str:
    """A number or its range; blank if neither end is known."""
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f"at most {figure(high)}" if high is not None else f"at least {figure(low or 0)}"
    return figure(low) if figure(low) == figure(high) else f"{figure(low)} to {figure(high)}"


def unit_text(unit: str | None) -> str:
    """A UCUM unit as it is printed: °C for Cel, mmHg for mm[Hg], µ for u; nothing for a score or a grade."""
    if unit is None:
        return ""
    if unit in _UNITS:
        return _UNITS[unit]
    if unit.startswith("{") and unit.endswith("}"):
        return ""
    plain = unit.replace("{", "").replace("}", "")
    return "µ" + plain[1:] if plain.startswith("u") else plain.replace("/u", "/µ")


def name_text(name: str | None) -> str:
    """A canonical name in words: `low_flow_nasal_cannula` is low flow nasal cannula."""
    return (name or "").replace("_", " ")


_CAPITALS = frozenset(
    [
        "sbp",
        "dbp",
        "map",
        "crp",
        "ldh",
        "anc",
        "wbc",
        "alt",
        "ast",
        "bnp",
        "ice",
        "capd",
        "crs",
        "icans",
        "tnf",
        "ifn",
    ]
)


def concept_text(name: str | None) -> str:
    """A concept in words, its abbreviations in capitals: SBP, IL-6, SpO2, CRS grade recorded."""
    if name is not None and name.startswith("il") and name[2:].isdecimal():
        return f"IL-{name[2:]}"
    words = name_text(name).split()
    return " ".join({"spo2": "SpO2"}.get(word, word.upper() if word in _CAPITALS else word) for word in words)


def amount_text(amount: float | None, unit: str | None) -> str:
    """A dose, rate or flow with its unit; blank if not given."""
    if amount is None:
        return ""
    return " ".join(part for part in (figure(amount), unit_text(unit)) if part)


def counted(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: `1 row`, `2 rows`."""
    return f"{figure(count, 0)} {one if count == 1 else many or one + 's'}"


def listed(items: list[str]) -> str:
    """Names in a sentence: `a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def sentence(said: str) -> str:
    """A text that begins with a capital and ends with a full stop."""
    plain = said.strip()
    if not plain:
        return ""
    return plain[0].upper() + plain[1:] + ("" if plain[-1] in ".!?" else ".")
