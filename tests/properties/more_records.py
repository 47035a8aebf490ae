"""Records with what the other grading systems read: laboratory values, scores, and their events."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from .changes import clocks
from .records import Row, Tables, short_records
from .times import GRID, Moment, as_written

MEASURED: dict[str, tuple[str, Sequence[str]]] = {
    "creatinine": ("mg/dL", ("0.8", "1.2", "1.9", "4.0", "8")),
    "alt": ("U/L", ("20", "130", "220", "900")),
    "bilirubin": ("mg/dL", ("0.5", "2", "5", "20")),
    "ferritin": ("ng/mL", ("100", "900", "12000")),
    "fibrinogen": ("mg/dL", ("300", "140", "60")),
    "anc": ("10*9/L", ("2.0", "0.6", "0.5", "0.4", "0.1", "0.05")),
    "platelets": ("10*9/L", ("200", "60", "40", "15")),
    "il6": ("pg/mL", ("5", "80", "4000")),
    "ice": ("{score}", ("10", "8", "5", "1", "0")),
    "capd": ("{score}", ("0", "4", "9", "20")),
    "consciousness": ("{level}", ("alert", "awakens_to_voice", "unarousable")),
}
EVENTS: Sequence[Row] = (
    {"event": "organ_toxicity", "site": "heart", "value": "3"},
    {"event": "organ_toxicity", "site": "alt", "value": "4"},
    {"event": "organ_toxicity", "site": "kidney", "value": ""},
    {"event": "organ_toxicity", "site": "heart", "value": "0"},
    {"event": "seizure", "value": ""},
    {"event": "seizure", "value": "brief"},
    {"event": "motor_weakness"},
    {"event": "cerebral_edema", "value": "focal"},
    {"event": "cerebral_edema", "value": "diffuse"},
    {"event": "infection", "value": "3", "site": "lung"},
    {"event": "infection", "value": "", "site": "catheter"},
    {"event": "infection", "value": "resolved"},
    {"event": "local_sign", "value": "swelling", "site": "neck"},
    {"event": "local_sign", "value": "compression", "site": "neck", "severity": "decompensated"},
    {"event": "local_sign", "value": "resolved", "site": "neck"},
    {"event": "admission"},
)
DOSES: Sequence[Row] = (
    {"kind": "drug", "name": "norepinephrine", "rate": "20", "rate_unit": "ug/min", "route": "iv"},
    {"kind": "drug", "name": "dopamine", "rate": "12", "rate_unit": "ug/kg/min", "route": "iv"},
    {"kind": "drug", "name": "vasopressin", "rate": "2.4", "rate_unit": "U/h", "route": "iv"},
    {"kind": "drug", "name": "propofol", "rate": "50", "rate_unit": "mg/h", "route": "iv"},
    {
        "kind": "drug",
        "name": "meropenem",
        "dose": "1",
        "dose_unit": "g",
        "route": "iv",
        "indication": "infection",
    },
    {"kind": "oxygen", "name": "venturi_mask", "fio2": "0.35"},
    {"kind": "ventilation", "name": "bipap", "fio2": "0.5"},
)


@st.composite
def more_records(draw: st.DrawFn, coverage: Sequence[str] = ("all", "some", "rows")) -> Tables:
    """Short records with up to a dozen rows that only other systems read."""
    out = draw(short_records(coverage))
    for owner, clock in clocks(out).items():

        def place(prefix: str = "", owner: str = owner, clock: object = clock) -> Row:
            half_hour = draw(st.integers(-6, 6 * GRID))
            whole = draw(st.integers(0, 9)) == 9 and not prefix
            when = Moment.of_day(half_hour // GRID) if whole else Moment.of_half_hours(half_hour)
            return {"patient_id": owner, **as_written(when, prefix, clock)}  # type: ignore[arg-type]

        for concept in draw(st.lists(st.sampled_from(sorted(MEASURED)), max_size=6)):
            unit, values = MEASURED[concept]
            row = {"concept": concept, "value": draw(st.sampled_from(values)), "unit": unit}
            out["observations"].append(place() | row)
        for row in draw(st.lists(st.sampled_from(EVENTS), max_size=4)):
            out["events"].append(place() | row)
        for row in draw(st.lists(st.sampled_from(DOSES), max_size=2)):
            out["exposures"].append(place("start_") | row)
    return out


def covered() -> st.SearchStrategy[Tables]:
    """Such records that declare every class as covered for everybody."""
    return more_records(("all",))
