"""One self-contained binary glTF: every object as it is, a named node each, under its parents and its layer."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.handover.glb_document import GlbDocument
from loaders.handover.glb_meshes import Meshes, Placed
from loaders.handover.part import Part, Telling, Written
from loaders.handover.shapes import finest_chunks
from loaders.model.errors import CityTwinError
from loaders.model.frames import Matrix, transform_bounds, translation

_Y_UP_FROM_Z_UP: Matrix = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], np.float64)


def write(parts: Sequence[Part], path: Path, telling: Telling) -> Written:
    """Write all parts into the new file ``path``; the origin stands in the scene's extras.

    What is hidden by default stays at home. Raises `OSError` or `CityTwinError`.
    """
    origin_m = _origin(parts)
    with tempfile.TemporaryFile(dir=path.parent) as buffer:
        document = GlbDocument(buffer)
        layers, count = [], 0
        for number, part in enumerate(parts):

            def tell(done: int, total: int, number: int = number) -> None:
                telling.share((number + done / max(total, 1)) / len(parts))

            layer = _Layer(document, part)
            meshed = layer.meshes(tell)
            if meshed:
                layers.append(layer.nodes(meshed, origin_m))
                count += len(meshed)
        if not layers:
            raise CityTwinError("export.nothing", str(path))
        crs = next((part.georeference.crs for part in parts if part.georeference.crs), None)
        extras = {"crs": crs, "origin": origin_m.tolist(), "unit": "m"}
        return Written(count, document.write(path, {"nodes": layers, "extras": extras}))


def _origin(parts: Sequence[Part]) -> NDArray[np.float64]:
    """A place in whole metres in the middle of all, on the lowest ground: float32 is exact about it."""
    boxes = [transform_bounds(part.georeference.world_from_model, part.tileset.bounds_m) for part in parts]
    known = np.array([box for box in boxes if np.isfinite(box).all()]).reshape(-1, 6)
    if not len(known):
        return np.zeros(3)
    low, high = known[:, :3].min(axis=0), known[:, 3:].max(axis=0)
    middle: NDArray[np.float64] = np.floor([*((low + high) / 2.0)[:2], low[2]])
    return middle


class _Layer:
    """One part on its way into the document."""

    def __init__(self, document: GlbDocument, part: Part) -> None:
        objects = part.tileset.objects()
        self._document, self._part = document, part
        self._names = objects.column("name").to_pylist()
        self._classes = objects.column("class").to_pylist()
        self._ids = objects.column("id").to_pylist()
        self._guids = objects.column("guid").to_pylist()
        self._hidden = objects.column("hidden").to_pylist()
        self._parents = part.tileset.index.parents

    def meshes(self, tell: Any) -> dict[int, list[Placed]]:
        """Put all shapes in; gives the meshes of each object row."""
        found: dict[int, list[Placed]] = {}
        meshes = Meshes(self._document, self._shown_name)
        for chunk in finest_chunks(self._part.tileset, tell):
            for placed in meshes.add(chunk):
                found.setdefault(placed.row, []).append(placed)
        return found

    def _shown_name(self, row: int) -> str | None:
        return None if row >= len(self._names) or self._hidden[row] else self._name(row)

    def _name(self, row: int) -> str:
        return str(self._names[row] or f"{self._classes[row] or ''} {self._ids[row] or row}".strip())

    def nodes(self, meshed: dict[int, list[Placed]], origin_m: NDArray[np.float64]) -> int:
        """Put the nodes of the layer in, children before their parents; gives the layer's own."""
        box = self._part.tileset.bounds_m
        centre_m = (box[:3] + box[3:]) / 2.0
        order, children = self._tree(meshed)
        made: dict[int, int] = {}
        for row in reversed(order):
            below = [made[child] for child in children.get(row, ())]
            made[row] = self._node(row, meshed.get(row, []), below, centre_m)
        world = self._part.georeference.world_from_model
        matrix = _Y_UP_FROM_Z_UP @ translation(-origin_m) @ world @ translation(centre_m)
        roots = [made[row] for row in children.get(-1, ())]
        layer = {"name": self._part.name, "matrix": matrix.T.reshape(16).tolist(), "children": roots}
        return self._document.add("nodes", layer)

    def _tree(self, meshed: dict[int, list[Placed]]) -> tuple[list[int], dict[int, list[int]]]:
        """Rows of objects with shapes and of all above them, parents first; the children of each (-1: the layer)."""
        parent_of: dict[int, int] = {}
        for row in meshed:
            chain = {row}
            while row not in parent_of:
                parent = int(self._parents[row])
                parent_of[row] = -1 if parent in chain else parent  # a circle is cut
                if parent < 0 or parent in chain:
                    break
                chain.add(parent)
                row = parent
        children: dict[int, list[int]] = {}
        for row in sorted(parent_of):
            children.setdefault(parent_of[row], []).append(row)
        order, level = [], children.get(-1, [])
        while level:
            order += level
            level = [child for row in level for child in children.get(row, ())]
        return order, children

    def _node(self, row: int, placed: list[Placed], below: list[int], centre_m: NDArray[np.float64]) -> int:
        node: dict[str, Any] = {"name": self._name(row), "extras": self._extras(row)}
        if len(placed) == 1:
            node |= _place(placed[0], centre_m)
            if below:  # what is below stands in the layer's frame, not in that of the mesh
                node = {"name": node["name"], "extras": node["extras"]}
                below = [self._shape(row, 0, placed[0], centre_m), *below]
        elif placed:
            below = [*(self._shape(row, place, one, centre_m) for place, one in enumerate(placed)), *below]
        return self._document.add("nodes", node | ({"children": below} if below else {}))

    def _shape(self, row: int, number: int, placed: Placed, centre_m: NDArray[np.float64]) -> int:
        return self._document.add("nodes", {"name": f"{self._name(row)} {number + 1}", **_place(placed, centre_m)})

    def _extras(self, row: int) -> dict[str, Any]:
        known = {"id": self._ids[row], "guid": self._guids[row], "class": self._classes[row]}
        return {"row": row, **{key: value for key, value in known.items() if value is not None}}


def _place(placed: Placed, centre_m: NDArray[np.float64]) -> dict[str, Any]:
    offset_m = placed.origin_m - centre_m
    return {"mesh": placed.mesh} | ({"translation": offset_m.tolist()} if offset_m.any() else {})
