"""Small models written with ifcopenshell's own API, and a loader run to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.api.context
import ifcopenshell.api.geometry
import ifcopenshell.api.project
import ifcopenshell.api.root
import ifcopenshell.api.unit
import numpy as np

from loaders.ifc.load import load
from loaders.model.errors import Finding
from loaders.model.events import Found, Geometry, Opened, Preview, Progress, Unmeshed
from loaders.model.meshes import MeshChunk
from tests.support.tables import Tables, tables_of


class Context:
    """A context that never cancels."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def checkpoint(self) -> None:
        """Goes on."""


@dataclass
class Loaded:
    """Everything a load yielded."""

    opened: Opened
    tables: Tables
    geometry: list[Geometry] = field(default_factory=list)
    previews: list[MeshChunk] = field(default_factory=list)
    unmeshed: list[Unmeshed] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    fractions: list[float] = field(default_factory=list)

    @property
    def chunks(self) -> list[MeshChunk]:
        """The final chunks."""
        return [event.chunk for event in self.geometry]

    def column(self, name: str) -> list[Any]:
        values: list[Any] = self.tables.objects[name].to_pylist()
        return values

    def row(self, guid: str) -> int:
        return self.column("guid").index(guid)

    def bounds_m(self) -> dict[int, np.ndarray]:
        """Bounds by STEP id, from the final chunks."""
        found: dict[int, np.ndarray] = {}
        ids = self.column("step_id")
        for chunk in self.chunks:
            points = chunk.positions.astype(np.float64) + chunk.origin_m
            for row in np.unique(chunk.rows):
                of_row = points[chunk.rows == row]
                box = np.concatenate([of_row.min(axis=0), of_row.max(axis=0)])
                old = found.get(ids[row])
                if old is not None:
                    box = np.concatenate([np.minimum(old[:3], box[:3]), np.maximum(old[3:], box[3:])])
                found[ids[row]] = box
        return found

    def values(self, row: int) -> dict[str, Any]:
        """``Set.Name`` -> text of one object."""
        table = self.tables.properties.to_pylist()
        return {f"{r['set']}.{r['name']}": r["value"] for r in table if r["object"] == row}


def loaded(path: Path, **options: Any) -> Loaded:
    """Run the loader and gather what it yields."""
    events = list(load(path, Context(**options)))
    result = Loaded(
        next(e for e in events if isinstance(e, Opened)),
        tables_of(events),
    )
    for event in events:
        match event:
            case Geometry():
                result.geometry.append(event)
            case Preview(chunk):
                result.previews.append(chunk)
            case Unmeshed():
                result.unmeshed.append(event)
            case Found(finding):
                result.findings.append(finding)
            case Progress(fraction, _):
                result.fractions.append(fraction)
    return result


@dataclass
class Model:
    """A project, a body context, and a box on demand."""

    file: ifcopenshell.file
    body: Any

    def box(self, name: str, at_m: tuple[float, float, float] = (0, 0, 0), ifc_class: str = "IfcWall") -> Any:
        """An element that is a 2 x 1 x 3 m box with one corner at ``at_m``."""
        element = ifcopenshell.api.root.create_entity(self.file, ifc_class=ifc_class, name=name)
        matrix = np.eye(4)
        matrix[:3, 3] = at_m
        ifcopenshell.api.geometry.edit_object_placement(self.file, product=element, matrix=matrix)
        shape = ifcopenshell.api.geometry.add_wall_representation(
            self.file, context=self.body, length=2.0, height=3.0, thickness=1.0
        )
        ifcopenshell.api.geometry.assign_representation(self.file, product=element, representation=shape)
        return element

    def write(self, path: Path) -> Path:
        self.file.write(str(path))
        return path


def new_model(version: str = "IFC4", *, prefix: str | None = None) -> Model:
    """An empty project in metres, or in ``prefix`` metres (MILLI)."""
    file = ifcopenshell.api.project.create_file(version=version)
    ifcopenshell.api.root.create_entity(file, ifc_class="IfcProject", name="试验")
    unit = ifcopenshell.api.unit.add_si_unit(file, unit_type="LENGTHUNIT", prefix=prefix)
    ifcopenshell.api.unit.assign_unit(file, units=[unit])
    model = ifcopenshell.api.context.add_context(file, context_type="Model")
    body = ifcopenshell.api.context.add_context(
        file, context_type="Model", context_identifier="Body", target_view="MODEL_VIEW", parent=model
    )
    return Model(file, body)
