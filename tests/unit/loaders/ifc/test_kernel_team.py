"""Several kernel processes over one model: who gets what, and what becomes of it when one of them ends."""

import io
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import ifcopenshell
import ifcopenshell.geom
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.ifc import exact_engine
from loaders.ifc.kernel_process import Shape, Work, read_shapes, write_shape
from loaders.ifc.kernel_team import KernelTeam, shares
from loaders.ifc.load import load
from loaders.model.events import Geometry
from tests.unit.loaders.ifc.support import Context, new_model

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float64)
SEVERAL_ITEMS = ("duplex_electrical.ifc", "infra_bridge.ifc", "fzk_haus.ifc", "sample_house_ifc4.ifc")


def _shape(step_id: int) -> Shape:
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    return Shape(step_id, SQUARE, faces, np.zeros(2, np.int32), np.array([[1, 0, 0, 1]], np.float32))


def _work(step_ids: Sequence[int], *, dies: bool = False) -> Work:
    def work(file: IO[bytes]) -> None:
        for step_id in step_ids:
            write_shape(file, _shape(step_id))
        file.flush()
        if dies:
            os.kill(os.getpid(), signal.SIGSEGV)

    return work


@given(st.lists(st.integers(1, 40), max_size=60, unique=True), st.integers(1, 9), st.integers(1, 7))
def test_every_element_is_in_one_share_and_what_is_alike_stays_together(ids: list[int], most: int, kinds: int) -> None:
    def likeness(step_id: int) -> frozenset[int]:
        return frozenset([step_id % kinds]) if step_id % kinds else frozenset()

    found = shares(ids, likeness, most)
    assert sorted(step_id for share in found for step_id in share) == sorted(ids)
    assert len(found) <= most
    whose = {step_id: number for number, share in enumerate(found) for step_id in share}
    groups: dict[frozenset[int], set[int]] = {}
    for step_id in ids:
        if likeness(step_id):
            groups.setdefault(likeness(step_id), set()).add(whose[step_id])
    assert all(len(owners) == 1 for owners in groups.values())


def test_a_team_gives_the_shapes_of_all_its_members() -> None:
    team = KernelTeam([_work([1, 2]), _work([3]), _work([])], silence_limit_secs=10.0)
    found = sorted(shape.step_id for shape in team.shapes(lambda: None))
    assert (found, team.finished) == ([1, 2, 3], True)
    team.close()


def test_one_that_dies_loses_nothing_that_is_done_and_nothing_of_the_others() -> None:
    team = KernelTeam([_work([1, 2], dies=True), _work([3, 4])], silence_limit_secs=10.0)
    found = sorted(shape.step_id for shape in team.shapes(lambda: None))
    assert (found, team.finished) == ([1, 2, 3, 4], False)
    team.close()


def test_who_stops_listening_leaves_no_process() -> None:
    team = KernelTeam([_work([1])] * 3, silence_limit_secs=10.0)
    next(team.shapes(lambda: None))
    team.close()  # a test that leaves a process behind fails


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_the_result_is_the_same_on_any_number_of_cores(
    cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact_engine, "smallest_share", lambda _kernel: 2)
    model = new_model()
    for i in range(12):
        model.box(f"w{i}", (i * 5.0, 0.0, 0.0))
    path = model.write(tmp_path / "h.ifc")
    context = Context()
    context.cores = cores  # type: ignore[attr-defined]
    rows = [event.chunk.rows for event in load(path, context) if isinstance(event, Geometry)]
    assert len(np.unique(np.concatenate(rows))) == 12


@pytest.mark.parametrize("name", SEVERAL_ITEMS)
def test_no_item_of_an_element_is_lost_by_the_quick_kernel(name: str, shared_data: Path) -> None:
    """ifcopenshell itself, with the sure kernel and element by element, says how large each one is."""
    model = ifcopenshell.open(shared_data / "ifc" / name)
    file = io.BytesIO()
    exact_engine.mesh(model, exact_engine.QUICK_KERNEL, None, file)
    quick = {shape.step_id: shape for shape in read_shapes(file.getvalue(), 0).shapes}
    several = [i for i in sorted(quick) if _num_items(model.by_id(i)) > 1][:25]
    assert several
    for step_id in several:
        sure = ifcopenshell.geom.create_shape(
            exact_engine.settings(), model.by_id(step_id), None, exact_engine.SURE_KERNEL
        )
        area = _area_m2(np.frombuffer(sure.geometry.verts_buffer).reshape(-1, 3), sure.geometry.faces_buffer)
        # The sure kernel itself loses the plate behind the letters of the bridge's signs: more is right, less is not.
        assert _area_m2(quick[step_id].vertices_m, quick[step_id].faces.tobytes()) > 0.98 * area


def _num_items(element: ifcopenshell.entity_instance) -> int:
    bodies = [r for r in element.Representation.Representations if r.RepresentationIdentifier == "Body"]
    items = [item for body in bodies for item in body.Items]
    mapped = [i.MappingSource.MappedRepresentation for i in items if i.is_a("IfcMappedItem")]
    return len(items) + sum(len(one.Items) - 1 for one in mapped)


def _area_m2(vertices: np.ndarray, faces: bytes) -> float:
    corners = vertices[np.frombuffer(faces, np.int32).reshape(-1, 3)]
    return float(
        np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    )
