"""Resources from files: what is wrong in one costs that one, and what is written is read again."""

from __future__ import annotations

import pytest

from loaders.model.errors import CityTwinError
from twin_app.operation.dispatch import ResourceState
from twin_app.operation.model import CityEvent, Report, Status
from twin_app.operation.resources import Post, as_geojson, busy_in, from_file, state_of

CSV = """编号,名称,技能,经度,纬度,状态
a,抢修一队,municipal、power,114.3,30.6,
b,,municipal,114.3,30.6,
c,三队,,200,30.6,
a,又一队,,114.3,30.6,
d,四队,green,114.31,30.61,未值班
"""


def test_a_table_with_chinese_columns_is_read_and_what_is_wrong_is_told() -> None:
    posts, findings = from_file(CSV.encode("gb18030"), is_csv=True)
    assert posts == [
        Post("a", "抢修一队", frozenset({"municipal", "power"}), 114.3, 30.6),
        Post("d", "四队", frozenset({"green"}), 114.31, 30.61, on_duty=False),
    ]
    assert [(one.code, one.place) for one in findings] == [
        ("event.resource_lacks", "row 3"),
        ("event.resource_no_place", "row 4"),
        ("event.resource_doubled", "row 5"),
    ]


def test_what_is_written_is_read_again() -> None:
    posts = [Post("a", "一队", frozenset({"x", "y"}), 1.0, 2.0, False, True), Post("b", "B", frozenset(), 3.0, 4.0)]
    assert from_file(as_geojson(posts).encode(), is_csv=False) == (posts, [])


@pytest.mark.parametrize("data", [b"", b"id,name\n1,2\n", b"{", b'{"features": 5}', b"\xff\xfe\x00\x81"])
def test_nonsense_is_an_error_with_words(data: bytes) -> None:
    for is_csv in (True, False):
        with pytest.raises(CityTwinError, match=r"event\.(unreadable|no_columns)"):
            from_file(data, is_csv=is_csv)


def test_who_was_sent_is_busy_until_it_is_handled() -> None:
    post = Post("a", "A", frozenset(), 1.0, 2.0)
    report = Report("event.litter", 114.0, 30.0)
    sent = CityEvent("e", report, Status.DISPATCHED, 1, 2, resources=("a",))
    done = CityEvent("e", report, Status.HANDLED, 1, 2, resources=("a",))
    assert state_of(post, busy_in([sent, done])) is ResourceState.BUSY
    assert state_of(post, busy_in([done])) is ResourceState.FREE
