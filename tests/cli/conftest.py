"""The folders that the tests of the command line read."""

from __future__ import annotations

from pathlib import Path

import pytest

from .running import WARD, lay


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """A small ward of two patients."""
    return lay(tmp_path / "ward", WARD)
