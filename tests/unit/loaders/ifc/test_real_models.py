"""Real models against ifcopenshell's default kernel: the same elements, within 5 mm, with all their colours."""

from pathlib import Path

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.element
import numpy as np
import pytest

from tests.unit.loaders.ifc.support import Loaded, loaded

FILES = ("sample_project_small.ifc", "tall_building.ifc", "infra_bridge.ifc")


def plain_bounds(path: Path) -> dict[int, np.ndarray]:
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    model = ifcopenshell.open(str(path))  # the iterator does not keep it alive
    iterator = ifcopenshell.geom.iterator(settings, model, 2)
    found = {}
    going = iterator.initialize()
    while going:
        shape = iterator.get()
        points = np.frombuffer(shape.geometry.verts_buffer, np.float64).reshape(-1, 3)
        found[shape.id] = np.concatenate([points.min(axis=0), points.max(axis=0)])
        going = bool(iterator.next())
    return found


@pytest.fixture(scope="module", params=FILES)
def real(request: pytest.FixtureRequest, shared_data: Path) -> tuple[Path, Loaded]:
    path = shared_data / "ifc" / request.param
    return path, loaded(path)


def test_the_same_elements_within_five_millimetres(real: tuple[Path, Loaded]) -> None:
    path, result = real
    expected, found = plain_bounds(path), result.bounds_m()
    assert set(found) == set(expected)
    assert max(np.abs(found[i] - expected[i]).max() for i in expected) < 0.005


def test_property_sets_are_those_of_ifcopenshell(real: tuple[Path, Loaded]) -> None:
    path, result = real
    model = ifcopenshell.open(str(path))
    table = result.tables.properties.to_pylist()
    found: dict[int, set[tuple[str, str]]] = {}
    for r in table:
        if r["kind"] in ("property", "quantity"):
            found.setdefault(r["object"], set()).add((r["set"], r["name"]))
    for row, step_id in enumerate(result.column("step_id")):
        element = model.by_id(step_id)
        if not element.is_a("IfcProduct"):
            continue
        expected = {
            (set_name, name)
            for set_name, values in ifcopenshell.util.element.get_psets(element).items()
            for name, value in values.items()
            if name != "id" and not isinstance(value, dict)
        }
        assert expected <= found.get(row, set()), element


def test_what_is_hidden_shares_no_chunk_with_what_is_not(real: tuple[Path, Loaded]) -> None:
    _, result = real
    hidden = np.asarray(result.tables.objects["hidden"], bool)
    for event in result.geometry:
        assert (hidden[event.chunk.rows] == event.hidden).all()


def test_tree_levels_progress_and_chunks_are_sound(real: tuple[Path, Loaded]) -> None:
    path, result = real
    model = ifcopenshell.open(str(path))
    parents, ids = result.column("parent"), result.column("step_id")
    for row, step_id in enumerate(ids):
        container = ifcopenshell.util.element.get_parent(model.by_id(step_id))
        if container is not None and container.id() in ids and not model.by_id(step_id).is_a("IfcFeatureElement"):
            assert ids[parents[row]] == container.id()
    assert result.fractions == sorted(result.fractions)
    assert result.fractions[-1] == 1.0
    for chunk in result.chunks:
        assert len(chunk.triangles) <= 60_000 or len(np.unique(chunk.rows)) == 1
        assert (np.diff(chunk.rows.astype(np.int64)) != 0).sum() + 1 == len(np.unique(chunk.rows))
        assert (chunk.rows[chunk.triangles] == chunk.rows[chunk.triangles[:, :1]]).all()
        assert (chunk.colours[:, 3] < 250).all() == chunk.transparent


def test_a_kernel_that_crashes_costs_nothing(shared_data: Path) -> None:
    path = shared_data / "ifc" / "duplex_architecture.ifc"
    result = loaded(path)
    engines = result.column("engine")
    assert len(result.bounds_m()) == 286
    assert engines.count("opencascade") >= 8
    assert engines.count("hybrid-manifold-opencascade") > 250
    assert result.unmeshed == []


def test_an_element_keeps_all_its_colours(shared_data: Path) -> None:
    result = loaded(shared_data / "ifc" / "fzk_haus.ifc")
    windows = [row for row, name in enumerate(result.column("class")) if name == "IfcWindow"]
    colours = {tuple(c) for chunk in result.chunks for c in chunk.colours[np.isin(chunk.rows, windows[:1])]}
    assert len(colours) >= 2
    assert min(c[3] for c in colours) < 250 <= max(c[3] for c in colours)


def test_a_library_of_types_says_so(shared_data: Path) -> None:
    result = loaded(shared_data / "ifc" / "furniture_library.ifc")
    assert [f.code for f in result.findings] == ["ifc.unused_types"]
    assert result.findings[0].arguments["count"] == sum(name.endswith("Type") for name in result.column("class"))
    assert result.chunks == []


@pytest.mark.parametrize("engine", ["fast", "exact"])
def test_each_engine_alone_gives_the_same_boxes(shared_data: Path, engine: str) -> None:
    path = shared_data / "ifc" / "tall_building.ifc"
    result = loaded(path, engine=engine)
    expected, found = plain_bounds(path), result.bounds_m()
    assert set(found) == set(expected)
    assert max(np.abs(found[i] - expected[i]).max() for i in expected) < 0.005
    assert {e for e in result.column("engine") if e} == (
        {"fast"} if engine == "fast" else {"hybrid-manifold-opencascade"}
    )
    assert bool(result.previews) is (engine == "fast")
