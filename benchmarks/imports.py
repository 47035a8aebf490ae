"""The memory of a whole import, at two sizes of one FHIR export.

    python -m benchmarks.imports [MEGABYTES ...] [--page]

The exports are those of `benchmarks.fhir`, of the same 2,000 patients, with a table for day zero. Each is
imported by `becalm import` in a process of its own; its peak memory is what the system says of that process.
`--page` writes the section of docs/performance.md.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.fhir import write_export
from benchmarks.page import machine, replace_section

SECTION = "Import"
DEFAULT = (400, 1600)
PEAK = (
    "import resource, subprocess, sys; "
    "done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True); print(done.stdout); "
    "print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); "
    "sys.exit(done.returncode)"
)


def imported(folder: Path, size: int) -> tuple[int, float, float]:
    """Rows read, seconds and peak memory (MiB) of one import of `size` megabytes."""
    source = folder / f"export-{size}"
    source.mkdir()
    write_export(source, size * 1_000_000)
    ids = set()
    for file in source.glob("*.ndjson"):
        with file.open(encoding="utf-8") as lines:
            ids.update(found for line in lines for found in re.findall(r"Patient/([^\"]+)", line))
    zero = folder / f"zero-{size}.csv"
    zero.write_text(
        "patient_id,infusion_time\n" + "".join(f"{one},2026-03-01T10:00:00+00:00\n" for one in sorted(ids))
    )
    words = [sys.executable, "-m", "becalm", "import", "fhir", str(source), "-o", str(folder / f"out-{size}")]
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *words, "--day-zero", str(zero), "--format", "parquet"],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - begin
    read = re.search(r"(?:all files|\d+ files): (\d+) rows read", done.stdout)
    peak = re.search(r"peak (\d+)", done.stdout)
    assert read is not None, done.stdout
    assert peak is not None, done.stdout
    return int(read.group(1)), seconds, int(peak.group(1)) / 1024


def main() -> None:
    """Import each size, print the table, and write it into the page where asked."""
    words = [one for one in sys.argv[1:] if one != "--page"]
    sizes = [int(one) for one in words] or list(DEFAULT)
    with tempfile.TemporaryDirectory(prefix="becalm-benchmark-") as name:
        rows = [(size, *imported(Path(name), size)) for size in sizes]
    lines = [
        f"`python -m benchmarks.imports {' '.join(map(str, sizes))}`: a FHIR export to Parquet. {machine()}.",
        "",
        "| MB | resources | seconds | peak memory |",
        "| ---: | ---: | ---: | ---: |",
        *(f"| {size} | {read:,} | {seconds:.1f} | {peak:.0f} MiB |" for size, read, seconds, peak in rows),
        "",
        f"The largest is {rows[-1][1] / rows[0][1]:.1f} times the smallest, with "
        f"{rows[-1][3] / rows[0][3]:.2f} times its peak memory.",
    ]
    text = "\n".join(lines)
    print(text)
    if "--page" in sys.argv:
        replace_section(SECTION, text)


if __name__ == "__main__":
    main()
