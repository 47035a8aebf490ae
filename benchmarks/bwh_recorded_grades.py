"""The recorded CRS grades of the BWH cohort beside the ranges that becalm computes from its temperatures.

    python benchmarks/bwh_recorded_grades.py [SHEET] [--update]

SHEET is AllBWH_5days_deID.xlsx or the folder that holds it (default: `data/bwh` in the shared folder beside
the repository, or in the one that BECALM_SHARED names). Prints for each patient whether the recorded highest
grade lies inside the range of the highest grade under ASTCT 2019, the widths of the ranges, the rate at
which shuffled grades would lie inside, each exception with its cause, and which fact that was not covered or
not measured opens each bound. `--update` writes the same text into docs/bwh.md.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from becalm.record import DAY, BecalmError, Cohort, vocabulary
from becalm.scales import find_scale, grade, per_patient
from becalm.sources import read_bwh, read_tables

SCALE = "astct-2019"
SHUFFLES, SEED = 1000, 20190401
PAGE = Path(__file__).resolve().parents[1] / "docs" / "bwh.md"
BEGIN, END = "<!-- printed by the command: begin -->", "<!-- printed by the command: end -->"
ONSET_POLICY = "fever_at_infusion_is_no_onset"

PRESSURES = ("sbp", "dbp", "map")
NAMED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "temperature": (("temperature",), ()),
    "blood pressure": (PRESSURES, ()),
    "SpO2": (("spo2",), ()),
    "vasopressor record": ((), ("vasopressor",)),
    "oxygen record": ((), ("oxygen",)),
    "treatment record": ((), ("antipyretic", "corticosteroid")),
    "the course before (was CRS present?)": (PRESSURES, ("antipyretic", "corticosteroid")),
    "whether, when and of what the patient died": ((), ("death",)),
}
"""What `missing` may name: the concepts that were not measured, the classes that were not covered."""

Tables = dict[str, pl.DataFrame]


def sheet() -> Path:
    """The folder of the data set, unless the command names another place."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    return Path(os.environ.get("BECALM_SHARED", beside)) / "data" / "bwh"


def covering(tables: Tables, classes: tuple[str, ...]) -> Tables:
    """The tables with more classes declared for every patient."""
    more = pl.DataFrame(
        {"class": list(classes), "patient_id": [None] * len(classes)},
        schema_overrides={"patient_id": pl.String},
    )
    return tables | {"coverage": pl.concat([tables["coverage"], more])}


