"""Exposures of one drafted patient, in every form of start, end and rate."""

from __future__ import annotations

from .drafts import Draft

PRESSORS = ("norepinephrine", "epinephrine", "phenylephrine", "dopamine", "angiotensin_ii", "angiotensin ii")
VASOPRESSIN = ("vasopressin", "terlipressin")
INOTROPES = ("dobutamine", "milrinone", "levosimendan")
DEVICES = (
    "nasal_cannula", "nasal_cannula", "low_flow_nasal_cannula", "blow_by", "high_flow_nasal_cannula",
    "face_mask", "venturi_mask", "non_rebreather", "cpap", "bipap", "invasive_ventilation", "ecmo",
    "room_air",
)  # fmt: skip
TREATMENTS = (
    "acetaminophen", "paracetamol", "ibuprofen", "metamizole", "tocilizumab", "siltuximab", "anakinra",
    "ruxolitinib",
    "dexamethasone", "methylprednisolone", "hydrocortisone",
)  # fmt: skip


def _expose(d: Draft, at: int, end: int | None, kind: str, name: str, **more: str) -> None:
    row = {**d.stamp(at, "start_"), "kind": kind, "name": name, **{k: v for k, v in more.items() if v}}
    if end is not None:
        row.update(d.stamp(end, "end_"))
    d.exposures.append(row)


def _length(d: Draft) -> int:
    return int(d.pick((100, 240, 480, 800, 1200, 2400, 3600)))


def treatments(d: Draft) -> None:
    for _ in range(int(d.pick((0, 0, 1, 1, 2, 3)))):
        at, name = d.near(), d.pick(TREATMENTS)
        route = d.pick(("", "", "iv", "po", "sc", "im", "ophthalmic", "topical", "inhaled", "intrathecal"))
        how = d.pick(
            ("dose", "dose", "closed", "rate", "rate-zero") if d.told else ("dose", "dose", "dose", "closed")
        )
        if how == "closed":
            _expose(
                d, at, at + _length(d), "drug", name, route=route, rate=d.pick(("", "5")), rate_unit="mg/h"
            )
        elif how.startswith("rate"):
            _expose(d, at, None, "drug", name, route=route, rate="5", rate_unit="mg/h")
            if how == "rate-zero":
                _expose(d, at + _length(d), None, "drug", name, route=route, rate="0", rate_unit="mg/h")
        else:
            indication = d.pick(("", "crs", "fever", "prophylaxis", "icans"))
            _expose(
                d, at, None, "drug", name, route=route, dose="8", dose_unit="mg/kg", indication=indication
            )


def pressor_rows(d: Draft) -> None:
    names = [
        d.pick((*PRESSORS, *PRESSORS, *VASOPRESSIN, *INOTROPES)) for _ in range(int(d.pick((1, 1, 2, 2, 3))))
    ]
    for name in names:
        at = d.near()
        indication = d.pick(("", "", "", "", "hypotension", "crs", "procedure", "anaesthesia", "anaphylaxis"))
        route = "inhaled" if name == "epinephrine" and d.chance(0.3) else d.pick(("", "iv"))
        common = {"route": route, "rate_unit": "ug/min", "indication": indication}
        how = d.pick(("closed", "closed", "open", "steps", "steps", "one-dose" if d.told else "closed"))
        if how == "closed":
            _expose(d, at, at + _length(d), "drug", name, **common, rate=d.pick(("", "5")))
        elif how == "one-dose":
            _expose(d, at, None, "drug", name, route=route, indication=indication, dose="100", dose_unit="ug")
        else:
            _expose(d, at, None, "drug", name, **common, rate="5")
            for _ in range(int(d.pick((1, 2))) if how == "steps" else 0):
                at += _length(d)
                _expose(d, at, None, "drug", name, **common, rate=d.pick(("0", "0", "10")))


def oxygen(d: Draft) -> None:
    at, seen = d.near(), set()
    for _ in range(int(d.pick((1, 1, 2, 3, 4)))):
        name = d.pick(("cpap", "bipap", *DEVICES[:2]) if d.patient["home_cpap"] == "true" else DEVICES)
        flow = d.pick(("", "2", "6", "6.1", "15")) if "cannula" in name or "mask" in name else ""
        positive = name in ("cpap", "bipap", "invasive_ventilation")
        apart: tuple[str, ...] = (
            ("sleep_apnoea", "airway_protection", "procedure")
            if positive
            else ("comfort", "home", "procedure")
        )
        if d.told and positive:
            apart = (*apart, "home", "home")
        indication = d.pick(apart) if d.chance(0.25) else d.pick(("", "", "", "hypoxia", "crs"))
        kind = "ventilation" if positive or name == "ecmo" else "oxygen"
        end = at + _length(d) if d.chance(0.5) else None
        if at not in seen:
            _expose(d, at, end, kind, name, flow_l_min=flow, indication=indication)
        seen.add(at)
        at += _length(d) - int(d.pick((0, 0, 0, 60)))


def fluids(d: Draft) -> None:
    for _ in range(int(d.pick((1, 2)))):
        at = d.near()
        end = None if d.told and d.chance(0.5) else at + int(d.pick((50, 100, 300)))
        indication = d.pick(("hypotension", "hypotension", "", "other"))
        _expose(
            d,
            at,
            end,
            "fluid",
            d.pick(("sodium_chloride_0.9", "albumin")),
            dose="500",
            dose_unit="mL",
            indication=indication,
        )
