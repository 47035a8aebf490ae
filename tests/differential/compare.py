"""Compare becalm's ASTCT 2019 grade with the slow reference, instant by instant, both ends.

    python -m tests.differential.compare --n 500 --seed 1                 what the reference supports
    python -m tests.differential.compare --n 500 --seed 1 --stream told   with what it must be told (mends)
    python -m tests.differential.compare --only p14 --seed 1              one patient, every instant
    python -m tests.differential.compare --reference-only --n 500         the reference's own answers, counted

Each difference is printed compactly with the patient's whole record. Run it in the repository root.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from . import records, reference
from .drafts import STEPS, Rows, day
from .mends import MENDS

TICKS = 5000  # reference ticks in a grid step of 36 seconds
Grade = tuple[int | None, int | None]
NO_ROW: Grade = (-1, -1)
LOOSE = 4  # the reference tries every order of the events of a day: slow, so fewer instants there


@dataclass(frozen=True)
class Instant:
    """The verdicts at one instant of one patient: the reference as it is, the reference told, becalm."""

    seed: int
    stream: str
    source: int
    patient: str
    step: int
    mends: frozenset[str]
    as_is: Grade
    reference: Grade
    why_reference: str
    becalm: Grade | None = None
    why_becalm: str = ""

    @property
    def agrees(self) -> bool:
        return self.becalm is None or self.reference == self.becalm


@dataclass
class Outcome:
    """All verdicts of a run."""

    instants: list[Instant] = field(default_factory=list)

    @property
    def mismatches(self) -> list[Instant]:
        return [i for i in self.instants if not i.agrees]

    def strata(self) -> Counter[str]:
        """How many instants had each answer: `0` to `5`, `range` and `no grade`."""
        return Counter(stratum(i.reference) for i in self.instants)

    def table(self) -> str:
        """Counts by the reference's answer: instants, those where it had to be told, those that differ."""
        counts = Counter(i.reference for i in self.instants)
        told = Counter(i.reference for i in self.instants if i.as_is != i.reference)
        wrong = Counter(i.reference for i in self.mismatches)
        order = sorted(counts, key=lambda g: (g[0] is None, g[0] or 0, g[1] or 0))
        lines = [f"{'grade':>8} {'instants':>9} {'told':>6} {'differ':>7}"]
        lines += [f"{show(g):>8} {counts[g]:>9} {told[g]:>6} {wrong[g]:>7}" for g in order]
        total = f"{'all':>8} {len(self.instants):>9} {told.total():>6} {len(self.mismatches):>7}"
        return "\n".join([*lines, total])

    def mends(self) -> str:
        """How many instants lie in records that a mend concerns, and how many answers it changed there."""
        concerned = Counter(m for i in self.instants for m in i.mends)
        changed = Counter(m for i in self.instants if i.as_is != i.reference for m in i.mends)
        lines = [
            f"{'mend (changes are shared where a record needs several)':<56} {'instants':>9} {'changed':>8}"
        ]
        lines += [f"{name:<56} {concerned[name]:>9} {changed[name]:>8}" for name in MENDS]
        return "\n".join(lines)


def stratum(grade: Grade) -> str:
    """The class of an answer that the counts are kept by."""
    if grade[0] is None:
        return "no grade"
    return str(grade[0]) if grade[0] == grade[1] else "range"


def show(grade: Grade | None) -> str:
    """A grade as text: `2`, `1..3`, `none`, or `no row` where becalm gave no row at all."""
    if grade == NO_ROW:
        return "no row"
    if grade is None or grade[0] is None:
        return "none"
    return str(grade[0]) if grade[0] == grade[1] else f"{grade[0]}..{grade[1]}"


def cohort_of(rows: Mapping[str, Rows]) -> Any:
    """The same rows as becalm reads them."""
    from becalm.sources import read_tables

    frames = {}
    for name, table in rows.items():
        if table:
            columns = list(dict.fromkeys(key for row in table for key in row))
            frames[name] = pl.DataFrame(
                {c: [row.get(c) or None for row in table] for c in columns},
                schema=dict.fromkeys(columns, pl.String),
            )
    return read_tables(frames)


def becalm_grades(
    cohort: Any, steps: Iterable[int], settings: Mapping[str, Any] | None = None
) -> dict[tuple[str, int], tuple[Grade, str, str]]:
    """becalm's verdict, reason and warning for every patient at every one of these grid times."""
    from becalm.scales import grade

    days = sorted({day(s) for s in steps})
    frame = grade(cohort, scale="astct-2019", at=days, settings=settings)
    return {
        (row["patient_id"], round(row["start_day"] * STEPS)): (
            (row["grade_min"], row["grade_max"]),
            row["because"] or "",
            row["warning"] or "",
        )
        for row in frame.iter_rows(named=True)
    }


def reference_grade(patient: Any, step: int) -> tuple[Grade, str]:
    """The reference's verdict and reason at one grid time."""
    low, high, why = patient.grade(step * TICKS)
    return ((None, None) if low == "" else (low, high)), why


