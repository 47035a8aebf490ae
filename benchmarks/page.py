"""docs/performance.md: each benchmark owns one section of it and leaves the others as they are."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
TITLE = "# Performance"
OPENING = (
    "Each section is printed by a command in `benchmarks/` and compares becalm with a floor in the same run: "
    "a ratio says more than a time, which is the machine's."
)


def replace_section(title: str, markdown: str, page: Path = PAGE) -> None:
    """Put `markdown` under the heading `## title` of the page, in place of what stood there.

    Sections stand in the order of their titles; the page is made where there is none.
    """
    text = page.read_text(encoding="utf-8") if page.exists() else f"{TITLE}\n\n{OPENING}\n"
    head, *parts = text.split("\n## ")
    sections = {part.split("\n", 1)[0].strip(): part.split("\n", 1)[-1].strip() for part in parts}
    sections[title] = markdown.strip()
    body = "".join(f"\n\n## {name}\n\n{sections[name]}" for name in sorted(sections))
    page.write_text(f"{head.strip()}{body}\n", encoding="utf-8")


def machine() -> str:
    """The machine of a measurement in words: processor, cores, memory, Python, date."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    today = datetime.now(tz=UTC).date().isoformat()
    return f"{model}, {cores} cores, {memory:.0f} GiB, Python {platform.python_version()}, {today}"
