"""Records to test properties on: short adversarial ones, and synthetic hospital records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from hypothesis import strategies as st

from becalm import Cohort, read_tables
from becalm.synthetic import Settings, generate

from .times import GRID, Clock, Moment, as_written, clock_of

Row = dict[str, str]


class Tables(dict[str, list[Row]]):
    """The rows of each file of the folder format, all cells text; shown as the files would read."""

    def __repr__(self) -> str:
        lines = []
        for name, rows in self.items():
            lines.append(f"{name}: {len(rows)} rows")
            lines += [", ".join(f"{k}={v}" for k, v in row.items() if v) for row in rows]
        text = "\n".join(lines)
        return text if len(text) < 10_000 else f"{text[:10_000]} ..."


CLASSES = (
    "vasopressor", "oxygen", "fluid", "antipyretic", "anti_cytokine", "corticosteroid",
    "organ_toxicity", "attribution", "local_sign", "death",
)  # fmt: skip

VALUES: dict[str, Sequence[Row]] = {
    "temperature": [{"value": v, "unit": "Cel"} for v in ("36.8", "37.9", "38.0", "38.4", "39.5", "40.1")],
    "sbp": [{"value": v, "unit": "mm[Hg]"} for v in ("120", "101", "90", "89", "79", "72", "60")],
    "map": [{"value": v, "unit": "mm[Hg]"} for v in ("80", "65", "64", "50")],
    "spo2": [{"value": v, "unit": "%"} for v in ("98", "92", "90", "89", "82")],
}
ODD: dict[str, Sequence[Row]] = {
    "temperature": [
        {"value": "100.4", "unit": "[degF]"},
        {"value": "101.3", "unit": "Cel"},
        {"value": "37", "value_high": "39", "unit": "Cel"},
        {"value": "38", "comparator": ">", "unit": "Cel"},
        {"value": "38", "comparator": "<", "unit": "Cel"},
    ],
    "sbp": [
        {"value": "80", "value_high": "110", "unit": "mm[Hg]"},
        {"value": "90", "comparator": "<", "unit": "mm[Hg]"},
        {"value": "900", "unit": "mm[Hg]"},
    ],
    "map": [{"value": "60", "value_high": "70", "unit": "mm[Hg]"}],
    "spo2": [
        {"value": "0.91", "unit": "1"},
        {"value": "85", "value_high": "95", "unit": "%"},
        {"value": "90", "comparator": "<", "unit": "%"},
    ],
}
NEEDED = {
    "patients": (),
    "observations": ("day",),
    "exposures": ("start_day",),
    "events": ("day",),
    "coverage": (),
}
"""Columns that a file must have, even where every cell is blank."""
PRESSORS = ("norepinephrine", "epinephrine", "phenylephrine", "vasopressin", "dobutamine")
DEVICES = (
    "nasal_cannula", "low_flow_nasal_cannula", "high_flow_nasal_cannula", "face_mask", "cpap",
    "invasive_ventilation", "room_air",
)  # fmt: skip
DRUGS = ("acetaminophen", "tocilizumab", "dexamethasone")
FIRST, LAST = -6, 6 * GRID
"""The first and last half hour at which anything happens."""


@st.composite
def _observation(draw: st.DrawFn) -> tuple[Moment | None, Row]:
    concept = draw(st.sampled_from(["temperature"] * 3 + ["sbp", "map", "spo2"]))
    odd = draw(st.integers(0, 9)) == 9
    row = draw(st.sampled_from(ODD[concept] if odd else VALUES[concept]))
    return draw(_moments(vague=True)), {"concept": concept, **row}


@st.composite
def _moments(draw: st.DrawFn, *, vague: bool) -> Moment | None:
    at = draw(st.integers(FIRST, LAST))
    kind = draw(st.integers(0, 39)) if vague else 0
    if kind == 39:
        return None
    return Moment.of_day(at // GRID) if kind >= 36 else Moment.of_half_hours(at)


@st.composite
def _exposure(draw: st.DrawFn) -> tuple[Moment | None, Moment | None, Row]:
    start = draw(st.integers(FIRST, LAST))
    length = draw(st.sampled_from([0, 1, 3, 12, 40, 60, 0, 0]))
    kind = draw(st.sampled_from(["pressor", "oxygen", "drug", "fluid"]))
    row: Row
    if kind == "pressor":
        row = {"kind": "drug", "name": draw(st.sampled_from(PRESSORS)), "rate": draw(_of("5", "5", "0", ""))}
        row["indication"] = draw(_of("", "", "hypotension", "anaesthesia"))
    elif kind == "oxygen":
        row = {"kind": "oxygen", "name": draw(st.sampled_from(DEVICES))}
        row |= {"flow_l_min": draw(_of("", "2", "6", "15")), "indication": draw(_of("", "", "home", "crs"))}
    elif kind == "drug":
        row = {"kind": "drug", "name": draw(st.sampled_from(DRUGS)), "route": draw(_of("iv", "", "topical"))}
    else:
        row = {"kind": "fluid", "name": "albumin", "indication": draw(_of("hypotension", ""))}
    end = Moment.of_half_hours(start + length) if length else None
    return Moment.of_half_hours(start), end, row


@st.composite
def _event(draw: st.DrawFn) -> tuple[Moment | None, Row]:
    name = draw(
        _of("attribution", "attribution", "attribution", "hypotension", "discharge", "admission", "death")
    )
    row: Row = {"event": name}
    if name == "attribution":
        row["axis"] = draw(_of("fever", "hypotension", "hypoxia"))
        row |= draw(
            _of({"cause": "infection"}, {"cause": "unknown"}, {"cause": "crs"}, {"value": "resolved"})
        )
    elif name == "hypotension":
        row["value"] = draw(_of("", "", "resolved"))
    elif name == "death":
        row["cause"] = draw(_of("crs", "infection", ""))
    return draw(_moments(vague=name != "death")), row


def _of(*choices):
    return st.sampled_from(choices)


@st.composite
def _patient(draw: st.DrawFn, ident: str) -> Tables:
    clock = draw(_of("day", "date", "naive", "naive", "aware"))
    infusion = draw(st.integers(0, GRID - 1)) if clock in ("naive", "aware") else None
    who = {"patient_id": ident, "age_years": draw(_of("45", "45", "70", "10", "4", "0.5", ""))}
    who |= {"baseline_sbp": draw(_of("", "", "", "125")), "home_cpap": draw(_of("", "", "true"))}
    who["infusion_time"] = Clock.of_half_hours(clock, infusion)
    own = clock_of(who)
    out = Tables(patients=[who], observations=[], exposures=[], events=[])
    for when, row in draw(st.lists(_observation(), min_size=4, max_size=16)):
        out["observations"].append({"patient_id": ident, **as_written(when, "", own), **row})
    for start, end, row in draw(st.lists(_exposure(), max_size=5)):
        stamps = as_written(start, "start_", own) | (as_written(end, "end_", own) if end else {})
        out["exposures"].append({"patient_id": ident, **stamps, **row})
    for when, row in draw(st.lists(_event(), max_size=4)):
        out["events"].append({"patient_id": ident, **as_written(when, "", own), **row})
    return out


@st.composite
def short_records(draw: st.DrawFn, coverage: Sequence[str] = ("all", "all", "some", "rows")) -> Tables:
    """Two patients of few rows, most of them at a limit, and one way of declaring coverage."""
    out = Tables({name: [] for name in ("patients", "observations", "exposures", "events", "coverage")})
    for ident in ("a", "b"):
        for name, rows in draw(_patient(ident)).items():
            out[name] += rows
    way = draw(st.sampled_from(coverage))
    if way != "rows":
        names = CLASSES if way == "all" else draw(st.lists(st.sampled_from(CLASSES), min_size=1, unique=True))
        out["coverage"] = [{"class": name} for name in names]
    return out


def hospital(seed: int, people: int, settings: Settings | None = None) -> Tables:
    """Synthetic hospital records with every feature often."""
    drawn = generate(people, seed, settings or Settings(everything=True))
    return Tables(
        {
            name: [{k: v for k, v in row.items() if v is not None} for row in frame.iter_rows(named=True)]
            for name, frame in drawn.tables.items()
        }
    )


@st.composite
def hospital_records(draw: st.DrawFn, coverage: Sequence[str] = ("declared", "partial", "rows")) -> Tables:
    """Two synthetic patients with every feature often."""
    seed, way = draw(st.integers(0, 100_000)), draw(st.sampled_from(coverage))
    return hospital(seed, 2, Settings(everything=True, coverage=way))  # type: ignore[arg-type]


def records() -> st.SearchStrategy[Tables]:
    """Records of either kind."""
    return st.one_of(short_records(), short_records(), hospital_records())


def covered_records() -> st.SearchStrategy[Tables]:
    """Records of either kind that declare every class as covered for everybody."""
    return st.one_of(short_records(("all",)), short_records(("all",)), hospital_records(("declared",)))


def frames(tables: Mapping[str, Sequence[Row]]) -> dict[str, pl.DataFrame]:
    """The rows as frames of text."""
    out = {}
    for name, rows in tables.items():
        columns = list(dict.fromkeys((*NEEDED[name], *(key for row in rows for key in row))))
        if rows:
            cells = {c: [row.get(c) or None for row in rows] for c in columns}
            out[name] = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String))
    return out


def cohort(tables: Mapping[str, Sequence[Row]]) -> Cohort:
    """The rows as becalm reads them."""
    return read_tables(frames(tables))
