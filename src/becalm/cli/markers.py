"""`becalm markers`: baseline, peak and fold change of cytokines, CRP and ferritin."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from becalm.cli.app import app
from becalm.cli.batches import Share, Work, each, part_of, run
from becalm.cli.cite import CITED, cite_policies
from becalm.cli.options import Batch, CohortPath, Output, Partition, Policies, Strict, changes
from becalm.cli.output import check_suffix
from becalm.markers import default_marker_settings, marker_file, markers
from becalm.timeline import Settings

EXAMPLES = (
    "Examples:\n\n"
    "becalm markers COHORT -o markers.csv\n\n"
    "becalm markers COHORT --set peak_until_day=14\n\n"
    "becalm cite markers"
)


@app.command(name="markers", help_epilogue=EXAMPLES)
def markers_command(
    cohort: CohortPath,
    *,
    output: Output = None,
    policies: Policies = (),
    strict: Strict = False,
    partition: Partition = None,
    batch: Batch = None,
) -> None:
    """Baseline, peak and fold change of every cytokine, of CRP and of ferritin.

    The baseline is the last value from day -2 to the infusion, else that of day 0. The window of the peak
    closes at the first anti-IL-6 drug, or after day 30. Censored values (`<2`) make ranges; a blank minimum
    or maximum is no limit on that side. `because` names the values, or what is missing.
    """
    check_suffix(output)
    changed = changes(policies)
    default_marker_settings().with_changes(changed)
    work = Work(
        "markers", each([partial(markers, settings=changed)]), changed, {"markers": marker_file().short_hash}
    )
    run(cohort, work, Share(batch, part_of(partition)), output, strict=strict)


def cite_markers() -> Iterator[str]:
    """The definitions of the markers and their policies, line by line."""
    file = marker_file()
    yield f"{file.title} (markers, {file.short_hash})"
    yield f"Source: {file.source}"
    yield f"Markers: {', '.join(f'{one.label} ({one.concept})' for one in file.marker)}"
    yield "Policies in force:"
    yield from cite_policies(Settings(default_marker_settings().own))


CITED["policies"] = lambda: {"markers": cite_markers}
