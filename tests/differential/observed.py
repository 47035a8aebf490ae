"""Observations of one drafted patient: few values, most of them at or beside a limit."""

from __future__ import annotations

from .drafts import DAY, Draft

GAPS = (120, 240, 401, 600, 800, 801, 960, 1200, 1203, 1500, 2400, 2403)


def _schedule(d: Draft, most: int) -> list[int]:
    out: list[int] = []
    at = d.start + int(d.rng.integers(0, DAY // 3))
    while at < d.end and len(out) < most:
        out.append(at)
        at += int(d.pick(GAPS))
    return out


def _value(d: Draft, at: int, concept: str, value: str, unit: str, **more: str) -> None:
    """One observation row; now and then of a whole day, or twice."""
    whole = d.chance(0.06) and not d.infusion
    stamp = d.whole(at // DAY) if whole else d.stamp(at)
    d.vitals.append(at // DAY * DAY if whole else at)
    d.observations.append({**stamp, "concept": concept, "value": value, "unit": unit, **more})


def temperatures(d: Draft) -> None:
    fever = d.chance(0.35)
    for k, at in enumerate(_schedule(d, 8)):
        fever = (not fever) if d.chance(0.7 if k == 1 and not fever else 0.35) else fever
        value, unit = (
            (d.pick(("38.0", "38.5", "39.4", "40")) if fever else d.pick(("36.6", "37.2", "37.9", "37.99"))),
            "Cel",
        )
        more: dict[str, str] = {}
        if d.chance(0.2):
            value, unit = (
                (d.pick(("100.4", "101.3", "102")) if fever else d.pick(("98.6", "100.3"))),
                "[degF]",
            )
        elif d.chance(0.08) and at > DAY // 2:
            value, more = d.pick(
                (("38.0", {"comparator": "<"}), ("38.0", {"comparator": "<="}), ("38", {"comparator": ">="}),
                 ("37.5", {"comparator": ">"}), ("39", {"comparator": "<"}))
            )  # fmt: skip
        if d.chance(0.1):
            more = {**more, "site": d.pick(("axillary", "oral", "core"))}
        if d.told and d.chance(0.08) and at > DAY // 2:
            value, unit, more = d.pick(
                (
                    ("101.3", "Cel", {}),
                    ("37.0", "Cel", {"value_high": "38.5"}),
                    ("98", "[degF]", {"value_high": "101"}),
                )
            )
        _value(d, at, "temperature", value, unit, **more)
        if d.chance(0.05) and at > DAY // 2:
            row = d.observations[-1]
            d.observations.append(
                {**row, "value": "37.0" if fever else "38.2", "unit": "Cel", "comparator": ""}
            )


def pressures(d: Draft) -> None:
    kind = d.pick(("both", "sbp", "sbp", "sbp", "map", "none"))
    age = d.patient["age_years"]
    mean_counts = age != "" and float(age) >= 11
    if kind in ("both", "map") and not mean_counts and not (d.told and age):
        kind = "sbp"
    worse = d.chance(0.4)
    if kind in ("both", "sbp"):
        for at in _schedule(d, 5):
            low = d.chance(0.6 if worse else 0.12)
            value = (
                d.pick(("89", "85", "75", "71", "60", "89.9")) if low else d.pick(("120", "105", "90", "95"))
            )
            more = (
                d.pick(({"comparator": "<"}, {"comparator": ">="}, {"comparator": "<="}))
                if d.chance(0.06)
                else {}
            )
            if d.told and d.chance(0.06):
                value, more = d.pick(
                    (("80", {"value_high": "120"}), ("600", {}), ("95", {"value_high": "99"}))
                )
            unit = "mm[Hg]"
            if d.told and not more and d.chance(0.06):
                value, unit = ("11.9" if low else "16"), "kPa"
            _value(d, at, "sbp", value, unit, **more)
            if d.chance(0.3):
                _value(d, at, "dbp", "60", "mm[Hg]")
    if kind in ("both", "map"):
        for at in _schedule(d, 4):
            value = d.pick(("64", "64.9", "50")) if d.chance(0.3) else d.pick(("65", "80", "70"))
            _value(d, at, "map", value, "mm[Hg]")


def saturations(d: Draft) -> None:
    if d.chance(0.15):
        return
    worse = d.chance(0.35)
    for at in _schedule(d, 5):
        low = d.chance(0.6 if worse else 0.1)
        value, unit = (d.pick(("89", "89.9", "85")) if low else d.pick(("97", "90", "93"))), "%"
        more = d.pick(({"comparator": "<"}, {"comparator": ">="})) if d.chance(0.06) else {}
        if d.told and d.chance(0.15):
            value, unit, more = d.pick(
                (("0.93", "1", {}), ("0.85", "1", {}), ("85", "%", {"value_high": "95"}))
            )
        _value(d, at, "spo2", value, unit, **more)
