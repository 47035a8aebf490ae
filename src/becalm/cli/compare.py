"""`becalm compare`: grading systems side by side over a cohort."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from cyclopts import Parameter

from becalm import __version__
from becalm.cli.app import app
from becalm.cli.compared_columns import STAMP
from becalm.cli.options import Batch, CohortPath, Policies, Strict, changes, listed, tell, tell_policies
from becalm.record.errors import InputError
from becalm.record.hashing import combined_hash
from becalm.scales.agreement import (
    Chosen,
    Comparison,
    System,
    chosen_systems,
    compared,
    gathered,
    nothing_gathered,
    summary,
)
from becalm.scales.agreement.kappa import RESAMPLES, SEED
from becalm.sources import Tally, check_parent, check_strict, open_cohort, write_whole

EXAMPLES = (
    "Examples:\n\n"
    "becalm compare COHORT --scale astct-2019,my-scale.toml\n\n"
    "becalm compare COHORT --scale astct-2019,recorded -o comparison\n\n"
    "becalm compare COHORT --scale astct-2019,my-scale.toml -o comparison.json"
)
MOST_RESAMPLES = 100_000


@app.command(name="compare", help_epilogue=EXAMPLES)
def compare_command(
    cohort: CohortPath,
    *,
    scale: Annotated[
        str,
        Parameter(
            help="Two or more grading systems by id or path, separated by commas; `recorded` stands for the "
            "grades that the chart recorded."
        ),
    ],
    output: Annotated[
        Path | None,
        Parameter(
            name=["--output", "-o"],
            help="A folder for the tables as CSV with the summary, or one .json file that holds all. The "
            "summary goes to standard output if not given.",
        ),
    ] = None,
    interval: Annotated[
        Literal["bootstrap", "analytic"],
        Parameter(
            help="The interval of kappa: percentiles over patients drawn again, or the large-sample one "
            "(Fleiss, Cohen, Everitt 1969)."
        ),
    ] = "bootstrap",
    resamples: Annotated[int, Parameter(help="Resamples of the bootstrap.")] = RESAMPLES,
    seed: Annotated[int, Parameter(help="Seed of the bootstrap.")] = SEED,
    policies: Policies = (),
    strict: Strict = False,
    batch: Batch = None,
) -> None:
    """Compare grading systems over a cohort: who gets which grade, who differs, and by which rule.

    The highest grade of each patient in each system, patients by grade, cross-tables, the rule that made a
    grade differ, agreement with its exact interval, weighted kappa with its interval, and the share of
    patients with the same grade everywhere. Undecided grades are ranges and stay so: each number has the
    bounds that it would have if they were settled.
    """
    check_choices(output, resamples, seed)
    systems = chosen_systems(listed(scale, "scale"))
    changed = changes(policies)
    for one in systems:
        if one.scale is not None:
            one.scale.settings().with_changes(changed)
    data, hashes = nothing_gathered(), []
    with ExitStack() as stack:
        source = stack.enter_context(open_cohort(cohort))
        if strict:
            check_strict(source.report(batch))
        tally = source.tally()
        for part in source.batches(batch):
            data = data.plus(gathered(part, systems, changed))
            tally = tally.plus(Tally.of(part.report))
            hashes += part.patient_hashes["hash"].to_list()
    tell(tally)
    for one in systems:
        if one.scale is not None:
            tell_policies(one.id, one.scale.relevant(one.scale.settings().with_changes(changed)))
    found = compared(data, systems, Chosen(interval, resamples, seed))
    stamp = _stamp(systems, changed, combined_hash(hashes), found)
    if output is None:
        print("\n".join(summary(found)))
    elif output.suffix.lower() == ".json":
        tables = {name: table.to_dicts() for name, table in found.tables.items()}
        text = json.dumps({**stamp, **tables}, indent=1, ensure_ascii=False)
        write_whole(output, f"{text}\n".encode())
        print(f"The comparison: {output}", file=sys.stderr)
    else:
        _write_folder(output, found, stamp)


def check_choices(output: Path | None, resamples: int, seed: int) -> None:
    """Refuse what cannot be, before any work is done.

    Raises:
        InputError: an output with another ending than .json that looks like a file, a folder that cannot be
            made, or a number out of range.
    """
    if not 100 <= resamples <= MOST_RESAMPLES:
        raise InputError(
            f"--resamples was given {resamples}; expected 100 to {MOST_RESAMPLES}. Percentiles need many."
        )
    if seed < 0:
        raise InputError(f"--seed was given {seed}; expected 0 or more.")
    if output is None:
        return
    suffix = output.suffix.lower()
    if suffix == ".json" and output.is_dir():
        raise InputError(f"The output {str(output)!r} is a folder; a file is expected. Name a file in it.")
    if suffix and suffix != ".json" and not output.is_dir():
        raise InputError(
            f"The output {str(output)!r} ends in {suffix}; expected a folder, which gets a CSV file for each "
            "table, or one .json file that holds all. Rename it."
        )
    if output.is_file() and suffix != ".json":
        raise InputError(f"The output {str(output)!r} is a file; a folder is expected. Name another.")
    check_parent(output)


def _stamp(
    systems: Sequence[System], changed: dict[str, str], input_hash: str, found: Comparison
) -> dict[str, Any]:
    """What produced the tables."""
    values = (
        __version__,
        input_hash[:16],
        "; ".join(f"{one.id} {one.scale.short_hash}" if one.scale else one.id for one in systems),
        "; ".join(f"{name}={value}" for name, value in sorted(changed.items())),
        found.chosen.method,
        found.chosen.resamples,
        found.chosen.seed,
    )
    return dict(zip(STAMP, values, strict=True))


def _write_folder(folder: Path, found: Comparison, stamp: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    for name, table in found.tables.items():
        stamped = table.with_columns(**{column: pl.lit(value) for column, value in stamp.items()})
        write_whole(folder / f"{name}.csv", stamped.write_csv().encode())
    said = [*summary(found), "", *(f"{name}: {value}" for name, value in stamp.items())]
    write_whole(folder / "summary.txt", ("\n".join(said) + "\n").encode())
    print(f"{len(found.tables)} tables and summary.txt written to {folder}", file=sys.stderr)
