"""The engines' processes, their fall-backs, and the cleaning of their shapes."""

import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from loaders.ifc import culprits, exact_engine, fast_engine, kernel_process
from loaders.ifc.chunks import LARGEST_CHUNK_M, Element, chunks_of
from loaders.ifc.culprits import sift
from loaders.ifc.kernel_process import KernelProcess, Shape, Work, mark_trying, write_shape
from loaders.ifc.load import load
from loaders.model.events import Progress
from loaders.model.meshes import MeshChunk
from tests.unit.loaders.ifc.support import Context, loaded, new_model

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float64)


def shape(faces: list[list[int]], step_id: int = 1) -> Shape:
    rgba = np.array([[1, 0, 0, 1]], np.float32)
    return Shape(step_id, SQUARE, np.array(faces, np.int32), np.zeros(len(faces), np.int32), rgba)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    model = new_model()
    for i in range(3):
        model.box(f"w{i}", (i * 5.0, 0.0, 0.0))
    return model.write(tmp_path / "h.ifc")


# -- engines that are missing or fail ----------------------------------------------------------------


def test_without_the_fast_engine_the_exact_one_does_it_all(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_engine, "available", lambda: False)
    result = loaded(house)
    assert [f.code for f in result.findings] == ["ifc.no_fast_engine"]
    assert len(result.bounds_m()) == 3
    assert result.previews == []


