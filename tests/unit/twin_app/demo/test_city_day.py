"""The demo city's simulated day takes place in the demo city, on streets that reach each other."""

from __future__ import annotations

import numpy as np
import pytest

from loaders.model.errors import CityTwinError
from twin_app.demo.city_day import demo_city, demo_day
from twin_app.demo.frame import SITES
from twin_app.live.values import US_PER_S
from twin_app.operation.model import Action

BEGIN_US = 1_795_536_000 * US_PER_S


@pytest.mark.parametrize(("size", "share"), [("small", 0.7), ("district", 0.9)])  # parks cut off some corners
def test_most_of_the_city_is_reached_by_road(size: str, share: float) -> None:
    city, site = demo_city(size), SITES[size]
    west, south = site.south_west_m
    assert (city.places_m > np.array([west, south]) - 20.0).all()
    assert (city.places_m < np.array([west + site.width_m, south + site.depth_m]) + 20.0).all()
    start = city.roads.snap(city.places_m[0])
    assert start is not None
    assert np.isfinite(city.roads.distances_m(start)).mean() > share


def test_the_day_is_stamped_and_the_same() -> None:
    day = demo_day("small", BEGIN_US)
    assert day == demo_day("small", BEGIN_US)
    reports = [step.report for step in day.steps if step.action is Action.REPORT and step.report]
    assert len(reports) > 150
    assert all(one.simulated for one in reports)
    assert all(114.2 < one.lon_deg < 114.4 and 30.5 < one.lat_deg < 30.7 for one in reports)


def test_a_size_that_is_unknown() -> None:
    with pytest.raises(CityTwinError, match=r"demo\.unknown_size"):
        demo_day("huge", BEGIN_US)
