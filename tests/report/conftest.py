"""Reports that several tests read: the bundled case, synthetic patients, a record full of markup."""

from pathlib import Path

import pytest
from tests.report.records import awkward, synthetic_cohort

from becalm.record import Cohort
from becalm.report import write_report
from becalm.sources import read_folder

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "local-crs-case"


@pytest.fixture(scope="session")
def case() -> Cohort:
    """The bundled local CRS case."""
    return read_folder(EXAMPLE)


@pytest.fixture(scope="session")
def case_page(case: Cohort) -> str:
    """Its report."""
    return write_report(case, name="local-crs-case")


@pytest.fixture(scope="session")
def synthetic() -> Cohort:
    """Ten synthetic patients."""
    return synthetic_cohort()


@pytest.fixture(scope="session")
def synthetic_page(synthetic: Cohort) -> str:
    """Their report."""
    return write_report(synthetic, name="synthetic")


@pytest.fixture(scope="session")
def awkward_cohort() -> Cohort:
    """Markup wherever a text is allowed, and every kind of awkward value."""
    return awkward()


@pytest.fixture(scope="session")
def awkward_page(awkward_cohort: Cohort) -> str:
    """Its report."""
    return write_report(awkward_cohort, name="</title><script>alert('name')</script>")
