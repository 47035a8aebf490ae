"""OMOP: measurements of a CDM to statements as Parquet, against DuckDB alone on the same rows.

    python -m benchmarks.omop                       # 1 million measurements
    python -m benchmarks.omop --rows 10000000 --write   # the figure of docs/performance.md

Both read the same Parquet tables in one run, join the concept table and write Parquet. DuckDB does it in one
statement; becalm also finds the concept sets, counts what is in none of them, and turns every row into a
statement with its codes, text times, comparator and unit.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import adbc_driver_duckdb.dbapi as duckdb
from benchmarks.page import machine, replace_section

from becalm.sources.coded.lookup import lookup
from becalm.sources.coded.mapping import shipped_mapping
from becalm.sources.omop import read_omop

AIM = 3.0
ROWS_PER_PERSON = 500
# Concepts whose ids and LOINC codes were read in the Synthea CDM; one in ten rows has another concept.
CONCEPTS = (
    (3020891, "Body temperature", "8310-5", 586323, "Cel"),
    (3004249, "Systolic blood pressure", "8480-6", 8876, "mm[Hg]"),
    (3012888, "Diastolic blood pressure", "8462-4", 8876, "mm[Hg]"),
    (3027018, "Heart rate", "8867-4", 8541, "/min"),
    (3024171, "Respiratory rate", "9279-1", 8541, "/min"),
    (3016502, "Oxygen saturation in Arterial blood", "2708-6", 8554, "%"),
    (3020460, "C reactive protein", "1988-5", 8751, "mg/L"),
    (3001122, "Ferritin", "2276-4", 8748, "ug/L"),
    (3000905, "Leukocytes", "6690-2", 8848, "10*3/uL"),
    (3036277, "Body height", "8302-2", 8582, "cm"),
)

TABLES = """
CREATE TEMP TABLE kinds
    (i INTEGER, concept_id BIGINT, name VARCHAR, code VARCHAR, unit_id BIGINT, unit VARCHAR);
INSERT INTO kinds VALUES {kinds};
COPY (SELECT range + 1 AS person_id, 8532 AS gender_concept_id, 1950 + range % 60 AS year_of_birth,
    1 AS month_of_birth, 1 AS day_of_birth FROM range({persons})) TO '{folder}/person.parquet';
COPY (SELECT concept_id, name AS concept_name, 'LOINC' AS vocabulary_id, code AS concept_code FROM kinds
    UNION ALL SELECT DISTINCT unit_id, unit, 'UCUM', unit FROM kinds
    UNION ALL SELECT 50000000 + range, 'Concept ' || range, 'LOINC', 'X' || range FROM range(500000)
) TO '{folder}/concept.parquet';
COPY (SELECT concept_id AS ancestor_concept_id, concept_id AS descendant_concept_id,
    0 AS min_levels_of_separation FROM kinds) TO '{folder}/concept_ancestor.parquet';
COPY (SELECT concept_id AS concept_id_1, concept_id AS concept_id_2, 'Maps to' AS relationship_id,
    CAST(NULL AS VARCHAR) AS invalid_reason FROM kinds) TO '{folder}/concept_relationship.parquet';
