"""A PostgreSQL server of the test's own, and the sample CDM unpacked."""

import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.sources.omop.cdm import sql_type

NEEDED = ("initdb", "pg_ctl", "psql")


@pytest.fixture(scope="session")
def sample(shared_data) -> Path:
    """The zip of the Synthea CDM of 28 persons."""
    path = shared_data / "synthea-omop" / "Synthea27Nj_5.4.zip"
    if not path.is_file():
        pytest.skip(f"needs the sample CDM, and {path} is not there")
    return path


@pytest.fixture(scope="session")
def sample_folder(sample):
    """The tables of the sample CDM as CSV files, readable by any user of this machine."""
    folder = Path(tempfile.mkdtemp(prefix="becalm-sample-"))
    with zipfile.ZipFile(sample) as archive:
        for name in archive.namelist():
            if "/" not in name:
                (folder / name).write_bytes(archive.read(name))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def programs():
    """The programs of a PostgreSQL server, on the path or where Debian puts them."""
    places = [None, *(str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
    for place in places:
        found = {name: shutil.which(name, path=place) for name in NEEDED}
        if all(found.values()):
            return found
    pytest.skip(f"needs a PostgreSQL server ({', '.join(NEEDED)}): `make system` installs it where it may")


class Server:
    """A running server: `url` of a database, and `psql` to fill it."""

    def __init__(self, folder, tools, run):
        self.folder, self.tools, self.run = folder, tools, run

    def url(self, database="postgres", user="becalm"):
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def psql(self, script, database="postgres"):
        command = [self.tools["psql"], "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)]
        done = subprocess.run(command, input=script, text=True, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr

    def load(self, folder, schema, vocabulary, database="postgres"):
        """Create the tables of a folder of CSV files in two schemas, and copy the files into them."""
        script = [f"CREATE SCHEMA {schema};", f"CREATE SCHEMA {vocabulary};"]
        for path in sorted(folder.glob("*.[cC][sS][vV]")):
            name = path.stem.lower()
            header = path.read_text(encoding="utf-8").split("\n", 1)[0].strip().split(",")
            where = vocabulary if name.startswith("concept") or name == "vocabulary" else schema
            columns = ", ".join(f'"{column}" {sql_type(column)}' for column in header)
            script.append(f"CREATE TABLE {where}.{name} ({columns});")
            script.append(f"\\copy {where}.{name} FROM '{path}' WITH (FORMAT csv, HEADER true)")
        self.psql("\n".join(script), database)


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server in a temporary folder, reachable by its socket alone."""
    tools = programs()
    folder = Path(tempfile.mkdtemp(prefix="becalm-pg-"))
    # initdb refuses to run as root: Debian's package brings the user postgres.
    who: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if who:
        shutil.chown(folder, "postgres", "postgres")
        folder.chmod(0o755)
    data = folder / "data"

    def run(*command):
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=120, check=False, **who
        )

    made = run(tools["initdb"], "-D", str(data), "-A", "trust", "-U", "becalm", "-E", "UTF8", "--no-locale")
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"needs a PostgreSQL server, and initdb failed: {made.stderr[-300:]}")
    options = f"-c listen_addresses='' -k {folder} -c fsync=off"
    started = run(tools["pg_ctl"], "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        if started.returncode:
            pytest.skip(f"needs a PostgreSQL server, and it did not start: {started.stderr[-300:]}")
        yield Server(folder, tools, run)
    finally:
        run(tools["pg_ctl"], "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