def supplied(tables: Tables, cohort: Cohort) -> Tables:
    """The tables with every fact that the sheet lacks, as if measured on each day and normal."""
    last = cohort.observations.group_by("patient_id").agg(last=pl.col("time").max() // DAY)
    days = last.with_columns(day=pl.int_ranges(0, pl.col("last") + 1)).explode("day")
    extra = [
        days.select("patient_id", "day", concept=pl.lit(name), value=pl.lit(value), unit=pl.lit(unit))
        for name, value, unit in (("sbp", "120", "mm[Hg]"), ("spo2", "98", "%"))
    ]
    every = tuple(vocabulary().terms["coverage_class"])
    return covering(tables, every) | {
        "observations": pl.concat([tables["observations"], *extra], how="diagonal")
    }


def facts(cohort: Cohort) -> pl.DataFrame:
    """One row a patient: recorded grade and onset, days with fever from day 0 on, last measured day."""
    limit = find_scale(SCALE).settings().number("fever_from_cel")
    recorded = cohort.observations.filter(pl.col("concept") == "crs_grade_recorded").select(
        "patient_id",
        recorded=pl.col("lo").cast(pl.Int64),
        onset=pl.col("note").str.extract(r"onset on day (\d+)").cast(pl.Int64),
    )
    fever = pl.col("time").filter((pl.col("lo") >= limit) & (pl.col("time") >= 0)) // DAY
    measured = (
        cohort.observations.filter(pl.col("concept") == "temperature")
        .group_by("patient_id")
        .agg(fever_days=fever.sort(), last=pl.col("time").max() // DAY)
    )
    return recorded.join(measured, on="patient_id", how="left").with_columns(
        fever=pl.col("fever_days").list.len().fill_null(0) > 0
    )


def ranges(tables: Tables, settings: Mapping[str, bool] | None = None) -> pl.DataFrame:
    """patient_id | low | high: the range of the highest grade."""
    found = per_patient(read_tables(tables), SCALE, settings=settings)
    return found.select("patient_id", low="max_grade_min", high="max_grade_max")


def cause(row: Mapping[str, object], without_policy: Mapping[str, tuple[int, int]]) -> str:
    """Why a recorded grade lies outside the range of a patient with a fever."""
    recorded, patient = int(str(row["recorded"])), str(row["patient_id"])
    if recorded == 0:
        return "recorded 0 with fever: attribution or recording unknown"
    low, high = without_policy[patient]
    if low <= recorded <= high:
        return f"fever from day 0 on that never stopped: no onset by the policy {ONSET_POLICY}"
    return "cause not found"


def inside(table: pl.DataFrame, grades: np.ndarray) -> float:
    """The part of patients whose grade lies inside their range."""
    low, high = table["low"].to_numpy(), table["high"].to_numpy()
    return float(((low <= grades) & (grades <= high)).mean())


def shuffled(table: pl.DataFrame, pool: np.ndarray) -> np.ndarray:
    """The part inside for each shuffle: grades drawn without replacement from a pool of recorded grades."""
    draw = np.random.default_rng(SEED)
    return np.array([inside(table, draw.permutation(pool)[: table.height]) for _ in range(SHUFFLES)])


def named(
    tables: Tables, grades: pl.DataFrame, patients: pl.DataFrame
) -> tuple[Counter[str], Counter[str], int]:
    """What opens the upper bound of each patient's highest grade.

    Returns the number of patients by each fact named in `missing` at the first interval that reaches the
    bound, those of the facts that the record holds after all, and the ranges for which nothing is named.
    """
    cohort = read_tables(tables)
    measured = cohort.observations.with_columns(day=pl.col("time") // DAY)
    held = set(measured.select("patient_id", "concept").iter_rows())
    warm = set(measured.filter(pl.col("concept") == "temperature").select("patient_id", "day").iter_rows())
    covered = set(cohort.coverage["class"]) | cohort.covered_by_default
    rows = grades.join(patients.select("patient_id", "high"), on="patient_id")
    rows = rows.filter(pl.col("grade_max") == pl.col("high"), pl.col("grade_min") < pl.col("grade_max"))
    first = rows.group_by("patient_id", maintain_order=True).first()
    count: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for patient, start, text in first.select("patient_id", "start_day", "missing").iter_rows():
        for name in filter(None, text.split("; ")):
            count[name] += 1
            concepts, classes = NAMED.get(name, ((), ()))
            absent = any((patient, concept) not in held for concept in concepts)
            unmeasured = name == "temperature" and (patient, int(start)) not in warm
            if name not in NAMED or not (absent or set(classes) - covered or unmeasured):
                wrong[name] += 1
    return count, wrong, first.filter(pl.col("missing") == "").height


def distribution(table: pl.DataFrame) -> str:
    """The ranges and how many patients have each."""
    rows = table.group_by("low", "high").len().sort("low", "high").iter_rows()
    return ", ".join(f"{low} to {high} (width {high - low}): {count}" for low, high, count in rows)


def report(tables: Tables) -> list[str]:
    """The comparison as lines of text."""
    cohort = read_tables(tables)
    alive = covering(tables, ("death",))
    known = facts(cohort)
    everyone = known["recorded"].to_numpy()
    off = ranges(alive, {ONSET_POLICY: False})
    without_policy = {patient: (low, high) for patient, low, high in off.iter_rows()}
    out = [
        f"{known.height} patients with a recorded highest grade "
        f"({', '.join(f'grade {g}: {n}' for g, n in sorted(Counter(everyone.tolist()).items()))}); "
        f"{int(known['fever'].sum())} of them with a fever recorded from day 0 on.",
        _clock(known),
    ]
    for title, source in (("As recorded, deaths not covered", tables), ("If nobody had died", alive)):
        grades = grade(read_tables(source), SCALE)
        fever = known.filter("fever").join(ranges(source), on="patient_id")
        out += ["", f"{title}: highest grade under {SCALE} of the patients with a fever"]
        out += [*_compared(fever, everyone), *_outside(fever, without_policy)]
        out += _bounds(source, grades, fever)
    loose = grade(cohort, SCALE, settings={ONSET_POLICY: False})
    days = known.filter("fever").select("patient_id", "fever_days")
    out += ["", _febrile_days(grades, days), f"{_febrile_days(loose, days)} with {ONSET_POLICY} off"]
    lone = known.filter(~pl.col("fever")).join(ranges(alive), on="patient_id")
    return [*out, "", *_without_fever(lone), "", *_settled(supplied(tables, cohort))]


def _clock(known: pl.DataFrame) -> str:
    """Whether the recorded day of onset and the temperatures run on one clock."""
    both = known.filter("fever", pl.col("onset").is_not_null())
    apart = both.select(pl.col("fever_days").list.first() - pl.col("onset")).to_series()
    return (
        f"The first day with a fever is the recorded day of onset in {(apart == 0).sum()} of {both.height} "
        f"patients with both, at most a day away in {(apart.abs() <= 1).sum()}."
    )


def _outside(fever: pl.DataFrame, without_policy: Mapping[str, tuple[int, int]]) -> list[str]:
    """The patients whose recorded grade lies outside, by cause."""
    outside = fever.filter(~pl.col("recorded").is_between(pl.col("low"), pl.col("high")))
    causes: dict[str, list[str]] = {}
    for row in outside.iter_rows(named=True):
        said = f"recorded {row['recorded']} against {row['low']} to {row['high']}"
        causes.setdefault(f"{cause(row, without_policy)} ({said})", []).append(row["patient_id"])
    return [f"  outside: {len(who)}: {why}: {', '.join(who)}" for why, who in sorted(causes.items())]


def _febrile_days(grades: pl.DataFrame, fever_days: pl.DataFrame) -> str:
    """How many days with a fever are a range."""
    days = fever_days.select("patient_id", day="fever_days").explode("day").cast({"day": pl.Float64})
    noon = days.with_columns(pl.col("day") + 0.5).sort("patient_id", "day")
    at = noon.join_asof(
        grades.sort("patient_id", "start_day"),
        left_on="day",
        right_on="start_day",
        by="patient_id",
        check_sortedness=False,
    )
    wide = at.filter(pl.col("grade_min") < pl.col("grade_max"))
    return (
        f"Days with a fever: {at.height}; the grade at noon is a range on {wide.height}, decided on "
        f"{at.height - wide.height}"
    )


def _compared(fever: pl.DataFrame, everyone: np.ndarray) -> list[str]:
    out = []
    actual = inside(fever, fever["recorded"].to_numpy())
    out.append(f"  ranges: {distribution(fever)}")
    by_grade = fever.group_by("recorded").agg(
        pl.len(), inside=pl.col("recorded").is_between(pl.col("low"), pl.col("high")).sum()
    )
    for recorded, patients, number in by_grade.sort("recorded").iter_rows():
        out.append(f"  recorded {recorded}: {number} of {patients} inside")
    out.append(f"  recorded grade inside: {actual:.1%} of {fever.height}")
    for what, pool in (("of these patients", fever["recorded"].to_numpy()), ("of all patients", everyone)):
        rates = shuffled(fever, pool)
        low, high = np.quantile(rates, [0.025, 0.975])
        out.append(
            f"  grades {what} shuffled {SHUFFLES} times: {rates.mean():.1%} inside (95 % of shuffles: "
            f"{low:.1%} to {high:.1%}); as many or more inside in {(rates >= actual - 1e-12).mean():.1%}"
        )
    return out


def _bounds(tables: Tables, grades: pl.DataFrame, fever: pl.DataFrame) -> list[str]:
    count, wrong, nothing = named(tables, grades, fever)
    out = ["  upper bound open for want of (patients):"]
    out += [f"    {name}: {number}" for name, number in count.most_common()]
    out.append(
        f"  ranges for which nothing is named: {nothing}; named though in the record: {dict(wrong) or 0}"
    )
    return out


def _without_fever(rest: pl.DataFrame) -> list[str]:
    above = rest.filter(pl.col("recorded") > 0)
    within = rest.filter(pl.col("recorded").is_between(pl.col("low"), pl.col("high"))).height
    never, later = pl.col("last").is_null(), pl.col("onset") > pl.col("last")
    causes = {
        "no temperature at all": never,
        "the recorded onset comes after the last temperature": ~never & later,
        "no fever on the days measured, though the recorded onset is one of them": ~never & ~later,
    }
    out = [
        f"Without a fever in the record: {rest.height} patients, {within} of them inside the range if nobody "
        f"had died; {above.height} recorded above 0:",
        f"  ranges: {distribution(rest)}",
    ]
    for why, where in causes.items():
        who = above.filter(where.fill_null(False))
        out.append(f"  {why}: {who.height}: {', '.join(who['patient_id'])}")
    return out


def _settled(full: Tables) -> list[str]:
    found = ranges(full)
    wide = found.filter(pl.col("low") < pl.col("high"))
    count, _, nothing = named(full, grade(read_tables(full), SCALE), wide)
    said = ", ".join(f"{name}: {number}" for name, number in count.most_common())
    return [
        "With normal pressures and saturations supplied for every day and every class declared, to see "
        "whether anything else opens a range:",
        f"  {found.height - wide.height} of {found.height} highest grades are decided; the others "
        f"for want of {said or 'nothing'} (nothing named: {nothing})",
    ]


def main(arguments: list[str]) -> int:
    """Print the comparison, or write it into its page; 2 if the sheet cannot be read."""
    paths = [word for word in arguments if word != "--update"]
    try:
        tables, account = read_bwh(Path(paths[0]) if paths else sheet())
    except BecalmError as error:
        print(f"{error}", file=sys.stderr)
        return 2
    text = "\n".join([*account.lines()[:2], *report(tables)])
    if "--update" in arguments:
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN, 1)
        page = f"{before}{BEGIN}\n```text\n{text}\n```\n{END}{rest.split(END, 1)[1]}"
        PAGE.write_text(page, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
