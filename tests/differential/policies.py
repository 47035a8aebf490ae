"""How often each policy of design section 3 decides a verdict: becalm graded again with that policy switched.

python -m tests.differential.policies --sources 6 --seed 1
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import records
from .compare import becalm_grades, cohort_of

FILE = Path(__file__).with_name("policies.toml")
Verdicts = dict[tuple[str, int], tuple[tuple[int | None, int | None], str]]


@dataclass(frozen=True)
class Tally:
    """How many of the verdicts looked at change when one policy is switched to `value`."""

    policy: str
    value: Any
    changed: int
    looked_at: int


def switches() -> tuple[dict[str, Any], dict[str, Any]]:
    """Policy to other value: those that must decide verdicts, and those that must not."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return raw["switched"], {name: entry["value"] for name, entry in raw["silent"].items()}


def verdicts(cohort: Any, steps: set[int], settings: Mapping[str, Any] | None = None) -> Verdicts:
    """Grade and warning of every patient at every step."""
    found = becalm_grades(cohort, steps, settings)
    return {key: (grade, warning) for key, (grade, _, warning) in found.items()}


def sources(seed: int, count: int) -> Iterator[records.Source]:
    """The first sources of both streams, in turn."""
    for number in range(count):
        for stream in records.STREAMS:
            yield records.source(seed, number, stream)


def tally(seed: int, least: int, most: int) -> list[Tally]:
    """Count over `least` sources of each stream; for a policy that decides none, over up to `most`."""
    switched, silent = switches()
    every = {**switched, **silent}
    changed, looked_at = dict.fromkeys(every, 0), dict.fromkeys(every, 0)
    for k, source in enumerate(sources(seed, most)):
        pending = [n for n in every if k < 2 * least or (n in switched and not changed[n])]
        if not pending:
            break
        cohort = cohort_of(source.rows)
        steps = {s for chosen in records.instants(source, seed, 12).values() for s in chosen}
        usual = verdicts(cohort, steps)
        for name in pending:
            other = verdicts(cohort, steps, {name: every[name]})
            looked_at[name] += len(usual)
            changed[name] += sum(other[key] != answer for key, answer in usual.items())
    return [Tally(name, value, changed[name], looked_at[name]) for name, value in every.items()]


def table(tallies: Sequence[Tally]) -> str:
    """The counts as text."""
    lines = [f"{'policy':<42} {'switched to':<14} {'decided':>8} {'of':>7}"]
    lines += [f"{t.policy:<42} {t.value!s:<14} {t.changed:>8} {t.looked_at:>7}" for t in tallies]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line of this file (see its docstring)."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sources", type=int, default=4, help="sources of each stream")
    parser.add_argument(
        "--most", type=int, default=40, help="sources to look through for a policy that decides none"
    )
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(argv)
    print(table(tally(asked.seed, asked.sources, asked.most)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
