"""`citytwin query`: rows of real sources, and what bad or hostile statements get."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.model.errors import CityTwinError
from tests.support.commands import citytwin, grid, only_json
from tests.support.houses import write_houses
from twin_app.usecases.querying import warehouse_over
from twin_app.warehouse.database import Limits, Warehouse
from twin_app.warehouse.wording import rows_of, table_lines


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three houses: told in Chinese, told in English, and one of which only the body tells."""
    told = (
        {"房屋编码": "420102A", "建筑高度": 12.0, "层数": 4, "建筑面积": 800.0, "用途": "住宅", "note": "=1+1"},
        {"measuredHeight": 30.5, "storeysAboveGround": 10, "floorArea": 2000.0, "function": "office"},
        {},
    )
    return write_houses(tmp_path_factory.mktemp("city") / "街区.city.json", told)


@pytest.fixture
def warehouse(city: Path) -> Iterator[Warehouse]:
    with warehouse_over([city], Limits(seconds=2.0, memory_mb=200)) as (opened, problems):
        assert not problems
        yield opened


def _all(warehouse: Warehouse, sql: str) -> list[list[object]]:
    return [row for batch in warehouse.ask(sql).batches for row in rows_of(batch)]


def test_houses_are_told_alike_whatever_the_source_calls_things(warehouse: Warehouse) -> None:
    sql = "SELECT id, code, height_m, storeys, area_m2, use, footprint_m2 FROM houses ORDER BY id"
    assert _all(warehouse, sql) == [
        ["house-0", "420102A", 12.0, 4, 800.0, "住宅", None],
        ["house-1", None, 30.5, 10, 2000.0, "office", None],
        ["house-2", None, 9.0, None, None, None, None],
    ]


def test_views_of_what_is_not_there_are_empty_and_have_their_columns(warehouse: Warehouse) -> None:
    for view, column in (("observations", "value"), ("events", "status")):
        assert _all(warehouse, f"SELECT {column} FROM {view}") == []
        assert column in warehouse.ask(f"SELECT * FROM {view}").schema.names


def test_two_sources_are_one_numbering_told_apart_by_their_columns(city: Path, tmp_path: Path) -> None:
    other = grid(tmp_path / "地形.asc")
    with warehouse_over([city, other]) as (opened, _):
        counts = _all(opened, "SELECT layer, source, count(*) FROM objects GROUP BY ALL ORDER BY min(object)")
        assert [(layer, source) for layer, source, _ in counts] == [
            ("街区.city.json", str(city)),
            ("地形.asc", str(other)),
        ]
        joined = "SELECT count(*), count(DISTINCT o.object) FROM objects o"
        ((rows, distinct),) = _all(opened, joined)
        assert rows == distinct == sum(int(str(count)) for *_, count in counts)
        same = "SELECT count(*) FROM properties p JOIN objects o USING (object) WHERE p.layer = o.layer"
        assert _all(opened, same) == _all(opened, "SELECT count(*) FROM properties")


@pytest.mark.parametrize(
    ("sql", "code", "place"),
    [
        ("DROP VIEW objects", "warehouse.not_a_question", "SQL"),
        ("COPY (SELECT 1) TO 'x.csv'", "warehouse.not_a_question", "SQL"),
        ("ATTACH 'x.db'", "warehouse.not_a_question", "SQL"),
        ("SET memory_limit = '64GB'", "warehouse.not_a_question", "SQL"),
        ("INSTALL httpfs", "warehouse.not_a_question", "SQL"),
        ("CREATE TABLE x AS SELECT 1", "warehouse.not_a_question", "SQL"),
        ("SELECT * FROM read_csv('/etc/passwd')", "warehouse.closed", "SQL:1:15"),
        ("SELECT *\nFROM read_text('/etc/passwd')", "warehouse.closed", "SQL:2:6"),
        ("SELECT * FROM glob('/*')", "warehouse.closed", "SQL:1:15"),
        ("SELECT * FROM '/etc/passwd'", "warehouse.no_table", "SQL:1:15"),
        ("SELECT * FROM sources", "warehouse.no_table", "SQL:1:15"),
        ("SELECT getenv('HOME')", "warehouse.bad_statement", "SQL:1:8"),
        ("SELEC 1", "warehouse.bad_statement", "SQL:1:1"),
        ("SELECT 1;\nSELECT 2", "warehouse.not_one", "SQL"),
        ("", "warehouse.not_one", "SQL"),
        ("SELECT 'a'::INTEGER", "warehouse.bad_statement", "SQL:1:11"),
        ("WITH RECURSIVE r AS (SELECT 1 i UNION ALL SELECT i FROM r) SELECT count(*) FROM r", "", "SQL"),
        ("SELECT string_agg(range::VARCHAR) FROM range(1000000000)", "warehouse.too_much", "SQL"),
        ("SELECT count(*) FROM range(10000000) a, range(10000000) b", "warehouse.too_long", "SQL"),
    ],
)
def test_a_bad_statement_is_one_error_with_its_place(warehouse: Warehouse, sql: str, code: str, place: str) -> None:
    begun_s = time.monotonic()
    with pytest.raises(CityTwinError) as caught:
        _all(warehouse, sql)
    assert caught.value.code in ({code} if code else {"warehouse.too_long", "warehouse.too_much"})
    assert caught.value.place == place
    assert time.monotonic() - begun_s < 6.0
    assert _all(warehouse, "SELECT count(*) FROM houses") == [[3]]  # and the next one is answered


