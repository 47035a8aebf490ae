"""Options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from becalm.record import Cohort
from becalm.record.errors import InputError
from becalm.sources import Tally, read_folder
from becalm.timeline import Settings

CohortPath = Annotated[Path, Parameter(help="The folder or partitioned data set that holds the cohort.")]
Output = Annotated[
    Path | None,
    Parameter(
        name=["--output", "-o"],
        help="File to write: .csv, .parquet or .json. CSV to standard output if not given.",
    ),
]
Strict = Annotated[bool, Parameter(negative="", help="Fail if any row is refused.")]
Partition = Annotated[
    str | None,
    Parameter(
        help="i/n: only the i-th of n parts of the patients (1/4, 2/4 ...). The parts together are the whole."
    ),
]
Batch = Annotated[
    int | None,
    Parameter(help="Patients held in memory at a time. Chosen by the number of rows if not given."),
]
At = Annotated[
    float | None, Parameter(help="Only the state at this day of the clock (6.5 is noon of day 6).")
]
Policies = Annotated[
    tuple[str, ...],
    Parameter(
        name="--set",
        negative="",
        help="NAME=VALUE: change a policy (repeat for several). `becalm cite policies` lists them.",
    ),
]

SHOWN = 10
"""Refusals told on standard error; a report lists all."""


def read(path: Path, *, strict: bool = False) -> Cohort:
    """Read a cohort and tell on standard error what was read, set aside and refused."""
    cohort = read_folder(path, strict=strict)
    tell(Tally.of(cohort.report))
    return cohort


def tell(tally: Tally) -> None:
    """Tell on standard error what was read, set aside and refused, and what else there is to say."""
    for line in tally.lines():
        print(line, file=sys.stderr)
    for row in tally.refusals.head(SHOWN).iter_rows(named=True):
        print(
            f"refused: {row['file']}, row {row['row']}, {row['column']}: given {row['given']!r}, expected "
            f"{row['expected']}; {row['next_step']}",
            file=sys.stderr,
        )
    if tally.refusals_counted > SHOWN:
        print(
            f"and {tally.refusals_counted - SHOWN} refusals more: `becalm report` lists them all",
            file=sys.stderr,
        )
    for note in tally.notes:
        print(f"note: {note}", file=sys.stderr)


def changes(policies: tuple[str, ...]) -> dict[str, str]:
    """The policies given as NAME=VALUE.

    Raises:
        InputError: a text has no equals sign.
    """
    return named_values(
        policies, "--set", "--set resolution_hours=48. `becalm cite policies` lists the names"
    )


def named_values(texts: tuple[str, ...], flag: str, example: str) -> dict[str, str]:
    """What was given as NAME=VALUE under a flag.

    Raises:
        InputError: a text has no equals sign.
    """
    out: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise InputError(f"{flag} was given {text!r}; expected NAME=VALUE, for instance {example}.")
        out[name.strip()] = value.strip()
    return out


def listed(text: str, what: str) -> list[str]:
    """Names separated by commas, each once, in order.

    Raises:
        InputError: none is given.
    """
    names = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not names:
        raise InputError(f"--{what} was given no name. Expected one or more, separated by commas.")
    return names


def tell_policies(name: str, settings: Settings) -> None:
    """Tell on standard error every policy in force, so that a result can be repeated."""
    said = "; ".join(
        f"{policy.name}={','.join(policy.value) if isinstance(policy.value, tuple) else policy.value}"
        for policy in settings.policies.values()
    )
    print(f"policies of {name}: {said}", file=sys.stderr)
