"""Events in and out: the round trip keeps all, and what is wrong in one row costs that row."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from twin_app.operation.arrow import SCHEMA, events_table
from twin_app.operation.classes import event_classes
from twin_app.operation.exchange import as_csv, as_geojson, from_csv, from_geojson
from twin_app.operation.flow import after
from twin_app.operation.model import Action, CityEvent, Level, Report, Role, Step
from twin_app.operation.records import Reader

READER = Reader("导入", box_deg=(113.0, 29.0, 116.0, 32.0))
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
names = words.filter(lambda text: bool(text.strip()))
reports = st.builds(
    Report,
    class_id=names,
    lon_deg=st.floats(113.0, 116.0),
    lat_deg=st.floats(29.0, 32.0),
    level=st.sampled_from(list(Level)),
    source=words,
    title=st.one_of(words, st.sampled_from(["=1+1", "'=x", "''", "@a", "-1", "\tx", "\r\n=y", 'a"b,c\nd'])),
    picture=words,
    accept_s=st.floats(1e-3, 1e9),
    handle_s=st.floats(1e-3, 1e9),
    simulated=st.booleans(),
)


def event_of(event_id: str, report: Report, time_ms: int = 0) -> CityEvent:
    return after(None, Step(event_id, Action.REPORT, time_ms * 1000, "王芳", Role.GRID, report=report))


@given(st.dictionaries(names, st.tuples(reports, st.integers(0, 2**41)), max_size=5))
@settings(deadline=None)
def test_the_round_trip_keeps_all(given_reports: dict[str, tuple[Report, int]]) -> None:
    events = [event_of(event_id, *told) for event_id, told in given_reports.items()]
    for written, read in ((as_csv, from_csv), (as_geojson, from_geojson)):
        steps, findings = read(written(events).encode(), READER)
        assert findings == []
        assert [(one.event, one.report, one.time_us) for one in steps] == [
            (one.id, one.report, one.reported_us) for one in events
        ]


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_nonsense_is_told_and_never_falls(data: bytes) -> None:
    for read in (from_csv, from_geojson):
        for given_data in (data, b"id,class,lon,lat,time\n" + data, b'{"features": [' + data + b"]}"):
            try:
                steps, _ = read(given_data, READER)
            except CityTwinError:
                continue
            assert all(after(None, one) for one in steps)


ROWS = """编号,类别,等级,经度,纬度,上报时间,描述
a,event.litter,4,114.3,30.6,2026-11-25T08:00:00+08:00,垃圾
b,event.litter,4,30.6,114.3,2026-11-25T08:00:00,换了
c,event.litter,9,114.3,30.6,2026-11-25T08:00:00,
d,,4,114.3,30.6,2026-11-25T08:00:00,
e,event.litter,4,inf,30.6,2026-11-25T08:00:00,
f,event.litter,4,114.3,30.6,yesterday,
a,event.litter,4,114.3,30.6,2026-11-25T08:00:00,
g,event.litter

h,event.litter,,114.3,30.6,2026-11-25 09:00:00,'=1+1
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_rows_that_are_wrong_are_told_and_the_rest_goes_on(encoding: str) -> None:
    steps, findings = from_csv(ROWS.encode(encoding), READER)
    assert [one.event for one in steps] == ["a", "h"]
    assert [one.report.title for one in steps if one.report] == ["垃圾", "=1+1"]
    assert steps[0].time_us == 1_795_564_800_000_000
    assert [(one.place, one.code) for one in findings] == [
        ("row 3", "event.swapped"),
        ("row 4", "event.field_wrong"),
        ("row 5", "event.field_missing"),
        ("row 6", "event.field_wrong"),
        ("row 7", "event.field_wrong"),
        ("row 8", "event.known_already"),
        ("row 9", "event.field_missing"),
    ]


def test_columns_that_are_missing_are_named() -> None:
    with pytest.raises(CityTwinError) as caught:
        from_csv(b"id,lon\n1,2\n", READER)
    assert caught.value.arguments == {"columns": "class, lat, time"}


def test_features_that_are_wrong_are_told() -> None:
    good = json.loads(as_geojson([event_of("a", Report("event.litter", 114.3, 30.6))]))["features"][0]
    assert good["geometry"] == {"type": "Point", "coordinates": [114.3, 30.6]}
    line = good | {"geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}
    deep = good | {"properties": good["properties"] | {"title": [[1]]}}
    steps, findings = from_geojson(json.dumps({"features": [7, None, line, deep, good]}).encode(), READER)
    assert [one.event for one in steps] == ["a"]
    assert len(findings) == 4


def test_no_cell_is_a_formula() -> None:
    event = event_of("=cmd()", Report("event.litter", 114.3, 30.6, source="@x", title="+1"))
    (row,) = list(csv.reader(io.StringIO(as_csv([event]).removeprefix("\ufeff"), newline="")))[1:]
    assert [text for text in row if text.startswith(("=", "+", "@"))] == []


def test_the_table_of_events() -> None:
    event = replace(
        event_of("a", Report("event.litter", 114.3, 30.6, project_m=(1.0, 2.0), simulated=True)), resources=("r",)
    )
    table = events_table([event, event_of("b", Report("x", 1.0, 2.0))], 0)
    assert table.schema == SCHEMA
    first, second = table.to_pylist()
    assert (first["easting_m"], first["simulated"], first["resources"], first["status"]) == (
        1.0,
        True,
        ["r"],
        "reported",
    )
    assert (second["easting_m"], second["accepted"], second["simulated"]) == (None, None, False)
    assert events_table([], 0).schema == SCHEMA


def test_classes_have_names_and_limits() -> None:
    classes = event_classes().values()
    assert {one.kind for one in classes} == {"component", "event"}
    assert all(one.zh and one.en and one.handle_s >= one.accept_s > 0 and one.daily > 0 for one in classes)