def test_a_huge_answer_comes_in_batches_and_can_be_left(warehouse: Warehouse) -> None:
    rows = warehouse.ask("SELECT range FROM range(1000000000000)")
    first = next(rows.batches)
    assert 0 < first.num_rows <= 1_000_000


def test_it_can_be_cancelled_from_elsewhere(city: Path) -> None:
    with warehouse_over([city], Limits(seconds=60.0)) as (opened, _):
        timer = threading.Timer(0.3, opened.cancel)
        timer.start()
        with pytest.raises(CityTwinError, match=r"warehouse\.cancelled"):
            _all(opened, "SELECT count(*) FROM range(10000000) a, range(10000000) b")
        timer.join()


def test_every_type_becomes_json(warehouse: Warehouse) -> None:
    sql = """SELECT 1::DECIMAL(38,2) a, INTERVAL 1 MONTH b, DATE '2020-01-01' c, {'k': 1} d, [1, NULL] e, 'x'::BLOB f,
        'nan'::DOUBLE g, 'infinity'::TIMESTAMP h, TIMESTAMPTZ '2026-11-25 08:00:00+08' i, NULL j, 2::HUGEINT k,
        TIME '10:00' l, MAP {'城': 2} m, 1 a"""
    rows = warehouse.ask(sql)
    ((*values,),) = [row for batch in rows.batches for row in rows_of(batch)]
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert (values[0], values[2], values[6]) == (1, "2020-01-01", None)
    assert values[8] == "2026-11-25T00:00:00Z"
    assert values[4] == [1, None]


def test_json_lines_and_chinese_names(city: Path) -> None:
    sql = "SELECT id AS 编号, height_m AS \"高 度\" FROM houses 房屋 WHERE code = '420102A'"
    code, out, _ = citytwin("query", city, sql, "--json")
    assert (code, only_json(out)) == (0, [{"编号": "house-0", "高 度": 12.0}])


def test_csv_is_for_spreadsheets_and_runs_nothing(city: Path) -> None:
    sql = "SELECT name, value, -1.5 AS n, '@SUM(A1)' AS \"=2\" FROM properties WHERE name = 'note'"
    code, out, _ = citytwin("query", city, sql, "--csv")
    assert code == 0
    assert out.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(out[1:]))) == [
        ["name", "value", "n", "'=2"],
        ["note", "'=1+1", "-1.5", "'@SUM(A1)"],
    ]


def test_people_get_a_table_and_one_sentence(city: Path) -> None:
    code, out, _ = citytwin("query", city, "SELECT code, use FROM houses WHERE code IS NOT NULL", language="zh_CN")
    assert (code, out.split()) == (0, ["code", "use", "───────", "────", "420102A", "住宅"])
    code, out, err = citytwin("query", city, "SELECT * FROM nothing", language="zh_CN")
    assert (code, out) == (2, "")
    assert "没有名为 nothing 的表" in err
    assert "Traceback" not in err


def test_one_source_of_two_unread_is_exit_1_and_all_is_2(city: Path) -> None:
    code, out, err = citytwin("query", city, "missing.ifc", "SELECT count(*) n FROM houses", "--json")
    assert (code, only_json(out)) == (1, [{"n": 3}])
    assert "missing.ifc" in err
    code, out, _ = citytwin("query", "missing.ifc", "SELECT 1", "--json")
    assert (code, set(only_json(out)[0])) == (2, {"error"})


def test_columns_of_a_table_stand_under_each_other() -> None:
    lines = table_lines(["名称", "n"], [["甲", 1.5], ["long", 1234567.25], ["x" * 99, None]])
    assert lines[0].startswith("名称 ")
    assert lines[2].endswith("          1.5")
    assert lines[3].endswith("1,234,567.25")
    assert "…" in lines[4]
