"""The street network: avenues along the river, streets across, one diagonal, and the blocks between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin_app.demo.frame import Site
from twin_app.demo.river import CITY_FROM_WATER_M, LEVEE_TOP_FROM_WATER_M, River
from twin_app.demo.terrain import Ground

AVENUE, STREET, LANE, PATH = "avenue", "street", "lane", "path"
_CARRIAGEWAY_M = {AVENUE: 21.0, STREET: 13.0, LANE: 8.0, PATH: 4.0}
_SIDEWALK_M = {AVENUE: 5.5, STREET: 4.0, LANE: 2.5, PATH: 0.0}
_ALONG = (
    ("沿江大道", CITY_FROM_WATER_M + 14, AVENUE), ("洞庭街", 230.0, LANE), ("中山大道", 370.0, AVENUE),
    ("鄱阳街", 490.0, STREET), ("京汉大道", 640.0, AVENUE), ("球场街", 770.0, STREET),
    ("解放大道", 900.0, AVENUE), ("澳门路", 1030.0, STREET), ("建设大道", 1160.0, AVENUE),
)  # fmt: skip
_ACROSS = ("黎黄陂路", "车站路", "蔡锷路", "南京路", "大智路", "兰陵路", "一元路", "三阳路", "五福路", "六合路",
           "卢沟桥路", "郝梦龄路", "陈怀民路", "张自忠路", "天声街", "黄兴路", "苗栗路", "头道街")  # fmt: skip
_SOUTH = (("滨江大道", -(CITY_FROM_WATER_M + 10), STREET), ("晴川大道", -215.0, LANE), ("鹦鹉大道", -345.0, STREET))

_EN = {
    "沿江大道": "Yanjiang Avenue", "洞庭街": "Dongting Street", "中山大道": "Zhongshan Avenue",
    "鄱阳街": "Poyang Street", "京汉大道": "Jinghan Avenue", "球场街": "Qiuchang Street",
    "解放大道": "Jiefang Avenue", "澳门路": "Aomen Road", "建设大道": "Jianshe Avenue",
    "黎黄陂路": "Lihuangpi Road", "车站路": "Chezhan Road", "蔡锷路": "Cai'e Road", "南京路": "Nanjing Road",
    "大智路": "Dazhi Road", "兰陵路": "Lanling Road", "一元路": "Yiyuan Road", "三阳路": "Sanyang Road",
    "五福路": "Wufu Road", "六合路": "Liuhe Road", "卢沟桥路": "Lugouqiao Road", "郝梦龄路": "Haomengling Road",
    "陈怀民路": "Chenhuaimin Road", "张自忠路": "Zhangzizhong Road", "天声街": "Tiansheng Street",
    "黄兴路": "Huangxing Road", "苗栗路": "Miaoli Road", "头道街": "Toudao Street",
    "长江二桥路": "Second Bridge Road", "黄浦大街": "Huangpu Avenue", "滨江大道": "Binjiang Avenue",
    "晴川大道": "Qingchuan Avenue", "鹦鹉大道": "Yingwu Avenue",
}  # fmt: skip


def street_name_en(name: str) -> str:
    """What a street is called in English; one south of the river by its namesake in the north."""
    plain = name.removeprefix("汉阳")
    english = _EN.get(plain, name)
    return f"Hanyang {english}" if plain != name and plain in _EN else english


@dataclass(frozen=True, slots=True)
class Street:
    """A street's centre line in site metres with its rank."""

    name: str
    rank: str
    line: shapely.LineString

    @property
    def carriageway(self) -> shapely.Polygon:
        """The paved strip for vehicles."""
        return self.line.buffer(_CARRIAGEWAY_M[self.rank] / 2, cap_style="flat", join_style="round", quad_segs=4)

    @property
    def whole(self) -> shapely.Polygon:
        """The strip with its sidewalks."""
        half = _CARRIAGEWAY_M[self.rank] / 2 + _SIDEWALK_M[self.rank]
        return self.line.buffer(half, cap_style="flat", join_style="round", quad_segs=4)


@dataclass(frozen=True, slots=True)
class Network:
    """All streets by falling rank, the bridge's axis, and the blocks between the streets."""

    streets: tuple[Street, ...]
    bridge_x_m: float
    blocks: tuple[shapely.Polygon, ...]
    parks: tuple[tuple[str, shapely.Polygon], ...]


def bridge_position_m(site: Site) -> float:
    """Where along the river the bridge crosses."""
    return 0.30 * site.width_m


def _wiggle(line: shapely.LineString, amplitude_m: float, phase: float) -> shapely.LineString:
    xy = np.array(line.coords)
    along = np.arange(len(xy)) / 14.0
    xy[:, 1] += amplitude_m * np.sin(along + phase)
    return shapely.LineString(xy)


