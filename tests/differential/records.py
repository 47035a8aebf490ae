"""Short adversarial hospital records: few rows, many boundaries, everything that design section 3 names.

A record is made of sources (one folder each, six patients, one way of declaring coverage), since what a
source covers by default depends on all its rows. Times lie on a grid of 36 seconds, which is exact as a clock
time; as a decimal day every third one is exact. Two streams:

`plain`   only what the reference grader supports as it stands (its docstring, `differences.toml`);
`told`    the same, and what it does not support; the reference is then told the design's sentence (a mend).

Everything is drawn from one generator per patient, keyed by (seed, stream, patient).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import numpy as np

from .drafts import DAY, HOUR, ZERO, Draft, Rows, decimal
from .given import fluids, oxygen, pressor_rows, treatments
from .happened import events, others
from .observed import pressures, saturations, temperatures

PATIENTS_PER_SOURCE = 6
STREAMS = ("plain", "told")
CLASSES = (
    "vasopressor", "oxygen", "fluid", "antipyretic", "anti_cytokine", "corticosteroid",
    "organ_toxicity", "attribution", "local_sign", "death",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One source: its rows by file name, and the grid times of each patient at which something happens."""

    rows: dict[str, Rows]
    times: dict[str, list[int]]
    infusion: dict[str, int]
    loose: dict[str, bool]


def source(seed: int, number: int, stream: str) -> Source:
    """One source of a stream: rows as text, in the folder format."""
    out: dict[str, Rows] = {
        name: [] for name in ("patients", "observations", "exposures", "events", "coverage")
    }
    drafts = [_patient(seed, stream, number * PATIENTS_PER_SOURCE + i) for i in range(PATIENTS_PER_SOURCE)]
    for draft in drafts:
        out["patients"].append(draft.patient)
        for rows, into in (
            (draft.observations, "observations"),
            (draft.exposures, "exposures"),
            (draft.events, "events"),
        ):
            order = draft.rng.permutation(len(rows))
            out[into] += [{"patient_id": draft.ident, **rows[int(k)]} for k in order]
    rng = np.random.default_rng([seed, number, 7, len(stream)])
    out["coverage"] = _coverage(rng, out, drafts, told=stream != "plain")
    return Source(
        rows=out,
        times={d.ident: sorted(d.times) for d in drafts},
        infusion={d.ident: d.infusion for d in drafts},
        loose={d.ident: d.loose for d in drafts},
    )


def _patient(seed: int, stream: str, index: int) -> Draft:
    rng = np.random.default_rng([seed, len(stream), index])
    told = stream != "plain"
    start = int(rng.choice([0, 0, 0, 0, 0, 0, 0, 1, 13, 28, 29])) * DAY + int(rng.integers(0, DAY))
    if rng.random() < 0.15:
        start = -int(rng.integers(1, DAY))
    clock = str(rng.choice(["day", "day", "day", "time", "mixed", "offset"]))
    draft = Draft(f"p{index}", rng, told, clock, start, start + int(rng.integers(2 * DAY, 5 * DAY)))
    draft.patient = {"patient_id": draft.ident, **person(draft)}
    temperatures(draft)
    pressures(draft)
    saturations(draft)
    treatments(draft)
    at_home = draft.patient["home_cpap"] == "true"
    for make, p in ((oxygen, 1.0 if at_home else 0.45), (pressor_rows, 0.45), (fluids, 0.2)):
        if draft.chance(p):
            make(draft)
    events(draft)
    others(draft)
    return draft


def person(d: Draft) -> dict[str, str]:
    age = d.pick(("45", "45", "45", "70", "15", "11", "", "10", "7", "4", "1", "0.5"))
    out = {
        "age_years": age,
        "sex": d.pick(("male", "female")),
        "baseline_sbp": "",
        "home_cpap": "",
        "infusion_time": "",
    }
    if d.told and d.chance(0.15):
        out["age_years"] = d.pick(("4.6", "9.9", "10.5", "1.9", "0.9"))
    if (age == "" or float(age) >= 11 or d.told) and age and d.chance(0.15):
        out["baseline_sbp"] = d.pick(("95", "98", "100", "110", "130"))
    if d.told and d.chance(0.15):
        out["home_cpap"] = d.pick(("true", "false"))
    if d.clock == "day":
        out["infusion_time"] = d.pick(("", "", "2024-03-01"))
    elif d.clock == "offset":
        out["infusion_time"] = "2024-03-01T00:00:00+01:00"
    elif d.told and d.clock == "time" and d.start < 20 * DAY and d.chance(0.5):
        d.infusion = int(d.pick((500, 1000, 1500)))
        out["infusion_time"] = (ZERO + timedelta(seconds=36 * d.infusion)).isoformat()
    else:
        out["infusion_time"] = d.pick(("2024-03-01", "2024-03-01T00:00:00"))
    return out


def _coverage(rng: np.random.Generator, out: dict[str, Rows], drafts: list[Draft], *, told: bool) -> Rows:
    """One way of declaring coverage: everything; nothing (the rows decide); by class, window and patient."""
    way = str(rng.choice(["all", "all", "rows", "windows"]))
    needed = [] if told else [{"class": "fluid"}]
    if way == "all":
        return [{"class": name} for name in CLASSES]
    if way == "rows":
        return needed
    rows: Rows = list(needed)
    for name in CLASSES:
        kind = str(rng.choice(["all", "all", "patient", "window", "none"]))
        if kind == "none" or (name == "fluid" and not told):
            continue
        if kind == "all":
            rows.append({"class": name})
        elif kind == "patient":
            chosen = [d for d in drafts if rng.random() < 0.6]
            rows += [{"class": name, "patient_id": d.ident} for d in chosen]
        else:
            for d in drafts:
                a, b = sorted(int(x) for x in rng.integers(d.start - DAY, d.end + DAY, 2))
                row = {"class": name, "patient_id": d.ident}
                if rng.random() < 0.7:
                    row["start_day"] = decimal(a - a % 3)
                if rng.random() < 0.7:
                    row["end_day"] = decimal(b - b % 3 + 3)
                rows.append(row)
    return rows


def instants(source: Source, seed: int, most: int, *, loose: int | None = None) -> dict[str, list[int]]:
    """Up to `most` grid times a patient: at rows, between rows, 8, 12 and 24 hours on, anywhere.

    `loose`: the same for a patient with events dated by a whole day only.
    """
    out: dict[str, list[int]] = {}
    for ident, times in source.times.items():
        rng, most_here = np.random.default_rng([seed, 99, int(ident[1:])]), most
        first, last = source.infusion[ident], max(times, default=0) + DAY
        pool = list(times)
        pool += [(a + b) // 2 for a, b in pairwise(times)]
        pool += [t + s for t in times for s in (DAY, DAY - 3, DAY + 3, 12 * HOUR, 8 * HOUR, 3, -3)]
        pool += [int(x) for x in rng.integers(first, max(last, first + 1), 4)]
        pool = sorted({t for t in pool if first <= t <= last})
        if source.loose[ident] and loose is not None:
            most_here = min(most, loose)
        chosen = rng.permutation(len(pool))[:most_here]
        out[ident] = sorted(pool[int(k)] for k in chosen)
    return out
