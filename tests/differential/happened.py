"""Events of one drafted patient, and what the scale must leave alone."""

from __future__ import annotations

from .drafts import DAY, Draft
from .given import _length


def _event(d: Draft, at: int, event: str, *, may_be_whole: bool = False, **more: str) -> None:
    whole = may_be_whole and not d.infusion and d.chance(0.15)
    d.loose |= whole
    stamp = d.whole(at // DAY) if whole else d.stamp(at)
    d.events.append({**stamp, "event": event, **{k: v for k, v in more.items() if v}})


def events(d: Draft) -> None:
    if d.chance(0.4):
        seen: set[tuple[str, int]] = set()
        for _ in range(int(d.pick((1, 1, 2, 3)))):
            axis, at = d.pick(("fever", "hypotension", "hypoxia")), d.near()
            value = "resolved" if d.chance(0.2) else ""
            cause = d.pick(("crs", "infection", "infection", "local", "other", "unknown", ""))
            if all(axis != a or abs(at - b) > DAY for a, b in seen):
                _event(
                    d,
                    at,
                    "attribution",
                    may_be_whole=not seen,
                    axis=axis,
                    value=value,
                    cause="" if value else cause,
                )
            seen.add((axis, at))
    if d.chance(0.2):
        at = d.near()
        _event(d, at, "hypotension", may_be_whole=not d.told)
        if d.told and d.chance(0.8):
            _event(d, at + _length(d) + 3, "hypotension", value="resolved")
    if d.chance(0.12):
        out = d.near()
        _event(d, out, "discharge")
        if d.chance(0.6):
            _event(d, out + _length(d), "admission")
    if d.chance(0.22):
        _death(d)


def _death(d: Draft) -> None:
    at = d.end - int(d.rng.integers(0, 2 * DAY))
    cause = d.pick(("crs", "crs", "crs", "", "infection", "relapse", "other"))
    whole = not d.infusion and d.chance(0.15)
    stamp = d.whole(at // DAY) if whole else d.stamp(at)
    d.events.append({**stamp, "event": "death", "cause": cause} if cause else {**stamp, "event": "death"})


def others(d: Draft) -> None:
    """What the scale must leave alone."""
    if d.vitals and d.chance(0.3):
        at = d.pick(d.vitals)
        concept, value, unit = d.pick(
            (
                ("il6", "812", "pg/mL"),
                ("crp", "12", "mg/dL"),
                ("ferritin", "5000", "ng/mL"),
                ("heart_rate", "120", "/min"),
            )
        )
        d.observations.append({**d.stamp(at), "concept": concept, "value": value, "unit": unit})
    if d.chance(0.2):
        event, more = d.pick(
            (("infection", {"value": "3"}), ("local_sign", {"value": "swelling", "site": "neck"}),
             ("icu_admission", {}), ("organ_toxicity", {"site": "liver", "value": "4"}), ("seizure", {}),
             ("response", {"value": "CR"}))
        )  # fmt: skip
        _event(d, d.moment(), event, **more)
    if d.told and d.chance(0.1):
        d.observations.append({"concept": "il6", "value": "40", "unit": "pg/mL"})
    if d.told and d.chance(0.05):
        d.events.append({"event": "local_sign", "value": "effusion", "site": "pleura"})
