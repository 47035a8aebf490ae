"""What every test may use: hypothesis profiles, the real data sets, the browser."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
LONG = os.environ.get("BECALM_LONG") == "1"

settings.register_profile(
    "default", derandomize=True, deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "long", deadline=None, max_examples=1000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("long" if LONG else "default")


@pytest.fixture(scope="session")
def long_run() -> bool:
    """Whether the full counts are asked for (`make test-long`)."""
    return LONG


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material beside the repository, or the one that BECALM_SHARED names."""
    folder = Path(os.environ.get("BECALM_SHARED", REPOSITORY.parent / "shared")).resolve()
    if not folder.is_dir():
        pytest.skip(
            f"needs the shared folder, and {folder} is not there: "
            "put it beside the repository or set BECALM_SHARED"
        )
    return folder


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """The real data sets in the shared folder."""
    folder = shared / "data"
    if not folder.is_dir():
        pytest.skip(
            f"needs the real data sets, and {folder} is not there: set BECALM_SHARED to a folder with data/"
        )
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium or Chrome (BECALM_CHROMIUM names another)."""
    for name in (os.environ.get("BECALM_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            return found
    pytest.skip("needs Chromium: `make system` installs it where it may, or set BECALM_CHROMIUM to its path")