def verdicts(seed: int, stream: str, number: int, chosen: Mapping[str, Sequence[int]]) -> Iterator[Instant]:
    """The reference's verdicts, as it is and told, at the chosen instants of one source."""
    source = records.source(seed, number, stream)
    with tempfile.TemporaryDirectory() as folder:
        plain = reference.load(source.rows, Path(folder))
        told = reference.load(source.rows, Path(folder), MENDS)
    for ident, steps in chosen.items():
        needed = plain[ident].concerns()
        for step in steps:
            answer, why = reference_grade(told[ident] if needed else plain[ident], step)
            as_is = reference_grade(plain[ident], step)[0] if needed else answer
            yield Instant(seed, stream, number, ident, step, frozenset(needed), as_is, answer, why)


def graded(source: records.Source, instants: Iterable[Instant]) -> list[Instant]:
    """The same instants with becalm's verdicts."""
    instants = list(instants)
    ours = becalm_grades(cohort_of(source.rows), {i.step for i in instants})
    out = []
    for i in instants:
        answer, why, _ = ours.get((i.patient, i.step), (NO_ROW, "", ""))
        out.append(replace(i, becalm=answer, why_becalm=why))
    return out


STRATA = ("0", "1", "2", "3", "4", "5", "range")


def run(n: int, seed: int, stream: str, *, least: int = 0, each: int = 10, alone: bool = False) -> Outcome:
    """Grade instants of a stream on both sides (`alone`: by the reference only).

    At least `n` instants, and as many more as it takes (up to four times as many) until each grade from 0 to
    5 and the ranges have `least` instants each.
    """
    outcome, number = Outcome(), 0

    def wanting() -> bool:
        strata = outcome.strata()
        return any(strata[s] < least for s in STRATA) and len(outcome.instants) < 4 * n

    while len(outcome.instants) < n or wanting():
        source = records.source(seed, number, stream)
        found = list(verdicts(seed, stream, number, records.instants(source, seed, each, loose=LOOSE)))
        outcome.instants += found if alone else graded(source, found)
        number += 1
    return outcome


def one(seed: int, stream: str, ident: str, *, alone: bool) -> Outcome:
    """Every candidate instant of one patient."""
    number = int(ident[1:]) // records.PATIENTS_PER_SOURCE
    source = records.source(seed, number, stream)
    chosen = {ident: records.instants(source, seed, 10**6)[ident]}
    found = list(verdicts(seed, stream, number, chosen))
    return Outcome(found if alone else graded(source, found))


def report(outcome: Outcome, most: int = 5) -> str:
    """The differences, a few instants a patient, with the record."""
    lines: list[str] = []
    by_patient: dict[tuple[str, int, str], list[Instant]] = {}
    for i in outcome.mismatches:
        by_patient.setdefault((i.stream, i.source, i.patient), []).append(i)
    for found in list(by_patient.values())[:most]:
        first = found[0]
        head = f"== {first.stream} seed {first.seed} source {first.source} {first.patient}"
        lines.append(f"\n{head}: {len(found)} instants differ")
        for i in found[:4]:
            lines.append(
                f"  day {day(i.step):.6f}: reference {show(i.reference)} (as it is {show(i.as_is)}), "
                f"becalm {show(i.becalm)}"
            )
            lines.append(f"      reference: {i.why_reference}")
            lines.append(f"      becalm:    {i.why_becalm}")
        lines.append(describe(records.source(first.seed, first.source, first.stream).rows, first.patient))
    if len(by_patient) > most:
        lines.append(f"... and {len(by_patient) - most} more patients")
    return "\n".join(lines)


def describe(rows: Mapping[str, Rows], patient: str) -> str:
    """One patient's rows and the source's coverage, a line each."""
    lines = []
    for name in reference.FILES:
        mine = [r for r in rows.get(name, []) if r.get("patient_id", patient) in (patient, "")]
        texts = [" ".join(f"{k}={v}" for k, v in r.items() if v and k != "patient_id") for r in mine]
        if name == "coverage":
            lines.append("    coverage: " + "; ".join(t.removeprefix("class=") for t in texts))
        else:
            lines += [f"    {name[:-1]}: {t}" for t in sorted(texts)]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line of this file (see its docstring)."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stream", choices=records.STREAMS, default="plain")
    parser.add_argument("--show", type=int, default=5, help="how many patients to print")
    parser.add_argument("--only", help="one patient, every candidate instant")
    parser.add_argument("--reference-only", action="store_true")
    asked = parser.parse_args(argv)
    if not reference.available():
        print(reference.MISSING, file=sys.stderr)
        return 2
    if asked.only:
        outcome = one(asked.seed, asked.stream, asked.only, alone=asked.reference_only)
        for i in outcome.instants:
            mark = "" if i.agrees else "   <-- differs"
            texts = f"reference {show(i.reference):>5}  becalm {show(i.becalm):>5}{mark}"
            print(f"day {day(i.step):10.6f}  {texts}")
    else:
        outcome = run(asked.n, asked.seed, asked.stream, alone=asked.reference_only)
    print(report(outcome, asked.show))
    print(outcome.table())
    print(outcome.mends())
    return 1 if outcome.mismatches else 0


if __name__ == "__main__":
    raise SystemExit(main())
