"""From raw tables to a Cohort: every check in order, then the account of what was used."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from becalm.record.anchors import anchors_of
from becalm.record.cohort import Cohort
from becalm.record.coverage import (
    SourceCoverage,
    check_coverage,
    doubts_of,
    event_coverage_class,
    exposure_coverage_classes,
    shown_classes,
)
from becalm.record.events import check_events, infusion_events
from becalm.record.exposure_names import name_exposures
from becalm.record.exposures import check_exposures
from becalm.record.hashing import combined_hash, patient_hashes
from becalm.record.observations import check_observations
from becalm.record.patients import check_patients, finish_patients
from becalm.record.remarks import Remarks
from becalm.record.report import Checked, FileCount, ImportReport
from becalm.record.schema import (
    COVERAGE,
    DOUBTS,
    EVENTS,
    EXPOSURES,
    OBSERVATIONS,
    REFUSALS,
    SET_ASIDE,
    TABLES,
    empty,
)
from becalm.record.sorting import in_order
from becalm.record.tables import RawTable, join_parts, resolve_names
from becalm.record.vocabulary import Vocabulary
from becalm.record.vocabulary_file import vocabulary

_ORDER = {
    "patients": ("patient_id",),
    "observations": ("patient_id", "time"),
    "exposures": ("patient_id", "start"),
    "events": ("patient_id", "time"),
    "coverage": ("class", "patient_id", "start", "end"),
}

_CHECKS = {
    "observations": (check_observations, OBSERVATIONS),
    "exposures": (check_exposures, EXPOSURES),
    "events": (check_events, EVENTS),
    "coverage": (check_coverage, COVERAGE),
}


def build_cohort(
    tables: Sequence[RawTable],
    notes: Sequence[str] = (),
    source: SourceCoverage | None = None,
) -> Cohort:
    """Check raw tables of the folder format and put them on one clock.

    No bad cell raises: each is counted in `Cohort.report` with file, row, column, what was given and
    expected. `notes`: sentences of the reader about the whole input, kept in the report.

    `source`: where the tables hold a part of the patients, what the whole source says of coverage.
    """
    vocab = vocabulary()
    raw = {name: join_parts(name, tables) for name in TABLES}
    ids = pl.concat([frame["patient_id"] for frame in raw.values()]).drop_nulls().unique()
    patients = check_patients(raw["patients"], vocab)
    infusions = infusion_events(raw["events"], vocab)
    anchors = anchors_of(patients.frame.select("patient_id", "infusion_time"), infusions, ids)
    checked = {
        "patients": Checked(finish_patients(patients.frame, anchors), patients.refusals, patients.set_aside),
        **{
            name: check(raw[name], anchors, vocab) if raw[name].height else Checked(empty(schema))
            for name, (check, schema) in _CHECKS.items()
        },
    }
    found = {name: one.frame for name, one in checked.items()}
    if source is not None:
        found["coverage"] = pl.concat([found["coverage"], source.for_all])
    frames = {name: in_order(frame, _ORDER[name]) for name, frame in found.items()}
    doubts = _doubts(raw, frames, vocab)
    remarks = Remarks(said=tuple(notes), early=_early_infusions(frames))
    for one in checked.values():
        remarks = remarks.plus(one.remarks)
    shown, declared = (source.shown, source.declared) if source else (None, None)
    if shown is None or declared is None:
        shown = shown_classes(frames["exposures"], frames["events"], vocab)
        declared = frozenset(frames["coverage"]["class"].to_list())
    coverage = {"declared": declared, "shown": shown - declared}
    hashes = patient_hashes({**frames, "doubts": doubts}, coverage)
    return Cohort(
        **frames,
        report=_report(tables, list(checked.values()), doubts, remarks),
        source_hash=combined_hash(hashes["hash"].to_list()),
        patient_hashes=hashes,
        covered_by_default=shown,
        declared=declared,
    )


def _doubts(raw: dict[str, pl.DataFrame], frames: dict[str, pl.DataFrame], vocab: Vocabulary) -> pl.DataFrame:
    """The coverage classes of the exposures and events that were refused whole."""
    named_rows = pl.col("patient_id").is_not_null()
    lost = {
        name: raw[name].join(frames[name], on=["file", "row"], how="anti").filter(named_rows)
        for name in ("exposures", "events")
    }
    if all(frame.is_empty() for frame in lost.values()):
        return empty(DOUBTS)
    kinds = resolve_names(lost["exposures"]["kind"], "kind", vocab).select(kind="text", known="name")
    exposures = lost["exposures"].filter(pl.col("name").is_not_null()).join(kinds, on="kind", how="left")
    # An unreadable kind may be that of a drug; an unreadable device is still oxygen.
    exposures = exposures.with_columns(kind=pl.col("known").fill_null("drug"))
    named, _ = name_exposures(exposures, vocab)
    devices = exposures.join(named, on=["file", "row"], how="anti")
    names = resolve_names(lost["events"]["event"], "event", vocab).select(event="text", known="name")
    events = lost["events"].join(names, on="event", how="left").with_columns(event=pl.col("known"))
    return pl.concat(
        [
            empty(DOUBTS),
            doubts_of(named, exposure_coverage_classes()),
            doubts_of(devices, pl.lit("oxygen")),
            doubts_of(events, event_coverage_class(vocab)),
        ]
    ).sort("patient_id", "class", "file", "row")


def _early_infusions(frames: dict[str, pl.DataFrame]) -> tuple[str, ...]:
    started = frames["patients"].filter("infusion_known").select("patient_id", "infusion")
    events = frames["events"].filter((pl.col("event") == "infusion") & ~pl.col("whole_day"))
    early = events.join(started, on="patient_id").filter(pl.col("time") < pl.col("infusion"))
    return tuple(early["patient_id"].unique().sort().head(20).to_list())


def _report(
    tables: Sequence[RawTable], checked: Sequence[Checked], doubts: pl.DataFrame, remarks: Remarks
) -> ImportReport:
    found = [part.refusals for part in tables] + [frame for one in checked for frame in one.refusals]
    aside = [part.set_aside for part in tables] + [frame for one in checked for frame in one.set_aside]
    refusals = (
        pl.concat([empty(REFUSALS), *found]).unique().sort("file", "row", "column", "given", "expected")
    )
    set_aside = pl.concat([empty(SET_ASIDE), *aside]).sort("file", "row", "column", "reason")
    refused_rows = refusals.select("file", "row").unique()
    whole_rows = set_aside.filter(pl.col("row").is_not_null()).select("file", "row").unique()
    aside_rows = whole_rows.join(refused_rows, on=["file", "row"], how="anti")
    counts = []
    for part in tables:
        refused = refused_rows.filter(pl.col("file") == part.file).height
        kept_aside = aside_rows.filter(pl.col("file") == part.file).height
        counts.append(FileCount(part.file, part.read, part.read - refused - kept_aside, kept_aside, refused))
    return ImportReport(tuple(counts), refusals, set_aside, doubts, remarks)
