"""How long grading takes, against the least that any reader of the same files must do.

    python -m benchmarks.grade [PATIENTS ...] [--command] [--update]

Synthetic patients of 30 days (`vitals.py`), vital signs every 15 minutes in half of them and every 4 hours in
the other half, in batches of 100. becalm reads a batch and grades it (read, states, grades, words:
`grade(read_folder(batch))`). The floor reads the same files with Polars, sorts the observations by patient
and time and joins six concepts as of each time. The two take turns, batch by batch, each in its own process;
both have done a small batch before. A third process reads the same batch and grades it by all CRS systems of
SYSTEMS at once. Elapsed time depends on what else the machine does; processor time, of all threads, does so
less. Memory is the peak of the process that grades.

PATIENTS are the sizes to run (default: 120, about a million rows). `--command` also runs `becalm grade` on
the whole data set, written as one partitioned Parquet data set, for each size. `--update` writes the result
into docs/performance.md.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import polars as pl
from benchmarks.page import machine, replace_section
from benchmarks.vitals import CHARTED, PER_BATCH, POOL, batch

from becalm.scales import grade, grade_together
from becalm.sources import read_folder

SECTION = "Grading"
DEFAULT = (120,)
AIM = 3.0
SYSTEMS = (
    "astct-2019", "lee-2014", "penn-2018", "mskcc", "cartox-2018", "ctcae-4.03-crs", "ctcae-5-crs",
)  # fmt: skip
AIM_TOGETHER = 2.0
WARM = 4


@dataclass(frozen=True)
class Times:
    """Seconds on the clock, and of all processors."""

    elapsed: float = 0.0
    processor: float = 0.0

    @staticmethod
    def now() -> Times:
        """The clocks as they stand."""
        return Times(time.perf_counter(), time.process_time())

    def __add__(self, other: Times) -> Times:
        return Times(self.elapsed + other.elapsed, self.processor + other.processor)

    def __sub__(self, other: Times) -> Times:
        return Times(self.elapsed - other.elapsed, self.processor - other.processor)


@dataclass(frozen=True)
class Result:
    """One size: elapsed and processor seconds, and peak memory in MiB; of the command where it was run."""

    patients: int
    rows: int
    floor: Times
    becalm: Times
    together: Times
    memory: float
    command: float | None = None
    command_memory: float | None = None

    @property
    def per_row(self) -> float:
        """Processor seconds of becalm for a row."""
        return self.becalm.processor / self.rows

    def line(self) -> str:
        """The size as a row of the table."""
        cells = [
            f"{self.patients:,}",
            f"{self.rows:,}",
            f"{self.floor.elapsed:.2f} s",
            f"{self.becalm.elapsed:.2f} s",
            f"{self.becalm.elapsed / self.floor.elapsed:.1f}",
            f"{self.becalm.processor / self.floor.processor:.1f}",
            f"{self.per_row * 1e6:.2f} s",
            f"{self.memory:,.0f} MiB",
            f"{self.together.elapsed:.2f} s",
            f"{self.together.elapsed / self.becalm.elapsed:.2f}",
            f"{self.together.processor / self.becalm.processor:.2f}",
        ]
        if self.command is not None and self.command_memory is not None:
            cells += [f"{self.command:.1f} s", f"{self.command_memory:,.0f} MiB"]
        return f"| {' | '.join(cells)} |"


def write(folder: Path, first: int, patients: int) -> int:
    """Write one batch; returns its rows of observations."""
    folder.mkdir(parents=True)
    tables = batch(first, patients)
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return tables["observations"].height


def floor(folder: Path) -> Times:
    """What Polars takes to read a batch, sort it and join six concepts as of each time."""
    begin = Times.now()
    tables = {file.stem: pl.read_parquet(file) for file in sorted(folder.glob("*.parquet"))}
    rows = tables["observations"].sort("patient_id", "time")
    out = rows.select("patient_id", "time").unique(maintain_order=True)
    for concept in CHARTED:
        mine = rows.filter(pl.col("concept") == concept)
        mine = mine.select("patient_id", "time", pl.col("value").alias(concept))
        out = out.join_asof(mine, on="time", by="patient_id", check_sortedness=False)
    return Times.now() - begin


def graded(folder: Path) -> tuple[Times, float]:
    """What becalm takes to grade a batch, and the peak memory of its process so far in MiB."""
    begin = Times.now()
    grade(read_folder(folder))
    return Times.now() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def graded_by_all(folder: Path) -> Times:
    """What becalm takes to grade a batch by all systems at once."""
    begin = Times.now()
    grade_together(read_folder(folder), SYSTEMS)
    return Times.now() - begin


def measured(patients: int, command: bool) -> Result:
    """Run one size."""
    rows, least, taken, all_taken, memory = 0, Times(), Times(), Times(), 0.0
    fresh = get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as place,
        ProcessPoolExecutor(1, fresh) as maker,
        ProcessPoolExecutor(1, fresh) as reader,
        ProcessPoolExecutor(1, fresh) as grader,
        ProcessPoolExecutor(1, fresh) as by_all,
    ):
        small = Path(place, "small")
        maker.submit(write, small, 0, WARM).result()
        reader.submit(floor, small).result()
        grader.submit(graded, small).result()
        by_all.submit(graded_by_all, small).result()
        for first in range(0, patients, PER_BATCH):
            folder = Path(place, "all", f"part={first // PER_BATCH:05}")
            rows += maker.submit(write, folder, first, min(PER_BATCH, patients - first)).result()
            least += reader.submit(floor, folder).result()
            times, memory = grader.submit(graded, folder).result()
            taken += times
            all_taken += by_all.submit(graded_by_all, folder).result()
            if not command:
                for file in folder.iterdir():
                    file.unlink()
        by_command = _command(Path(place, "all")) if command else (None, None)
    return Result(patients, rows, least, taken, all_taken, memory, *by_command)


def _command(data: Path) -> tuple[float, float]:
    """Seconds and peak memory in MiB of the command on a whole data set."""
    begin = time.perf_counter()
    output = str(data.parent / "grades.parquet")
    becalm = "from becalm.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", becalm, "grade", str(data), "-o", output], stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"The command ended with status {status}.")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def report(results: list[Result], arguments: list[str]) -> str:
    """The section of the page."""
    titles = ["patients", "observations", "floor", "becalm", "ratio", "ratio of processor time"]
    titles += ["processor time per million rows", "peak memory"]
    titles += [f"{len(SYSTEMS)} systems", "ratio to one", "ratio of processor time to one"]
    if any(one.command is not None for one in results):
        titles += ["command", "its peak memory"]
    lines = [
        f"`python -m benchmarks.grade {' '.join(arguments)}`".replace(" `", "`"),
        "",
        f"On {machine()}.",
        "",
        f"| {' | '.join(titles)} |",
        f"|{' ---: |' * len(titles)}",
        *(one.line() for one in results),
        "",
        f"Aim: a ratio of at most {AIM:g}. The floor reads the same Parquet files, sorts by patient and time "
        "and joins six concepts as of each time, all in Polars; becalm reads, checks, grades and explains. "
        f"Patients come in batches of {PER_BATCH}; their courses are drawn by `becalm.synthetic` and repeat "
        f"after {POOL} patients, their vital signs are charted on a grid with noise. The {len(SYSTEMS)} CRS "
        f"systems are graded at once from one timeline, each with its words; aim: at most {AIM_TOGETHER:g} "
        "times one system.",
    ]
    if len(results) > 1:
        first, last = results[0], results[-1]
        lines += [
            "",
            f"From {first.patients:,} to {last.patients:,} patients the processor time per row changes by a "
            f"factor of {last.per_row / first.per_row:.2f}, the peak memory by one of "
            f"{last.memory / first.memory:.2f}.",
        ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Measure the sizes asked for and print them."""
    sizes = [int(word) for word in arguments if not word.startswith("--")] or list(DEFAULT)
    results = [measured(patients, "--command" in arguments) for patients in sizes]
    shown = report(results, [word for word in arguments if word != "--update"])
    print(shown)
    if "--update" in arguments:
        replace_section(SECTION, shown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
