"""`becalm advise`: what guidelines recommend at every change, or at one day."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from cyclopts import Parameter

from becalm.cli.app import app
from becalm.cli.batches import Share, Work, each, part_of, run
from becalm.cli.options import At, Batch, CohortPath, Output, Partition, Policies, Strict, changes, listed
from becalm.cli.output import check_suffix
from becalm.guidelines import advise, find_guideline
from becalm.guidelines.policies import policies_of

EXAMPLES = (
    "Examples:\n\n"
    "becalm advise COHORT --at 6.5\n\n"
    "becalm advise COHORT --guideline il6-guided-2022 -o advice.csv\n\n"
    "becalm advise COHORT --set il6_fold_limit=5"
)


@app.command(name="advise", help_epilogue=EXAMPLES)
def advise_command(
    cohort: CohortPath,
    *,
    guideline: Annotated[
        str, Parameter(help="Guidelines by id, separated by commas, or a path to one.")
    ] = "il6-guided-2022",
    at: At = None,
    output: Output = None,
    policies: Policies = (),
    strict: Strict = False,
    partition: Partition = None,
    batch: Batch = None,
) -> None:
    """What a guideline recommends for every patient, with the data up to each moment.

    Every rule is asked at every change of the record, or at one day: yes, no, or unknown where the record
    does not decide, and then `missing` says what would. `dose` is by body weight and within the limits.
    This is a reading of a published text for a clinician to judge, not an order.

    --set changes a policy or a parameter of a guideline; `becalm cite GUIDELINE` lists the parameters.
    """
    check_suffix(output)
    chosen = [find_guideline(name) for name in listed(guideline, "guideline")]
    changed = changes(policies)
    numbers = {name for one in chosen for name in one.parameters}
    settings = {name: value for name, value in changed.items() if name not in numbers}
    for number, one in enumerate(chosen):
        own = {name: value for name, value in changed.items() if name in one.parameters}
        chosen[number] = one.with_parameters(own)
        policies_of(one, settings)
    tables = [partial(advise, guideline=one, at=at, settings=settings) for one in chosen]
    options = {"guidelines": [f"{one.id} {one.short_hash}" for one in chosen], "at": at}
    work = Work("advise", each(tables), changed, options)
    run(cohort, work, Share(batch, part_of(partition)), output, strict=strict)
