"""Classes, colours and legends: closed-form answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.model.overlays.number_texts import number_text
from scenes.model.overlays.palettes import MAX_CLASSES, MISSING_RGB, PALETTES, hex_rgb, sampled
from scenes.model.overlays.readings import Condition, Readings
from scenes.model.overlays.scale import EMPTY_CODE, FADED_CODE, PLAIN, ColourScale, scale_for


def test_a_value_on_an_edge_is_in_the_upper_class() -> None:
    scale = ColourScale((10.0, 20.0))
    assert scale.classes(np.array([9.99, 10.0, 19.0, 20.0, 1e9, -1e9])).tolist() == [0, 1, 1, 2, 2, 0]
    assert scale.classes(np.array([np.nan, np.inf])).tolist() == [255, 255]


def test_what_is_not_good_never_has_the_colour_of_what_is() -> None:
    scale = ColourScale((10.0, 20.0))
    told = [Condition.GOOD, Condition.STALE, Condition.UNCERTAIN, Condition.BAD, Condition.MISSING]
    rgba = scale.rgba(Readings.of([15.0] * 5, told))
    assert rgba[:, 3].tolist() == [PLAIN, FADED_CODE, FADED_CODE, EMPTY_CODE, EMPTY_CODE]
    assert rgba[0, :3].tolist() == scale.colours()[1].tolist()
    assert rgba[3, :3].tolist() == rgba[4, :3].tolist() == list(MISSING_RGB)
    saturation = np.ptp(rgba[:, :3].astype(int), axis=1)
    assert saturation[1] < 0.4 * saturation[0]
    good = {tuple(colour) for name in PALETTES for colour in sampled(name, np.linspace(0, 1, 7)).tolist()}
    assert tuple(rgba[1, :3].tolist()) not in good
    assert MISSING_RGB not in good


def test_what_is_no_number_is_missing_whatever_is_said() -> None:
    readings = Readings.of([np.nan, np.inf, 1.0, np.nan], [0, 0, 0, Condition.BAD])
    assert readings.condition.tolist() == [Condition.MISSING, Condition.MISSING, Condition.GOOD, Condition.BAD]
    with pytest.raises(ValueError, match="broadcast"):
        Readings.of([1.0, 2.0], [0, 0, 0])


def test_palettes_begin_and_end_where_they_should() -> None:
    for name, colours in PALETTES.items():
        ends = sampled(name, np.array([0.0, 1.0])).tolist()
        assert [tuple(end) for end in ends] == [hex_rgb(colours[0]), hex_rgb(colours[-1])]


@pytest.mark.parametrize("name", ["viridis", "cividis", "batlow"])
def test_sequential_palettes_grow_lighter(name) -> None:
    rgb = sampled(name, np.linspace(0.0, 1.0, 30)).astype(float)
    light = rgb @ [0.299, 0.587, 0.114]
    assert (np.diff(light) > -1.0).all()
    assert light[-1] - light[0] > 120


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=0, max_size=40),
    st.integers(1, 9),
    st.none() | st.floats(-1e6, 1e6),
)
def test_a_scale_for_values_has_seven_classes_at_most_and_its_target_on_an_edge(values, wanted, target) -> None:
    scale = scale_for(np.array(values), num_classes=wanted, target=target)
    assert 1 <= scale.num_classes <= MAX_CLASSES
    assert (np.diff(scale.edges) > 0).all()
    if target is not None:
        assert min(abs(edge - target) for edge in scale.edges) <= 1e-9 * max(1.0, abs(target))
    legend = scale.legend()
    assert len(legend) == scale.num_classes
    assert legend[0].low == -np.inf
    assert legend[-1].high == np.inf


def test_round_edges() -> None:
    assert scale_for(np.array([0.0, 70.0])).edges == (10.0, 20.0, 30.0, 40.0, 50.0, 60.0)
    assert scale_for(np.array([3.0, 3.0])).edges == ()
    assert scale_for(np.array([40.0, 160.0]), target=100.0).edges == (60.0, 80.0, 100.0, 120.0, 140.0)
    with pytest.raises(ValueError, match="ascending"):
        ColourScale((2.0, 1.0))


def test_places_tell_how_far_through_a_class_a_value_is() -> None:
    scale = ColourScale((10.0, 20.0))
    assert scale.places(np.array([5.0, 10.0, 15.0, 20.0])) == pytest.approx([0.5, 1.0, 1.5, 2.0])
    assert scale.places(np.array([-50.0, 500.0])) == pytest.approx([0.0, 3.0], abs=2e-3)


@pytest.mark.parametrize(
    ("value", "language", "decimals", "text"),
    [
        (0.8, "en", None, "0.8"),
        (12.345, "en", None, "12.3"),
        (12.3, "en", 2, "12.30"),
        (12345.0, "en", None, "12,345"),
        (370_000_000_000.0, "zh_CN", None, "3,700亿"),
        (150_000.0, "zh_CN", None, "15万"),
        (1_500_000.0, "en", None, "1.5M"),
        (2.5e9, "en", None, "2.5bn"),
        (-3.0, "en", 0, "−3"),
        (-0.001, "en", 1, "0.0"),
        (float("nan"), "en", None, "—"),
    ],
)
def test_numbers_as_people_write_them(value, language, decimals, text) -> None:
    assert number_text(value, language, decimals) == text
