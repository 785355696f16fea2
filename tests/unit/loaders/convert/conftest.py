"""Options that keep conversions of these tests among themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.convert import ConvertOptions
from tests.unit.loaders.convert import synthetic


@pytest.fixture
def options(tmp_path: Path) -> ConvertOptions:
    """A cache of the test's own and the synthetic formats."""
    return ConvertOptions(cache_folder=tmp_path / "cache", formats=synthetic.formats)
