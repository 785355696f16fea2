"""Which sensor a stream's code or name means: the only one, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.model.scene import ObjectRef
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.usecases.sensors import Sensor, SensorNames, listed, unbound


def sensor(row: int, name: str = "", tag: str = "") -> Sensor:
    return Sensor(ObjectRef("a", row), "IfcSensor", name, tag, "A")


SENSORS = (sensor(0, "Supply air", "TT-101"), sensor(1, "TT-102"), sensor(2, "Twin", "X"), sensor(3, "Twin", "Y"))


@pytest.mark.parametrize(
    ("info", "row"),
    [
        (StreamInfo("f/1", "TT-101"), 0),
        (StreamInfo("f/1", " supply  AIR "), 0),
        (StreamInfo("f/TT-102"), 1),
        (StreamInfo("f/1", link=Link(LinkKind.CODE, "tt-102")), 1),
        (StreamInfo("f/1", "Roof · Supply air"), 0),
        (StreamInfo("f/1", "Twin"), None),  # two are called so
        (StreamInfo("f/1", "Y"), 3),
        (StreamInfo("f/1", "TT"), None),
        (StreamInfo("f/1", "TT-101", link=Link(LinkKind.GUID, "elsewhere")), None),
        (StreamInfo("f/1", "TT-101", link=Link(LinkKind.PLACE, place=(1.0, 2.0, 3.0))), None),
        (StreamInfo("f/", ""), None),
    ],
)
def test_tags_come_before_names(info: StreamInfo, row: int | None) -> None:
    found = SensorNames(SENSORS, [info]).find(info)
    assert found == (None if row is None else ObjectRef("a", row))


def test_a_last_word_that_many_streams_have_means_nothing() -> None:
    infos = [StreamInfo(f"f/{room}", f"Room {room} · Supply air") for room in "ab"]
    names = SensorNames(SENSORS, infos)
    assert [names.find(info) for info in infos] == [None, None]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "y"])), max_size=6), st.sampled_from("abcxy")
)
def test_never_one_of_several(made: list[tuple[str, str]], word: str) -> None:
    sensors = [sensor(row, name, tag) for row, (name, tag) in enumerate(made)]
    found = SensorNames(sensors).find(StreamInfo("f/1", word))
    if found is not None:
        own = sensors[found.row]
        same_tag = [one for one in sensors if one.tag == word]
        assert same_tag == [own] or (own.name == word and [one for one in sensors if one.name == word] == [own])


def test_lists() -> None:
    infos = [StreamInfo("f/1"), StreamInfo("f/2", link=Link(LinkKind.PLACE, place=(1.0, 2.0, 3.0))), StreamInfo("f/3")]
    objects = [ObjectRef("a", 0), None, None]
    assert unbound(infos, objects) == [2]
    assert [(one.sensor.ref.row, one.rows) for one in listed(SENSORS, objects)] == [
        (1, ()),
        (2, ()),
        (3, ()),
        (0, (0,)),
    ]
