"""The record cut at every time where something may change, with what is known in each piece.

All start and stop times come first; then each piece is decided. Two readings of every piece are kept: what
the record says of it as the present (no value in force: unknown) and as the past (what nobody recorded
did not happen).
"""

from __future__ import annotations

import polars as pl

from becalm.record import Cohort
from becalm.record.clock import DAY
from becalm.timeline import _coverage, _day_doses, _drugs, _oxygen, _pressure, _readings
from becalm.timeline._knowledge import FOREVER, Knowledge
from becalm.timeline._supports import MEASURES, most, quiet
from becalm.timeline.settings import Settings

MANY = 9  # "not covered": any number of vasopressors


def segments(cohort: Cohort, knowledge: Knowledge, spans: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row for each piece of each unit.

    Args:
        cohort: the record.
        knowledge: units and what they know.
        spans: patient_id | begin | end | last_observation: the stretch to describe.
        settings: policies in force.

    Returns:
        unit | patient_id | start | end | added (begins at the end of the time for onsets and nothing else
        changes there), then the columns of the readings in force (`_readings`), of
        `_pressure.low_pressure`, support, fio2, ventilation _lo/_hi and recorded (`_oxygen`),
        vasopressors_lo/hi,
        vasopressors_all_lo/hi, bolus_lo/hi, dose bool (given at `start`), treated_lo/hi (a dose runs),
        and covered_<class>.
    """
    values = _readings.in_force(knowledge, settings)
    drugs = _drugs.running(cohort.exposures, settings)
    pressors = _drugs.vasopressors(drugs, settings)
    doses = _drugs.waiving_doses(drugs, settings).filter(~pl.col("some_time"))
    support = _oxygen.track(cohort.exposures, cohort.patients, settings)
    boluses = _boluses(cohort.exposures, settings)
    covered = _coverage.windows(cohort, settings)
    moves = _coverage.stays(cohort.events)
    deciding = cohort.events.filter(
        pl.col("event").is_in(["attribution", "hypotension", "death"]), pl.col("time").is_not_null()
    )
    times = [
        spans.select("patient_id", time="begin"),
        spans.select("patient_id", time=pl.col("last_observation") + settings.hours("instant_seconds")),
        pressors.select("patient_id", "time"),
        support.select("patient_id", "time"),
        moves.select("patient_id", "time"),
        deciding.select("patient_id", "time"),
        deciding.filter("whole_day").select("patient_id", time=pl.col("time") + DAY),
        doses.select("patient_id", time="start"),
        doses.filter(~pl.col("single")).select("patient_id", time="end"),
        *(boluses.select("patient_id", time=c) for c in ("start", "end")),
        *(covered.select("patient_id", time=c) for c in ("start", "end")),
    ]
    units = knowledge.units.join(
        spans.select("patient_id", "begin", "end"), on="patient_id", how="left", maintain_order="left"
    )
    shared = (
        pl.concat(times)
        .filter(pl.col("time").is_not_null())
        .unique()
        .join(units, on="patient_id")
        .select("unit", "time")
    )
    own = _readings.changes(knowledge.readings, values)
    cuts = _with_onset_limit(pl.concat([shared, own]).unique(), units, settings)
    cuts = _with_unit(cuts, units.select("patient_id", "begin", "end", "known_until")).filter(
        pl.col("time") >= pl.col("begin"), pl.col("time") < pl.min_horizontal("end", "known_until")
    )
    out = _readings.at_boundaries(cuts, values, knowledge.undated)
    limits = units.select("patient_id").join(
        _pressure.limits(cohort.patients, settings), on="patient_id", how="left", maintain_order="left"
    )
    out = _with_unit(out, limits.drop("patient_id"))
    out = out.with_columns(**_pressure.low_pressure(settings))
    lasting = doses.filter(~pl.col("single"))
    for frame in (pressors, support, _running(boluses, "bolus"), _running(lasting, "treated")):
        out = _coverage.last_before(out, frame, units)
    given = doses.filter("certain").select("patient_id", time="start", dose=pl.lit(True)).unique()
    given = given.join(units.select("unit", "patient_id"), on="patient_id").drop("patient_id")
    out = out.join(given, on=["unit", "time"], how="left", maintain_order="left")
    out = _coverage.at_pieces(out, units, moves, covered, settings)
    return _joined(out, settings)


def _with_onset_limit(cuts: pl.DataFrame, units: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Cuts (unit | time) with the end of the time for onsets, `added` where nothing else cuts there."""
    limit = pl.lit(round(settings.number("onset_until_day") * DAY), dtype=pl.Int64)
    there = cuts.filter(pl.col("time") == limit)
    more = units.select("unit", time=limit).join(there, on="unit", how="anti")
    return pl.concat([cuts.with_columns(added=False), more.with_columns(added=True)]).sort("unit", "time")


def _with_unit(rows: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Rows with what is known of their unit (`facts`: one row a unit, in order)."""
    return pl.concat([rows, facts[rows["unit"]]], how="horizontal")


def _boluses(exposures: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Fluid boluses given for hypotension: patient_id | start | end | certain."""
    rows = exposures.filter(pl.col("kind") == "fluid", pl.col("indication") == "hypotension")
    if not settings.flag("fluid_bolus_is_hypotension"):
        rows = rows.clear()
    length = settings.hours("bolus_hours")
    vague = _day_doses.by_day(settings)
    day = pl.when(pl.col("end_whole_day") | (pl.col("start_whole_day") & pl.col("end").is_null())).then(DAY)
    end = pl.max_horizontal(pl.coalesce("end", pl.col("start") + length), "start")
    end = end + pl.when(vague).then(day.otherwise(0)).otherwise(0)
    return rows.select(
        "patient_id",
        start=pl.col("start").fill_null(-FOREVER),
        end=pl.when(pl.col("start").is_null()).then(FOREVER).otherwise(end),
        certain=pl.col("start").is_not_null() & ~vague,
    )


def _running(intervals: pl.DataFrame, name: str) -> pl.DataFrame:
    """Whether any interval runs: patient_id | time | <name>_lo (certain) | <name>_hi (perhaps)."""
    totals = _drugs.steps(
        intervals,
        ["patient_id"],
        {"sure": pl.col("certain").cast(pl.Int64), "possible": pl.lit(1, dtype=pl.Int64)},
    )
    return totals.select(
        "patient_id",
        "time",
        (pl.col("sure") > 0).alias(f"{name}_lo"),
        (pl.col("possible") > 0).alias(f"{name}_hi"),
    )


def _joined(pieces: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Facts that depend on coverage, and the end of each piece."""
    alone = pl.lit(1 if settings.flag("vasopressin_alone_counts") else 0)
    counts = {}
    for end in ("lo", "hi"):
        counted = pl.col(f"counted_{end}").fill_null(0)
        other = pl.col(f"other_{end}").fill_null(0)
        unknown = pl.lit(MANY if end == "hi" else 0)
        one = pl.when(other > 0).then(alone).otherwise(0)
        uncovered = ~pl.col("covered_vasopressor")
        floor = pl.when(uncovered).then(unknown).otherwise(0)
        if end == "hi":
            counts["vasopressors_known_hi"] = pl.max_horizontal(counted, one)
            counts["vasopressors_all_known_hi"] = counted + other
        counts[f"vasopressors_{end}"] = pl.max_horizontal(counted, one, floor)
        counts[f"vasopressors_all_{end}"] = pl.max_horizontal(counted + other, floor)
    classes = settings.names("waiver_classes")
    all_covered = pl.all_horizontal(pl.lit(True), *(f"covered_{c}" for c in classes))
    across = settings.flag("dose_across_onset_counts")
    hidden = pl.col("nothing").fill_null(True) & ~pl.col("covered_oxygen")
    supports, none, highest = {}, quiet(), most()
    for name in MEASURES:
        known = pl.col(f"{name}_hi").fill_null(none[name])
        supports[f"{name}_known_hi"] = known
        supports[f"{name}_lo"] = pl.col(f"{name}_lo").fill_null(none[name])
        supports[f"{name}_hi"] = pl.when(hidden).then(highest[name]).otherwise(known)
    return pieces.with_columns(
        **counts,
        **supports,
        estimated=pl.col("estimated").fill_null(False),
        oxygen_hidden=hidden,
        bolus_lo=pl.col("bolus_lo").fill_null(False),
        bolus_hi=pl.col("bolus_hi").fill_null(False),
        dose=pl.col("dose").fill_null(False),
        treated_lo=pl.col("treated_lo").fill_null(False) & across,
        treated_hi=(pl.col("treated_hi").fill_null(False) & across) | ~all_covered,
        start="time",
        end=pl.when(pl.col("unit") == pl.col("unit").shift(-1))
        .then(pl.col("time").shift(-1))
        .otherwise(pl.min_horizontal("end", "known_until")),
    ).drop("time")
