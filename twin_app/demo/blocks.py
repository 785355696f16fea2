"""What stands on each block: parks, plain buildings, or a parcel kept free for a BIM building."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from twin_app.demo import recipes
from twin_app.demo.frame import Points
from twin_app.demo.massing import LocalFrame, Massing, Part, disc, frame_of
from twin_app.demo.noise import Noise
from twin_app.demo.recipes import Lot
from twin_app.demo.streets import Network
from twin_app.demo.terrain import Ground

PARK, PLAZA, GARDEN, PARCEL = "park", "plaza", "garden", "bim"


@dataclass(frozen=True, slots=True)
class Block:
    """A block in site metres with its use and its buildings (footprints in site metres too)."""

    outline: shapely.Polygon
    use: str
    frame: LocalFrame
    buildings: tuple[Massing, ...]
    parcel: int = -1


def fill_blocks(ground: Ground, network: Network, rng: np.random.Generator) -> list[Block]:
    """Give every block its use and buildings; the best riverside blocks become BIM parcels."""
    parcels = bim_parcels(ground, network)
    noise = Noise(int(rng.integers(1 << 30)))
    blocks = []
    for index, outline in enumerate(network.blocks):
        if index in parcels:
            blocks.append(Block(outline, PARCEL, frame_of(outline), (), parcels.index(index)))
        else:
            blocks.append(_block(ground, outline, noise, rng))
    return blocks


def bim_parcels(ground: Ground, network: Network) -> list[int]:
    """Indices of the riverside blocks kept for BIM buildings, from the bridge downstream."""
    inland = _inland(ground, network)
    front = [
        index for index, block in enumerate(network.blocks)
        if 60 < inland[index] < 225 and block.centroid.x > network.bridge_x_m + 60 and _roomy(block)
    ]  # fmt: skip
    front.sort(key=lambda i: network.blocks[i].centroid.x)
    return front[: ground.site.bim_buildings]


def _roomy(block: shapely.Polygon) -> bool:
    return bool(frame_of(block).local(block).buffer(-4).covers(shapely.box(-37, -29, 37, 29)))


def _inland(ground: Ground, network: Network) -> Points:
    x = np.array([b.centroid.x for b in network.blocks])
    y = np.array([b.centroid.y for b in network.blocks])
    return np.asarray((ground.river.across(x, y)) - ground.river.half_width_m)


def wanted_height_m(ground: Ground, x_m: float, y_m: float, noise: Noise) -> float:
    """The height of the skyline at a place: a business centre near the river and a second one inland."""
    width, k = ground.site.width_m, ground.site.scale
    centre = ground.river.point(0.50 * width, ground.river.half_width_m + 410 * k)[0]
    second = ground.river.point(0.80 * width, ground.river.half_width_m + 470 * k)[0]
    first_m = np.hypot(x_m - centre[0], y_m - centre[1]) / (270 * k)
    second_m = np.hypot(x_m - second[0], y_m - second[1]) / (190 * k)
    rough = 1 + 0.3 * float(noise(np.array(x_m), np.array(y_m), 170.0))
    return float((27 + 185 * np.exp(-(first_m**2)) + 95 * np.exp(-(second_m**2))) * rough)


def _block(ground: Ground, outline: shapely.Polygon, noise: Noise, rng: np.random.Generator) -> Block:
    frame = frame_of(outline)
    centre = outline.centroid
    heights = ground.height_m(np.array(outline.exterior.coords))
    steep = float(np.ptp(heights)) > 5.0
    slim = outline.buffer(-11).is_empty
    if steep or outline.area < 1100 or slim or (rng.random() < 0.045):
        return Block(outline, PARK, frame, ())
    lot = Lot(frame.local(outline.buffer(-5.0).simplify(1.0)), wanted_height_m(ground, centre.x, centre.y, noise), rng)
    drafts = _recipe(ground, lot, (centre.x, centre.y))
    placed = tuple(place(draft, frame) for draft in drafts)
    return Block(outline, GARDEN if placed else PARK, frame, placed)


def _recipe(ground: Ground, lot: Lot, centre_m: tuple[float, float]) -> list[Massing]:
    x, y = centre_m
    inland = float(ground.river.across(np.array([x]), np.array([y]))[0]) - ground.river.half_width_m
    if lot.area.geom_type != "Polygon":
        return []
    if lot.area.area < 2600:
        return recipes.single(lot)
    if inland < 0:
        return recipes.lanes(lot) if lot.rng.random() < 0.35 else recipes.perimeter(lot)
    if x < 0.29 * ground.site.width_m and inland < 520 * ground.site.scale:
        return recipes.lanes(lot) if lot.rng.random() < 0.75 else recipes.perimeter(lot)
    if lot.height_m > 72:
        return recipes.business(lot)
    pick = lot.rng.random()
    if lot.height_m > 48:
        return recipes.point_towers(lot) if pick < 0.55 else recipes.perimeter(lot)
    if pick < 0.07:
        return recipes.public(lot)
    if pick < 0.24:
        return recipes.point_towers(lot)
    return recipes.slabs(lot) if pick < 0.66 else recipes.perimeter(lot)


def place(draft: Massing, frame: LocalFrame) -> Massing:
    """A building from a block's frame to site metres."""
    parts = tuple(
        Part(
            shapely.orient_polygons(frame.place(p.footprint)), p.base_m, p.top_m, p.roof, p.rise_m, p.storey_m, p.bay_m
        )
        for p in draft.parts
    )
    outline = frame.place(draft.footprint)
    return Massing(parts, draft.use, draft.storeys, draft.year, draft.name, draft.material, outline)


def tv_tower(x_m: float, y_m: float) -> Massing:
    """A television tower for the top of the southern hill."""
    stack = [
        (7.5, 0.0, 12.0),
        (4.2, 12.0, 74.0),
        (9.5, 74.0, 80.0),
        (11.0, 80.0, 87.0),
        (7.0, 87.0, 92.0),
        (2.2, 92.0, 118.0),
    ]
    parts = [
        Part(disc(x_m, y_m, radius, 14), low, high, storey_m=3.5 if radius > 9 else 0.0) for radius, low, high in stack
    ]
    tip = Part(shapely.box(x_m - 0.8, y_m - 0.8, x_m + 0.8, y_m + 0.8), 118.0, 119.0, "pyramid", 34.0)
    return Massing((*parts, tip), recipes.PUBLIC, 3, 1986, "晴川山电视塔", 4, disc(x_m, y_m, 7.5, 14))
