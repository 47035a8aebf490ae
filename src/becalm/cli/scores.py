"""`becalm scores`: risk scores, triggers and cumulative doses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from cyclopts import Parameter

from becalm.cli.app import app
from becalm.cli.batches import Share, Work, each, part_of, run
from becalm.cli.cite import CITED, _mark, cite_policies
from becalm.cli.options import At, Batch, CohortPath, Output, Partition, Policies, Strict, changes, listed
from becalm.cli.output import check_suffix
from becalm.markers import (
    Score,
    default_score_settings,
    find_score,
    installed_scores,
    score_file,
    scores,
)
from becalm.timeline import Settings

EXAMPLES = (
    "Examples:\n\n"
    "becalm scores COHORT -o scores.csv\n\n"
    "becalm scores COHORT --score easix,car-hematotox\n\n"
    "becalm scores COHORT --score dexamethasone-equivalents --at 9\n\n"
    "becalm cite easix"
)


@app.command(name="scores", help_epilogue=EXAMPLES)
def scores_command(
    cohort: CohortPath,
    *,
    score: Annotated[
        str | None, Parameter(help="Scores by id, separated by commas, or paths to them. All if not given.")
    ] = None,
    at: At = None,
    output: Output = None,
    policies: Policies = (),
    strict: Strict = False,
    partition: Partition = None,
    batch: Batch = None,
) -> None:
    """Risk scores, triggers and cumulative doses of every patient.

    EASIX and its variants, CAR-HEMATOTOX, the early fever trigger of Kadauke 2021 and corticosteroids as
    dexamethasone equivalents. Each is measured at the moments that its publication names; with `--at` at that
    day, from the data up to it. A missing value makes a range; `because` names the values with their days,
    `missing` what would make the answer exact.
    """
    check_suffix(output)
    found = [find_score(name) for name in (listed(score, "score") if score else installed_scores())]
    changed = changes(policies)
    default_score_settings().with_changes(changed)
    tables = [partial(scores, scores=one, at=at, settings=changed) for one in found]
    options = {
        "scores": [f"{one.id} {one.short_hash}" for one in found],
        "at": at,
        "policies": score_file().short_hash,
    }
    work = Work("scores", each(tables), changed, options)
    run(cohort, work, Share(batch, part_of(partition)), output, strict=strict)


def cite_score(score: Score) -> Iterator[str]:
    """A score, line by line."""
    yield f"{score.title} ({score.id}, {score.short_hash})"
    yield f"Source: {score.source}"
    yield f"{score.says} [{score.cites}; {_mark(score.verified)}]"
    if score.formula:
        yield f"Formula: {score.formula}"
    for name, one in score.inputs.items():
        yield f"{name} ({one.unit}): {one.says}"
    for item in score.item:
        for level in item.level:
            points = "1 point" if level.points == 1 else f"{level.points:g} points"
            yield f"{item.name}, at least {points}: {level.says}"
            yield f"    rule: {level.when}"
            yield f"    from: {level.cites}; {_mark(level.verified)}"
    if score.trigger:
        yield f"Yes: {score.trigger.says}"
        yield f"    rule: {score.trigger.when}"
        yield f"    from: {score.trigger.cites}; {_mark(score.trigger.verified)}"
    for equal in score.equivalent:
        yield f"{equal.amount:g} {score.unit} of {equal.drug} [{equal.cites}; {_mark(equal.verified)}]"
    for moment in score.moment:
        yield f"Measured {moment.id}: {moment.says} [{moment.cites}; {_mark(moment.verified)}]"
    for window in score.window:
        yield f"Summed {window.id}: {window.says}"
    for one_class in score.classes:
        yield f"Class {one_class.name}: {one_class.says}"
        yield f"    rule: {one_class.when}"
        yield f"    from: {one_class.cites}; {_mark(one_class.verified)}"
    yield from (f"Note: {note}" for note in score.notes)


def cite_scores() -> Iterator[str]:
    """The policies of all scores, and the published scores that cannot be computed, line by line."""
    file = score_file()
    yield f"{file.title} (scores, {file.short_hash})"
    yield f"Source: {file.source}"
    yield f"Installed: {', '.join(installed_scores())}"
    yield "Policies in force:"
    yield from cite_policies(Settings(default_score_settings().own))
    yield "Not computed, because what was published does not suffice:"
    yield from (f"{gap.title}: {gap.says} [{gap.source}]" for gap in file.gap)


CITED["score"] = lambda: {i: (lambda s=s: cite_score(s)) for i, s in installed_scores().items()}  # type: ignore[misc]
CITED["scores"] = lambda: {"scores": cite_scores}
