"""The packs that are shipped: complete, sound, and the plan's as the plan says."""

from __future__ import annotations

import math
import re
from importlib import resources

import pytest

from twin_app.indicators.definitions import Direction, Pack
from twin_app.indicators.reading import pack_of
from twin_app.indicators.registry import SHIPPED, indicators_of, pack_of_id, shipped_packs
from twin_app.live.numbers import quantity_text

# The plan's table: target and unit of the fourteen main goals, then of the figures in its text.
PLAN = [
    ("数字经济核心产业增加值", 3700, "3,700 亿元"),
    ("数字经济核心产业增加值占地区生产总值比重", 14, "14%"),
    ("每万人拥有 5G 基站数", 33, "33 个/万人"),
    ("500 Mbps 及以上用户占比", 90, "90%"),
    ("算力规模", 1500, "1,500 PFLOPS"),
    ("软件和信息技术服务业收入", 4500, "4,500 亿元"),
    ("电子信息制造业产值", 5500, "5,500 亿元"),
    ("工业互联网平台应用普及率", 55, "55%"),
    ("工业互联网标识解析二级节点数", 40, "40 个"),
    ("电子商务交易额", 30_000, "30,000 亿元"),
    ("公共信息资源开放率", 90, "90%"),
    ("城市事件联动指挥处置率", 90, "90%"),
    ("城市管理事项和指标数据汇聚率", 90, "90%"),
    ("智慧城市应用场景数", 100, "100 个"),
    ("新建数据中心 PUE", 1.25, "1.25"),
    ("改造后数据中心 PUE", 1.3, "1.3"),
    ("高性能算力占比", 35, "35%"),
    ("机架利用率", 70, "70%"),
    ("移动端可办服务事项数", 800, "800 项"),
    ("证照电子化率", 95, "95%"),
    ("每年应用场景数", 200, "200 个"),
    ("智能工厂数", 100, "100 个"),
]


def test_the_plan_is_what_the_plan_says_line_by_line() -> None:
    pack = pack_of_id(shipped_packs(), "wuhan-digital-economy-2026")
    found = [(one.name.zh, one.target, quantity_text(one.target, one.unit, "zh_CN")) for one in pack.indicators]
    assert found == PLAN
    assert all(one.year == 2026 and one.clause.zh and one.clause.en for one in pack.indicators)
    lower = [one.id for one in pack.indicators if one.direction == Direction.LOWER]
    assert lower == ["text.pue_new", "text.pue_refitted"]
    assert [one.id for one in pack.indicators if one.strict] == ["text.high_performance_share"]


def test_nobody_invents_where_the_city_stands() -> None:
    pack = pack_of_id(shipped_packs(), "wuhan-digital-economy-2026")
    assert all(math.isnan(one.baseline) and not one.model for one in pack.indicators)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_pack_is_read_without_a_finding(name: str) -> None:
    file = resources.files("assets") / "indicators" / f"{name}.toml"
    pack, findings = pack_of(file.read_text("utf-8"), name)
    assert findings == []
    assert pack.indicators
    assert {one.group for one in pack.indicators} == set(pack.groups)


def test_every_pack_file_is_registered() -> None:
    folder = resources.files("assets") / "indicators"
    assert {file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")} == set(SHIPPED)


@pytest.mark.parametrize("pack", shipped_packs(), ids=lambda pack: pack.id)
def test_what_an_indicator_says_of_itself_fits(pack: Pack) -> None:
    for one in pack.indicators:
        assert one.definition.zh, one.id
        assert one.definition.en, one.id
        assert one.interval_s > 0.0, one.id
        for number in (one.target, *(limit.value for limit in one.thresholds)):
            assert math.isnan(number) or one.low <= number <= one.high, one.id
        if one.band:
            inside = [limit for limit in one.thresholds if one.band[0] < limit.value < one.band[1]]
            assert not inside, one.id


@pytest.mark.parametrize("pack", shipped_packs(), ids=lambda pack: pack.id)
def test_the_chinese_is_chinese_and_the_english_english(pack: Pack) -> None:
    words = [pack.name, *pack.groups.values()]
    words += [text for one in pack.indicators for text in (one.name, one.definition, one.clause) if text.zh]
    assert not [text for text in words if not re.search(r"[\u3400-\u9fff]", text.zh)]
    assert not [text for text in words if re.search(r"[\u3400-\u9fff]", text.en)]
    assert not [text for text in words if re.search(r"[\u3400-\u9fff][,:;!?()]", text.zh)]


def test_ids_are_unique_over_all_packs() -> None:
    packs = shipped_packs()
    assert len(indicators_of(packs)) == sum(len(pack.indicators) for pack in packs)
    assert len({pack.id for pack in packs}) == len(packs)


def test_themes_and_fields() -> None:
    packs = {pack.id: pack for pack in shipped_packs()}
    assert [words.zh for words in packs["city-health-check"].groups.values()] == [
        "生态宜居",
        "健康舒适",
        "安全韧性",
        "交通便捷",
        "风貌特色",
        "整洁有序",
        "多元包容",
        "创新活力",
    ]
    assert len(packs["sensor-fields"].groups) == 6