COPY (SELECT r.range + 1 AS measurement_id, r.range // {each} + 1 AS person_id,
    k.concept_id AS measurement_concept_id, CAST(t AS DATE) AS measurement_date, t AS measurement_datetime,
    CASE WHEN hash(r.range) % 50 = 0 THEN 4171756 ELSE 0 END AS operator_concept_id,
    round(36 + (hash(r.range) % 1000) / 100, 2) AS value_as_number, 0 AS value_as_concept_id,
    k.unit_id AS unit_concept_id, k.code AS measurement_source_value,
    k.concept_id AS measurement_source_concept_id, k.unit AS unit_source_value,
    CAST(round(36 + (hash(r.range) % 1000) / 100, 2) AS VARCHAR) AS value_source_value
    FROM (
        SELECT range, TIMESTAMP '2024-01-01' + INTERVAL 15 MINUTE * (range % {each}) AS t FROM range({rows})
    ) AS r
    JOIN kinds AS k ON k.i = r.range % {count}
    ORDER BY r.range
) TO '{folder}/measurement.parquet';
"""

FLOOR = """
COPY (SELECT CAST(m.person_id AS VARCHAR) AS patient_id, 'LOINC|' || c.concept_code AS code,
    c.concept_name AS text, m.measurement_datetime AS start, m.value_as_number AS value,
    m.operator_concept_id AS operator, u.concept_code AS unit, m.measurement_id AS row_id
    FROM read_parquet('{folder}/measurement.parquet') AS m
    JOIN read_parquet('{folder}/concept.parquet') AS c ON c.concept_id = m.measurement_concept_id
    LEFT JOIN read_parquet('{folder}/concept.parquet') AS u ON u.concept_id = m.unit_concept_id
    WHERE c.concept_code IN ({codes})
) TO '{target}'
"""


def build(folder: Path, rows: int) -> None:
    """Parquet tables of a CDM with so many measurements."""
    kinds = ", ".join(
        f"({i}, {concept}, '{name}', '{code}', {unit_id}, '{unit}')"
        for i, (concept, name, code, unit_id, unit) in enumerate(CONCEPTS)
    )
    persons = -(-rows // ROWS_PER_PERSON)
    script = TABLES.format(
        kinds=kinds, persons=persons, folder=folder, each=ROWS_PER_PERSON, rows=rows, count=len(CONCEPTS)
    )
    with duckdb.connect(":memory:", autocommit=True) as connection, connection.cursor() as cursor:
        for statement in filter(str.strip, script.split(";\n")):
            cursor.execute(statement)


def floor(folder: Path, target: Path) -> int:
    """DuckDB does the same read, concept join and write."""
    codes = ", ".join(f"'{code}'" for _, _, code, _, _ in CONCEPTS[:-1])
    with duckdb.connect(":memory:", autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(FLOOR.format(folder=folder, codes=codes, target=target))
    return 0


def ours(folder: Path, target: Path) -> int:
    """The reader makes statements, written as Parquet; how many there are."""
    target.mkdir()
    meanings = lookup([shipped_mapping("omop"), shipped_mapping("common")])
    made = 0
    for number, chunk in enumerate(read_omop(str(folder), meanings, {})):
        if chunk.statements.height:
            chunk.statements.write_parquet(target / f"{number:05}.parquet", compression="snappy")
            made += chunk.statements.height
    return made


WORK = {"floor": floor, "becalm": ours}


def worker(name: str, folder: Path) -> None:
    """Do one of the two and print seconds, seconds of processor time, peak memory in MiB, statements."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        start, spent = time.perf_counter(), time.process_time()
        made = WORK[name](folder, Path(scratch) / "out")
        took = time.perf_counter() - start, time.process_time() - spent
    print(*took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, made)


def measure(name: str, folder: Path) -> tuple[float, ...]:
    """What `worker` prints, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.omop", "--only", name, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return tuple(float(one) for one in done.stdout.split())


def main() -> None:
    """Measure, print, and write the section of the page when asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="measurements (default: 1,000,000)")
    parser.add_argument("--repeat", type=int, default=3, help="times each, the fastest counting (default: 3)")
    parser.add_argument("--write", action="store_true", help="write the section OMOP of docs/performance.md")
    parser.add_argument("--only", choices=("build", *WORK), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only == "build":
        build(given.folder, given.rows)
        return
    if given.only:
        worker(given.only, given.folder)
        return
    with tempfile.TemporaryDirectory(prefix="becalm-omop-bench-") as scratch:
        folder = Path(scratch) / "cdm"
        folder.mkdir()
        command = [sys.executable, "-m", "benchmarks.omop", "--only", "build", "--folder", str(folder)]
        subprocess.run([*command, "--rows", str(given.rows)], check=True)
        runs = [(measure("floor", folder), measure("becalm", folder)) for _ in range(given.repeat)]
    base, took = (tuple(min(run[side][i] for run in runs) for i in range(3)) for side in (0, 1))
    text = (
        f"`python -m benchmarks.omop --rows {given.rows}`: {given.rows:,} measurements of a CDM in Parquet, "
        f"{runs[0][1][3]:,.0f} of them in a concept set, to statements written as Parquet.\n\n"
        "| | seconds | processor seconds | peak memory, MiB |\n|---|---:|---:|---:|\n"
        f"| DuckDB alone: read, concept join, Parquet | {base[0]:.2f} | {base[1]:.2f} | {base[2]:,.0f} |\n"
        "| becalm: concept sets, count, read, statements, Parquet "
        f"| {took[0]:.2f} | {took[1]:.2f} | {took[2]:,.0f} |\n"
        f"| ratio (aim: at most {AIM:g}) | {took[0] / base[0]:.2f} | {took[1] / base[1]:.2f} | |\n\n"
        f"The best of {given.repeat} runs each, in turn, in processes of their own. {machine()}."
    )
    print(text)
    if given.write:
        replace_section("OMOP", text)


if __name__ == "__main__":
    main()
