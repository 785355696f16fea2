"""Which BIM buildings a demo city gets, from the bridge downstream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twin_app.demo.ifc.clinic import write_clinic
from twin_app.demo.ifc.housing import write_housing
from twin_app.demo.ifc.museum import write_museum
from twin_app.demo.ifc.project import Spec
from twin_app.demo.ifc.school import write_school
from twin_app.demo.ifc.tower import TowerLook, write_tower

_SLENDER = TowerLook(panes=(12, 9), storeys=17, setback=0.8, fin="white", spandrel="teal")


@dataclass(frozen=True, slots=True)
class Design:
    """A BIM building: ``write(spec, path)`` gives its number of elements; ``weight`` its share of the work."""

    key: str
    name_zh: str
    name_en: str
    use: str
    weight: float
    write: Callable[[Spec, Path], int]
    height_m: float


def _write_slender(spec: Spec, path: Path) -> int:
    return write_tower(spec, path, _SLENDER)


TOWER = Design("office_tower", "江汉数字大厦", "Jianghan Digital Tower", "办公", 4.0, write_tower, 105.0)
HOUSING = Design("housing", "江滩雅居1号楼", "Riverside Housing 1", "住宅", 3.0, write_housing, 42.0)
SCHOOL = Design("school", "沿江实验小学", "Riverside Primary School", "教育", 1.5, write_school, 17.0)
CLINIC = Design("clinic", "江城社区医院", "Jiangcheng Community Clinic", "医疗", 2.0, write_clinic, 32.0)
MUSEUM = Design("museum", "鹤翼城市展览馆", "Crane Wing City Museum", "文化", 1.0, write_museum, 20.0)
LABS = Design("innovation_tower", "长江科创中心", "Yangtze Innovation Centre", "办公", 3.0, _write_slender, 70.0)

PROGRAM: dict[str, tuple[Design, ...]] = {
    "small": (TOWER, HOUSING),
    "district": (CLINIC, MUSEUM, TOWER, LABS, SCHOOL, HOUSING),
}
