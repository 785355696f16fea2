"""Files of values: the shapes in which people keep them, watched as they grow, played in their own time."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from tests.support.waiting import until
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.registry import kind_of, make_feed
from twin_app.live.hub import Hub
from twin_app.live.tables import read_values
from twin_app.live.values import Quality, time_us_of

LONG = (
    "时间,测点,指标,数值,单位\n2026-11-23T12:00:00Z,7 号站,PM2.5,12.5,ug/m3\n2026-11-23T12:05:00Z,7 号站,PM2.5,,ug/m3\n"
)
WIDE = 'Time;Inlet;Outlet\n2026-11-23T12:00:00Z;1;"2"\n2026-11-23T12:05:00Z;3;fault\n'


def test_a_long_table_with_chinese_heads_in_both_encodings(tmp_path: Path) -> None:
    for encoding in ("utf-8-sig", "gbk"):
        path = tmp_path / "a.csv"
        path.write_bytes(LONG.encode(encoding))
        values = read_values(path, "f")
        assert [(info.key, info.unit, info.indicator) for info in values.infos] == [
            ("f/7 号站 · PM2.5", "ug/m3", "PM2.5")
        ]
        first, second = values.observations
        assert (first.value, first.time_us) == (12.5, time_us_of("2026-11-23T12:00:00Z"))
        assert math.isnan(second.value)
        assert second.quality == Quality.BAD


def test_a_wide_table_has_a_stream_for_each_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(WIDE, "utf-8")
    values = read_values(path, "f")
    assert [(one.key, one.value) for one in values.observations] == [
        ("f/Inlet", 1.0),
        ("f/Outlet", 2.0),
        ("f/Inlet", 3.0),
    ]
    assert values.unreadable == 1


def test_workbooks_and_parquet_say_the_same(tmp_path: Path) -> None:
    moments = [datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 23, 13, tzinfo=UTC)]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["time", "power"])
    for moment, value in zip(moments, (1.5, 2.5), strict=True):
        sheet.append([moment.astimezone().replace(tzinfo=None), value])
    book.save(tmp_path / "a.xlsx")
    pq.write_table(pa.table({"time": moments, "power": [1.5, 2.5]}), tmp_path / "a.parquet")
    one, other = (read_values(tmp_path / name, "f").observations for name in ("a.xlsx", "a.parquet"))
    assert one == other
    assert [time.time_us for time in one] == [round(moment.timestamp() * 1e6) for moment in moments]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1700000000", 1.7e9),
        ("1700000000000", 1.7e9),
        ("2023-11-14T22:13:20Z", 1.7e9),
        ("2023/11/15 06:13:20+08:00", 1.7e9),
    ],
)
def test_times_as_people_write_them(tmp_path: Path, text: str, seconds: float) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"time,v\n{text},1\n", "utf-8")
    assert read_values(path, "f").observations[0].time_us == 1_700_000_000_000_000


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.csv", b"a,b\n1,2\n", "table.no_time"),
        ("a.csv", b"", "table.no_time"),
        ("a.csv", b"\xff\xfe\x00", "table.encoding"),
        ("a.xlsx", b"PK\x03\x04 nothing", "table.unreadable"),
        ("a.parquet", b"PAR1", "table.unreadable"),
        ("a.doc", b"x", "table.unknown"),
    ],
)
def test_what_is_no_table_says_so(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(CityTwinError) as caught:
        read_values(path, "f")
    assert caught.value.code == code


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes, headed: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((b"time,v\n" if headed else b"") + data)
    try:
        values = read_values(path, "f")
    except CityTwinError as error:
        refused = error.code
    else:
        refused = ""
        assert all(math.isfinite(one.value) or one.quality == Quality.BAD for one in values.observations)
    assert refused in {"", "table.no_time", "table.unreadable", "table.encoding"}


def test_what_is_added_to_a_watched_file_comes(tmp_path: Path) -> None:
    path, hub = tmp_path / "a.csv", Hub(beat_s=0.01)
    kept: list[float] = []
    hub.on_batch.append(lambda batch: kept.extend(batch.values.tolist()))
    assert kind_of(str(path)).id == "table"
    hub.start("f", make_feed(FeedSpec("f", str(path), options={"interval": "0.02"})))
    until(lambda: hub.feeds()["f"].state is FeedState.LOST)
    path.write_text("time,v\n2026-11-23T12:00:00Z,1\n", "utf-8")
    until(lambda: kept == [1.0])
    with path.open("a", encoding="utf-8") as file:
        file.write("2026-11-23T12:01:00Z,2\n")
    until(lambda: kept == [1.0, 2.0])
    hub.close()


def test_a_played_file_keeps_its_pace_and_ends(tmp_path: Path) -> None:
    path, hub = tmp_path / "a.csv", Hub(beat_s=0.01)
    path.write_text("time,v\n2020-01-01T00:00:20Z,3\n2020-01-01T00:00:00Z,1\n2020-01-01T00:00:10Z,2\n", "utf-8")
    kept: list[tuple[int, float]] = []
    hub.on_batch.append(lambda batch: kept.extend(zip(batch.source_us.tolist(), batch.values.tolist(), strict=True)))
    hub.start("f", make_feed(FeedSpec("f", path.as_uri(), options={"mode": "play", "speed": "50"})))
    until(lambda: hub.feeds()["f"].state is FeedState.ENDED)
    hub.close()
    assert [value for _, value in kept] == [1.0, 2.0, 3.0]
    assert kept[2][0] - kept[0][0] == 400_000
