"""What all the demo buildings are put together from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from twin_app.demo.ifc.fitout import Rooms, Services
from twin_app.demo.ifc.kit import Kit, Storey
from twin_app.demo.ifc.openings import Hole, WallKind, add_wall, door_kind
from twin_app.demo.ifc.project import Spec
from twin_app.demo.ifc.stairs import RailingMaker, StairMaker
from twin_app.demo.ifc.structure import Rect, Structure, ring_of


class Parts:
    """One building's kit with the makers that share its types."""

    def __init__(
        self, spec: Spec, *, glass_rail: bool = False, rail_colour: str = "dark", slab_colour: str = "concrete"
    ) -> None:
        self.spec = spec
        self.kit = Kit(spec)
        self.structure = Structure(self.kit, slab_colour)
        self.railings = RailingMaker(self.kit, glass=glass_rail, colour=rail_colour)
        self.stairs = StairMaker(self.kit, self.railings)
        self.rooms = Rooms(self.kit)
        self.services = Services(self.kit)
        self.room_door = door_kind(self.kit, "木质单开门 900×2100", 0.9, 2.1)
        self.glass_door = door_kind(self.kit, "玻璃双开门 1800×2500", 1.8, 2.5, glazed=True)
        self.fire_door = door_kind(self.kit, "防火门 1200×2100", 1.2, 2.1, leaf="red")

    def storeys(self, heights_m: Sequence[float]) -> list[Storey]:
        """Storeys F1 upwards and the roof level."""
        level, made = 0.0, []
        for index, height in enumerate(heights_m):
            made.append(self.kit.add_storey(f"F{index + 1}", round(level, 3), height))
            level += height
        made.append(self.kit.add_storey("屋面", round(level, 3), 3.0))
        building = self.kit.building
        self.kit.properties(
            building, "Pset_BuildingCommon", {"NumberOfStoreys": len(heights_m), "OccupancyType": self.spec.use}
        )
        self.kit.properties(
            building,
            "CityTwin_Demo",
            {"数据性质": "合成演示数据", "随机种子": self.spec.seed, "建筑高度": round(level, 2)},
        )
        self.kit.quantities(building, "Qto_BuildingBaseQuantities", {"Height": level, "EavesHeight": level})
        return made

    def shell(
        self,
        storey: Storey,
        kind: WallKind,
        rect: Rect,
        height_m: float,
        holes: Mapping[str, Sequence[Hole]] | None = None,
    ) -> None:
        """Four outer walls inside a rectangle, meeting at the corners; holes by side s, n, w, e."""
        x0, y0, x1, y1 = rect
        half, cut = kind.thickness_m / 2, holes or {}
        sides = {
            "s": ((x0, y0 + half), (x1, y0 + half)),
            "n": ((x1, y1 - half), (x0, y1 - half)),
            "w": ((x0 + half, y1 - 2 * half), (x0 + half, y0 + 2 * half)),
            "e": ((x1 - half, y0 + 2 * half), (x1 - half, y1 - 2 * half)),
        }
        for side, ends in sides.items():
            add_wall(storey, kind, ends, height_m, cut.get(side, ()))

    def parapet(self, storey: Storey, kind: WallKind, rect: Rect, height_m: float = 1.1) -> None:
        """A parapet round a flat roof."""
        self.shell(storey, kind, rect, height_m)

    def fence(self, storey: Storey, rect: Rect, z_m: float = 0.0) -> None:
        """Railings along the four sides of a rectangle."""
        ring = [*ring_of(rect), ring_of(rect)[0]]
        for start, end in pairwise(ring):
            self.railings.level(storey, start, end, z_m)
