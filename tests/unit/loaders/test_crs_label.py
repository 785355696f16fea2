"""What people read of a reference system."""

import pyproj
import pytest

from loaders.model.crs import crs_label


@pytest.mark.parametrize("code", ["EPSG:4547", "EPSG:28992"])
def test_a_code_is_its_own_name_and_a_text_is_called_by_the_name_in_it(code: str) -> None:
    assert crs_label(code) == code
    crs = pyproj.CRS(code)
    assert crs_label(crs.to_wkt()) == crs.name


def test_no_system_has_no_name() -> None:
    assert crs_label(None) == ""
