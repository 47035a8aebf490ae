"""Acceptance: the vasopressors that run at once equal plain SQL over inputevents, patient by patient."""

import duckdb
import polars as pl
import pytest

from becalm.sources import Plan, import_folder, read_folder
from becalm.timeline import states

# Written from the documentation of MIMIC-IV and the rules of counting alone: norepinephrine, epinephrine,
# phenylephrine, dopamine and angiotensin II count once each while at least one of their rows runs;
# vasopressin does not count beside them, and alone is one.
INFUSIONS = """
    SELECT subject_id AS patient_id,
           CASE WHEN itemid = 221906 THEN 'norepinephrine'
                WHEN itemid IN (221289, 229617) THEN 'epinephrine'
                WHEN itemid IN (221749, 229630, 229631, 229632) THEN 'phenylephrine'
                WHEN itemid = 221662 THEN 'dopamine'
                WHEN itemid IN (229709, 229764) THEN 'angiotensin'
                ELSE 'vasopressin' END AS drug,
           epoch_us(starttime) - epoch_us(date_trunc('day', day0)) AS started,
           epoch_us(endtime) - epoch_us(date_trunc('day', day0)) AS stopped
    FROM read_csv('{demo}/inputevents.csv.gz')
    JOIN (SELECT subject_id, min(intime) AS day0 FROM read_csv('{demo}/icustays.csv.gz') GROUP BY 1)
    USING (subject_id)
    WHERE itemid IN (221906, 221289, 229617, 221749, 229630, 229631, 229632, 221662, 229709, 229764, 222315)
"""
COUNTS = """
    SELECT pieces.*,
           count(DISTINCT drug) FILTER (drug <> 'vasopressin') AS counted,
           count(DISTINCT drug) FILTER (drug = 'vasopressin') AS vasopressin
    FROM pieces LEFT JOIN infusions
      ON infusions.patient_id = pieces.patient_id
     AND infusions.started <= pieces.start AND pieces.start < infusions.stopped
    GROUP BY ALL ORDER BY pieces.patient_id, pieces.start
"""
# Moments at which the running drugs differ from those a moment before, inside the patient's record.
CHANGES = """
    WITH moments AS (
        SELECT patient_id, started AS moment FROM infusions UNION SELECT patient_id, stopped FROM infusions
    ), around AS (
        SELECT patient_id, moment,
               (SELECT count(DISTINCT drug) FROM infusions i
                WHERE i.patient_id = m.patient_id AND i.started <= moment AND moment < i.stopped) AS after,
               (SELECT count(DISTINCT drug) FROM infusions i
                WHERE i.patient_id = m.patient_id AND i.started < moment AND moment <= i.stopped) AS before
        FROM moments m
    )
    SELECT patient_id, moment FROM around
    JOIN (SELECT patient_id, min(start) AS first, max("end") AS last FROM pieces GROUP BY 1)
    USING (patient_id)
    WHERE before <> after AND moment BETWEEN first AND last
"""
SECOND = 1_000_000


@pytest.fixture(scope="module")
def demo(shared_data):
    return shared_data / "mimic-iv-demo"


def compared(demo, tables, tmp_path):
    """becalm's pieces of the imported tables, each with the counts of the SQL at its start."""
    source = tmp_path / "source"
    source.mkdir()
    for name in tables:
        (source / f"{name}.csv.gz").symlink_to(demo / f"{name}.csv.gz")
    import_folder(Plan("mimic", str(source), anchor="first-icu-admission"), tmp_path / "cohort")
    pieces = (
        states(read_folder(tmp_path / "cohort"))
        .pieces.select(
            pl.col("patient_id").cast(pl.Int64),
            "start",
            "end",
            "covered_vasopressor",
            *(f"vasopressors{which}_{end}" for which in ("", "_all") for end in ("lo", "hi")),
        )
        .unique()
    )
    base = duckdb.connect()
    base.execute(f"CREATE TABLE infusions AS {INFUSIONS.format(demo=demo)}")
    pieces.write_parquet(tmp_path / "pieces.parquet")
    base.execute(f"CREATE TABLE pieces AS SELECT * FROM read_parquet('{tmp_path}/pieces.parquet')")
    return base, pieces, table(base, COUNTS)


def table(base, query):
    """The answer of DuckDB as a frame."""
    answer = base.execute(query)
    names = [column[0] for column in answer.description]
    return pl.DataFrame(answer.fetchall(), schema=names, orient="row")


def wrong(counts):
    """Pieces in which becalm and the SQL do not agree."""
    alone = pl.max_horizontal("counted", pl.col("vasopressin"))
    both = pl.col("counted") + pl.col("vasopressin")
    least = (pl.col("vasopressors_lo") == alone) & (pl.col("vasopressors_all_lo") == both)
    most = (pl.col("vasopressors_hi") == alone) & (pl.col("vasopressors_all_hi") == both)
    return counts.filter(~(least & (most | ~pl.col("covered_vasopressor"))))


def test_the_number_of_vasopressors_equals_plain_sql_at_every_change(demo, tmp_path):
    base, pieces, counts = compared(
        demo, ("patients", "admissions", "icustays", "inputevents", "d_items"), tmp_path
    )
    assert counts["patient_id"].n_unique() == 100
    assert counts.filter(pl.col("covered_vasopressor"))["counted"].max() == 3
    assert counts.filter((pl.col("counted") == 0) & (pl.col("vasopressin") == 1)).height > 0
    assert wrong(counts).is_empty(), wrong(counts)
    running = counts.filter((pl.col("counted") > 0) | (pl.col("vasopressin") > 0))
    assert running["covered_vasopressor"].all()
    changes = table(base, CHANGES)
    assert changes.height > 100
    cuts = pl.concat(
        [pieces.select("patient_id", moment="start"), pieces.select("patient_id", moment="end")]
    ).unique()
    missed = changes.join(cuts, on=["patient_id", "moment"], how="anti")
    assert missed.is_empty(), missed


def test_the_whole_demo_agrees_but_for_moments_at_which_emar_starts_an_infusion(demo, tmp_path):
    names = sorted(path.name.removesuffix(".csv.gz") for path in demo.glob("*.csv.gz"))
    _, _, counts = compared(demo, names, tmp_path)
    differing = wrong(counts)
    assert (differing["end"] - differing["start"]).max() <= SECOND, differing
    assert 1 <= differing.height <= 6


def test_the_sql_finds_a_wrong_count(demo, tmp_path):
    _, _, counts = compared(demo, ("patients", "admissions", "icustays", "inputevents", "d_items"), tmp_path)
    planted = counts.with_columns(
        vasopressors_lo=pl.col("vasopressors_lo") + (pl.col("counted") == 2).cast(pl.Int64)
    )
    assert wrong(planted).height > 10
