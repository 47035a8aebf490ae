"""Baseline, peak and fold of every marker of every patient, with all data or with the data up to a moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from becalm.markers import because
from becalm.markers.baseline import KEY, baselines
from becalm.markers.doses import NEVER
from becalm.markers.folds import folds
from becalm.markers.peak import peaks
from becalm.markers.readings import readings
from becalm.markers.settings import MarkerSettings, default_marker_settings, marker_file
from becalm.markers.window import windows
from becalm.record import Cohort, vocabulary
from becalm.record.clock import to_day

COLUMNS = (
    "patient_id",
    "marker",
    "unit",
    "baseline_min",
    "baseline_max",
    "peak_min",
    "peak_max",
    "peak_day",
    "fold_min",
    "fold_max",
    "peak_window_end_day",
    "because",
    "baseline_day",
    "baseline_assay",
    "peak_assay",
    "peak_day_min",
    "peak_day_max",
    "peak_window_end_day_min",
    "fold_refused",
    "markers_hash",
)
"""The columns of a table of markers; the first twelve are promised in this order."""


def markers(cohort: Cohort, settings: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """Baseline, peak and fold change of every marker of every patient, from all data of the record.

    The definitions are those of doi 10.3389/fimmu.2022.914959; `becalm cite markers` prints them with the
    policies that fill its gaps. Values are in the canonical unit of the marker. Censored values and open
    orders make ranges.

    Args:
        cohort: the record.
        settings: policies to change, by name (of `markers.toml` or of the timeline).

    Returns:
        COLUMNS, one row for each patient and each marker of `markers.toml`, measured or not. A blank
        minimum or maximum is no limit on that side, or no value at all (`because` says which). peak_day is
        blank where several readings may be the peak. peak_window_end_day is the latest possible end.

    Raises:
        InputError: a policy is unknown or has the wrong type.
    """
    policies = default_marker_settings().with_changes(settings or {})
    asked = cohort.patients.select("patient_id", at=pl.lit(NEVER, dtype=pl.Int64))
    frame = states(cohort, asked, [one.concept for one in marker_file().marker], policies)
    rows = frame.iter_rows(named=True)
    said = [because.sentence(row, policies) for row in rows]
    end = pl.min_horizontal("closes", "limit")
    return frame.select(
        "patient_id",
        "marker",
        "unit",
        baseline_min="baseline_lo",
        baseline_max="baseline_hi",
        peak_min="peak_lo",
        peak_max="peak_hi",
        peak_day=to_day(pl.col("peak_time")),
        fold_min="fold_lo",
        fold_max="fold_hi",
        peak_window_end_day=to_day(end),
        because=pl.Series(said, dtype=pl.String),
        baseline_day=to_day(pl.col("baseline_time")),
        baseline_assay=pl.col("baseline_assays").list.join(" or "),
        peak_assay=pl.col("peak_assays").list.join(" or "),
        peak_day_min=to_day(pl.col("peak_time_lo")),
        peak_day_max=to_day(pl.col("peak_time_hi")),
        peak_window_end_day_min=to_day(
            pl.when(pl.col("closes_lo") > -NEVER).then(pl.min_horizontal("closes_lo", "limit"))
        ),
        fold_refused="fold_refused",
        markers_hash=pl.lit(marker_file().short_hash),
    )


def states(
    cohort: Cohort, asked: pl.DataFrame, concepts: Collection[str], settings: MarkerSettings
) -> pl.DataFrame:
    """The markers as they are known at given moments: the data up to `at`, no later value.

    Args:
        cohort: the record.
        asked: patient_id | at i64, distinct (NEVER: with all data).
        concepts: markers by concept.
        settings: policies in force.

    Returns:
        One row for each row of `asked` and each marker, in their order: patient_id | at | marker | label |
        unit | the columns of `windows`, `baselines`, `peaks` and `folds` | first_text (null: no reading).
        Where the present is not known (`stale`) the peak and the fold have no upper limit.
    """
    labels = {one.concept: one.label for one in marker_file().marker}
    names = list(concepts)
    listed = pl.DataFrame(
        {
            "marker": names,
            "label": [labels.get(name, name) for name in names],
            "unit": [vocabulary().concepts[name].unit for name in names],
        }
    )
    rows = windows(cohort, asked, settings).join(listed, how="cross", maintain_order="left_right")
    current = pl.col("replaced_at").is_null() | (pl.col("replaced_at") > pl.col("at"))
    known = rows.join(readings(cohort, names, settings), on=["patient_id", "marker"]).filter(
        (pl.col("time") <= pl.col("at")).fill_null(True), current
    )
    first = known.group_by(KEY).agg(first_text=pl.col("text").first())
    out = rows
    for part in (first, baselines(known, settings), peaks(known, settings)):
        out = out.join(part, on=list(KEY), how="left", maintain_order="left")
    stale = pl.col("stale").fill_null(False)
    out = out.with_columns(stale=stale, peak_hi=pl.when(~stale).then("peak_hi"))
    return folds(out, settings)


def change_times(cohort: Cohort, concepts: Collection[str], settings: MarkerSettings) -> pl.DataFrame:
    """Every moment at which a marker, as known then, may change.

    Returns:
        patient_id | time i64.
    """
    found = readings(cohort, list(concepts), settings)
    everyone = cohort.patients.select("patient_id", at=pl.lit(NEVER, dtype=pl.Int64))
    ends = windows(cohort, everyone, settings)
    times = [found.select("patient_id", time=column) for column in ("time", "until")]
    times += [ends.select("patient_id", time=column) for column in ("opens_lo", "closes", "closes_lo")]
    times.append(ends.select("patient_id", time=pl.col("limit") + 1))
    return (
        pl.concat(times)
        .filter(pl.col("time").is_not_null(), pl.col("time").abs() < NEVER // 2)
        .unique()
        .sort("patient_id", "time")
    )