def test_a_fast_engine_that_dies_is_told(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(_path: Path) -> Work:
        return lambda _file: os.kill(os.getpid(), signal.SIGSEGV)

    monkeypatch.setattr(fast_engine, "work", work)
    result = loaded(house)
    assert [f.code for f in result.findings] == ["ifc.fast_engine_failed"]
    assert len(result.bounds_m()) == 3


def test_without_ifcopenshell_the_fast_engine_gives_shapes_and_attributes(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ifcopenshell" else object())
    result = loaded(house)
    assert [f.code for f in result.findings] == ["ifc.no_exact_engine"]
    assert sorted(result.column("name")) == ["w0", "w1", "w2"]
    assert len(result.bounds_m()) == 3


@pytest.mark.parametrize(
    ("quick", "sure", "engine"),
    [("missing", "opencascade", "opencascade"), ("missing", "absent", "fast")],
)
def test_a_kernel_that_is_not_there_leaves_its_work_to_the_next(
    house: Path, monkeypatch: pytest.MonkeyPatch, quick: str, sure: str, engine: str
) -> None:
    monkeypatch.setattr(exact_engine, "QUICK_KERNEL", quick)
    monkeypatch.setattr(exact_engine, "SURE_KERNEL", sure)
    monkeypatch.setattr(exact_engine, "PATIENCE_SECS", {quick: 20.0, sure: 20.0})
    result = loaded(house)
    assert {e for e in result.column("engine") if e} == {engine}
    assert len(result.bounds_m()) == 3
    assert result.unmeshed == []


# -- processes ---------------------------------------------------------------------------------------


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processor times are read from /proc")
def test_a_kernel_that_stands_still_is_ended_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_process, "STANDSTILL_LIMIT_SECS", 0.3)
    process = KernelProcess(lambda _file: time.sleep(60))
    start = time.monotonic()
    assert list(process.shapes(lambda: None)) == []
    assert time.monotonic() - start < 5
    process.close()


def test_a_spawned_kernel_gives_what_a_forked_one_gives(house: Path) -> None:
    work = exact_engine.spawned_work_for(house, exact_engine.QUICK_KERNEL, None)
    process = KernelProcess(work, spawn=True)
    try:
        shapes = {s.step_id: s for s in process.shapes(lambda: None)}
        assert process.finished
    finally:
        process.close()
    bounds = loaded(house).bounds_m()
    assert shapes.keys() == bounds.keys()
    for step_id, found in shapes.items():
        assert found.vertices_m.min(axis=0) == pytest.approx(bounds[step_id][:3])


def test_after_many_culprits_the_rest_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(culprits, "MOST_CULPRITS", 4)

    def work_for(ids: Sequence[int]) -> Work:
        def work(file: IO[bytes]) -> None:
            mark_trying(file, ids[0])
            os.kill(os.getpid(), signal.SIGSEGV)

        return work

    assert sorted(sift(work_for, range(100), lambda: None)) == list(range(100))


def test_an_element_that_hangs_is_the_culprit_and_no_other() -> None:
    def work_for(ids: Sequence[int]) -> Work:
        def work(file: IO[bytes]) -> None:
            for step_id in ids:
                mark_trying(file, step_id)
                while step_id == 7:
                    pass
                write_shape(file, shape([[0, 1, 2]], step_id))
                file.flush()

        return work

    found = list(sift(work_for, range(12), lambda: None, element_limit_secs=0.5))
    assert [one for one in found if isinstance(one, int)] == [7]
    assert sorted(one.step_id for one in found if isinstance(one, Shape)) == [*range(7), *range(8, 12)]


def test_a_load_that_is_dropped_midway_leaves_no_process(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    fork = os.fork

    def counted() -> int:
        pid = fork()
        started.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", counted)
    events = load(shared_data / "ifc" / "duplex_architecture.ifc", Context())
    assert any(isinstance(event, Progress) and event.stage == "ifc.progress.meshing" for event in events)
    start = time.monotonic()
    events.close()  # type: ignore[attr-defined]
    assert time.monotonic() - start < 2
    assert len(started) >= 2
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


# -- chunks ------------------------------------------------------------------------------------------


def chunk_of(*elements: Element, clean: bool = True) -> MeshChunk:
    (chunk,) = chunks_of(elements, clean=clean)
    return chunk


def test_triangles_without_area_and_doubled_ones_go() -> None:
    faces = [[0, 1, 2], [1, 2, 0], [0, 2, 3], [0, 0, 1], [2, 1, 0], [0, 1, 1]]
    chunk = chunk_of(Element(shape(faces), 0, "IfcWall"))
    assert [sorted(face) for face in chunk.triangles.tolist()] == [[0, 1, 2], [0, 2, 3], [0, 1, 2]]
    rough = chunk_of(Element(shape(faces), 0, "IfcWall"), clean=False)
    assert len(rough.triangles) == len(faces)


def test_a_shape_without_any_area_stays_beside_one_that_has_some() -> None:
    flat = Element(shape([[0, 0, 1], [1, 1, 2]]), 5, "IfcWall")
    chunk = chunk_of(Element(shape([[0, 1, 2], [0, 1, 1]]), 4, "IfcWall"), flat)
    assert chunk.rows[chunk.triangles[:, 0]].tolist() == [4, 5, 5]


def test_a_vertex_between_two_colours_is_doubled_and_glass_goes_to_a_chunk_of_its_own() -> None:
    one = replace(
        shape([[0, 1, 2], [0, 2, 3], [0, 1, 3]]),
        style_of_face=np.array([0, 1, 2], np.int32),
        style_rgba=np.array([(1, 0, 0, 1), (0, 0, 1, 1), (0, 1, 1, 0.3)], np.float32),
    )
    opaque, clear = chunks_of([Element(one, 7, "IfcWindow"), Element(one, 8, "IfcWindow")])
    red, blue, glass = (255, 0, 0, 255), (0, 0, 255, 255), (0, 255, 255, 77)
    assert (opaque.transparent, clear.transparent) == (False, True)
    for chunk, colours, faces in ((opaque, [red, blue], one.faces[:2]), (clear, [glass], one.faces[2:])):
        for row in (7, 8):
            triangles = chunk.triangles[chunk.rows[chunk.triangles[:, 0]] == row]
            assert [{tuple(c) for c in chunk.colours[t].tolist()} for t in triangles] == [{c} for c in colours]
            assert np.allclose(chunk.positions[triangles] + chunk.origin_m, one.vertices_m[faces])


def test_what_is_far_apart_never_shares_a_chunk() -> None:
    triangle = shape([[0, 1, 2]])
    far = np.array([3_385_000.0, 530_000.0, 0.0])
    elements = [
        Element(replace(triangle, vertices_m=triangle.vertices_m[:3] * 0.001 + offset + row), row, "IfcWall")
        for row, offset in enumerate((0.0, far, 0.0, far))
    ]
    chunks = list(chunks_of(elements))
    for chunk in chunks:
        assert np.ptp(chunk.positions, axis=0).max() <= LARGEST_CHUNK_M
        for row in np.unique(chunk.rows):
            found = chunk.positions[chunk.rows == row] + chunk.origin_m
            assert np.abs(found - elements[row].shape.vertices_m).max() < 1e-4
    assert sum(len(chunk.triangles) for chunk in chunks) == 4