def _along_streets(site: Site, river: River, rng: np.random.Generator) -> list[Street]:
    streets = []
    for name, inland, rank in (*_ALONG, *_SOUTH):
        sign = 1.0 if inland > 0 else -1.0
        line = river.line(inland + sign * river.half_width_m)
        wiggle = 0.0 if abs(inland) < 120 else 7.0
        streets.append(Street(name, rank, _wiggle(line, wiggle, rng.uniform(0, 6))))
    return streets


def _cross_line(river: River, x_m: float, from_m: float, to_m: float, phase: float) -> shapely.LineString:
    across = np.linspace(from_m, to_m, 40)
    sway = 9.0 * np.sin((across - from_m) / 240.0 + phase) - 9.0 * np.sin(phase)
    return shapely.LineString(river.point(x_m + sway, across))


def _cross_streets(site: Site, river: River, rng: np.random.Generator) -> list[Street]:
    bank = river.half_width_m
    north, south = bank + CITY_FROM_WATER_M + 14, -(bank + CITY_FROM_WATER_M + 10)
    streets = []
    x, index = -40.0, 0
    bridge = bridge_position_m(site)
    while x < site.width_m + 700:
        x += rng.uniform(128, 176)
        if abs(x - bridge) < 85:
            continue
        rank = (STREET, LANE, LANE, STREET, AVENUE)[index % 5]
        name = _ACROSS[index % len(_ACROSS)]
        streets.append(Street(name, rank, _cross_line(river, x, north, north + site.depth_m, rng.uniform(0, 6))))
        if index % 2:
            streets.append(Street(f"汉阳{name}", LANE, _cross_line(river, x, south, south - 700, rng.uniform(0, 6))))
        index += 1
    bridge_line = shapely.LineString(river.point(bridge, np.array([south - 800, south, 0, north, north + 3000])))
    return [Street("长江二桥路", AVENUE, bridge_line), *streets]


def _diagonal(site: Site, river: River) -> Street:
    start = river.point(bridge_position_m(site) + 4, river.half_width_m + 372.0)[0]
    end = start + np.array([0.62, 0.78]) * 1.5 * site.width_m
    return Street("黄浦大街", AVENUE, shapely.LineString([start, end]))


def _parks(ground: Ground) -> tuple[tuple[str, shapely.Polygon], ...]:
    names = ("龟山公园", "晴川山公园", "后湖山公园")
    hills = [(name, hill.foot().buffer(-12.0)) for name, hill in zip(names, ground.hills, strict=True)]
    return (("月湖公园", ground.lake.buffer(42.0)), *hills)


def lay_out(ground: Ground, rng: np.random.Generator) -> Network:
    """Streets and blocks of a site; nothing crosses the parks but their ring roads."""
    site, river = ground.site, ground.river
    area = shapely.box(0, 0, site.width_m, site.depth_m)
    parks = _parks(ground)
    green = shapely.union_all([park for _, park in parks])
    river_side = shapely.union_all([river.strip(-2 * river.half_width_m - CITY_FROM_WATER_M, CITY_FROM_WATER_M)])
    land = area.difference(river_side)
    drafts = [*_along_streets(site, river, rng), *_cross_streets(site, river, rng), _diagonal(site, river)]
    rings = [Street(f"{name}环路", LANE, shapely.LineString(park.buffer(10).exterior.coords)) for name, park in parks]
    streets = [*_cut(drafts, land.difference(green.buffer(10)), area), *_cut(rings, land, area)]
    order = {AVENUE: 0, STREET: 1, LANE: 2}
    streets.sort(key=lambda s: order[s.rank])
    streets.append(Street("江滩步道", PATH, river.line(river.half_width_m + 24.0).intersection(area)))
    streets.append(Street("江堤绿道", PATH, river.line(river.half_width_m + LEVEE_TOP_FROM_WATER_M).intersection(area)))
    paved = shapely.union_all([s.whole for s in streets if s.rank != PATH])
    blocks = land.difference(green).difference(paved)
    named = tuple((name, _clean(park.intersection(land))) for name, park in parks)
    return Network(
        tuple(streets), bridge_position_m(site), _blocks(blocks), tuple((n, p) for n, p in named if not p.is_empty)
    )


def _cut(streets: list[Street], keep: BaseGeometry, area: BaseGeometry) -> list[Street]:
    cut = []
    for street in streets:
        parts = street.line.intersection(keep).intersection(area)
        for part in shapely.get_parts(shapely.line_merge(parts)):
            if part.geom_type == "LineString" and part.length > 30:
                cut.append(Street(street.name, street.rank, part.simplify(0.05)))
    return cut


def _blocks(area: BaseGeometry) -> tuple[shapely.Polygon, ...]:
    parts = shapely.get_parts(area.buffer(-3.0).buffer(3.0, quad_segs=3))
    found = [part.simplify(0.3) for part in parts if part.area > 250]
    return tuple(sorted(found, key=lambda p: (round(p.centroid.y), round(p.centroid.x))))


def _clean(shape: BaseGeometry) -> BaseGeometry:
    return shapely.union_all([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and p.area > 100])
