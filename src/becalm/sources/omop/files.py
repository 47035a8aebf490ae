"""A folder or a zip of CSV or Parquet tables, as a temporary DuckDB database."""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import polars as pl

from becalm.record.errors import InputError
from becalm.sources.omop.queries import used
from becalm.sources.omop.site import Site, catalogue, driver, run
from becalm.sources.omop.tables import DEATH, PERSON, TABLES, VOCABULARY

_READ = frozenset({PERSON, DEATH, *VOCABULARY, *(table.name for table in TABLES)})
_SUFFIXES = (".parquet", ".csv", ".csv.gz", ".tsv", ".txt")
MEMORY = "2GB"
"""The most memory that DuckDB may hold."""
_ONCE = ("concept_ancestor", "concept_relationship")
_WHOLE = re.compile(
    r"(^|_)concept_id(_[12])?$|^(person|" + "|".join(table.name for table in TABLES) + ")_id$"
)


def memory_database(path: Path | None = None) -> Any:
    """A new DuckDB connection, on a database in memory or in a file; what needs more memory goes to disk."""
    module = driver("adbc_driver_duckdb")
    connection = module.connect(str(path) if path else ":memory:", autocommit=True)
    spill = Path(tempfile.gettempdir()) / f"becalm-duckdb-{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"SET memory_limit = '{MEMORY}'")
        cursor.execute(f"SET temp_directory = {quoted(spill)}")
    return connection


def quoted(path: Path | str) -> str:
    """A path or text as an SQL literal."""
    return "'" + str(path).replace("'", "''") + "'"


def open_files(path: Path) -> Site:
    """Open a folder or a zip.

    Tables are found by file name in any case (`PERSON.csv`, `person.parquet`, `concept/*.parquet`). CSV may
    be separated by commas or, as the vocabulary's download is, by tabs. It is copied once to a database in
    the temporary folder, so that memory stays flat.

    Raises:
        InputError: there is no table of the CDM, or a file cannot be read.
    """
    scratch = tempfile.TemporaryDirectory(prefix="becalm-omop-", ignore_cleanup_errors=True)
    try:
        folder = _unpacked(path, Path(scratch.name)) if path.is_file() else path
        found = _tables(folder)
        if not found:
            raise InputError(
                f"{path.name} holds no table of the OMOP CDM. Files such as PERSON.csv, MEASUREMENT.csv and "
                "CONCEPT.csv, or the same as .parquet, are expected. Check the path."
            )
        connection = memory_database(Path(scratch.name) / "tables.duckdb")
    except BaseException:
        scratch.cleanup()
        raise

    def close() -> None:
        connection.close()
        scratch.cleanup()

    try:
        refused = {name: _load(connection, name, file) for name, file in sorted(found.items())}
        columns = catalogue(connection, path.name, "table_schema = 'main'")["main"]
    except BaseException:
        close()
        raise
    wrong = {name: rows for name, rows in refused.items() if rows}
    return Site(connection, path.name, "duckdb", columns, ("main", "main"), wrong, close)


def _unpacked(path: Path, scratch: Path) -> Path:
    folder = scratch / "unpacked"
    folder.mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                name = Path(member.filename)
                if "__MACOSX" in name.parts or _table_of(name.name) is None:
                    continue
                with archive.open(member) as source, (folder / name.name).open("wb") as target:
                    while block := source.read(1 << 20):
                        target.write(block)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path.name} cannot be read as a zip: {error}. A zip of the tables of the CDM is expected. "
            "Check the file."
        ) from error
    return folder


def _table_of(name: str) -> str | None:
    folded = name.lower()
    for suffix in _SUFFIXES:
        if folded.endswith(suffix) and folded.removesuffix(suffix) in _READ:
            return folded.removesuffix(suffix)
    return None


def _tables(folder: Path) -> dict[str, Path]:
    """Table -> its file, or the folder of its Parquet files."""
    out: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        parts = path.is_dir() and path.name.lower() in _READ and any(path.glob("*.parquet"))
        name = path.name.lower() if parts else _table_of(path.name) if path.is_file() else None
        if name is None:
            continue
        if name in out:
            raise InputError(
                f"{folder.name} holds the table {name} twice: {out[name].name} and {path.name}. "
                "One is expected. Take one away."
            )
        out[name] = path
    return out


def _load(connection: Any, name: str, path: Path) -> list[tuple[int, str, str]]:
    """Make one table readable; the rows of a CSV file that do not fit its header are returned."""
    if path.suffix.lower() == ".parquet" or path.is_dir():
        pattern = path / "*.parquet" if path.is_dir() else path
        _do(connection, f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(pattern)})", path)
        return []
    header, tabs = _header(path)
    # The vocabulary's own download is separated by tabs and quotes nothing.
    form = "delim = '\t', quote = '', escape = ''" if tabs else "delim = ',', quote = '\"', escape = '\"'"
    columns = ", ".join(f"{quoted(column)}: 'VARCHAR'" for column in header)
    source = (
        f"read_csv({quoted(path)}, header = true, auto_detect = false, {form}, columns = {{{columns}}}, "
        "nullstr = '', store_rejects = true, rejects_limit = 0)"
    )
    chosen = ", ".join(_typed(column) for column in header if column in used()[name])
    if not chosen:
        raise InputError(
            f"{path.name} has no column of the table {name}; it has {', '.join(header)[:200]}. The column "
            "names of the CDM are expected in the first line. Correct it."
        )
    kind = "VIEW" if name in _ONCE else "TABLE"
    _do(connection, f"CREATE {kind} {name} AS SELECT {chosen} FROM {source}", path)
    return [] if kind == "VIEW" else _rejected(connection, path)


def _header(path: Path) -> tuple[list[str], bool]:
    import gzip

    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            line = file.readline().decode("utf-8-sig").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path.name} cannot be read: {error}. UTF-8 text is expected. Check the file."
        ) from error
    tabs = "\t" in line
    header = [name.strip().strip('"').lower() for name in line.split("\t" if tabs else ",")]
    if len(set(header)) < len(header) or "" in header:
        raise InputError(
            f"{path.name} has a header with an empty or repeated name: {line[:200]}. The column names of the "
            "CDM are expected, separated by commas or tabs. Correct the first line."
        )
    return header, tabs


def _typed(column: str) -> str:
    """Ids as numbers, everything else as the text that it is."""
    name = f'"{column}"'
    if _WHOLE.search(column):
        return f"TRY_CAST({name} AS BIGINT) AS {name}"
    return f"NULLIF({name}, '') AS {name}"


def _do(connection: Any, text: str, path: Path) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(text)
    except Exception as error:
        raise InputError(
            f"{path.name} cannot be read: {error} A table of the OMOP CDM is expected, with a header and one "
            "line for each row. Export it again."
        ) from error


def _rejected(connection: Any, path: Path) -> list[tuple[int, str, str]]:
    text = (
        "SELECT DISTINCT e.line, e.error_message, e.csv_line FROM reject_errors AS e "
        "JOIN reject_scans AS s ON s.scan_id = e.scan_id AND s.file_id = e.file_id "
        f"WHERE s.file_path = {quoted(path)} ORDER BY 1"
    )
    rows = pl.concat(list(run(connection, text, path.name)), how="vertical_relaxed")
    by_line = rows.group_by("line", maintain_order=True).first().select(pl.all().cast(pl.String))
    return [(int(line), message or "", given or "") for line, message, given in by_line.iter_rows()]
