"""Where models come to stand."""

import numpy as np
import pytest
from pyproj import Transformer

from loaders.model.frames import Georeference, rotation_z, transform_bounds, translation
from scenes.model.notes import carry_notes
from scenes.model.view import Measurement, SectionBox, SectionPlane, ViewState
from tests.unit.twin_app.usecases.fakes import FlatGround, MemoryTileset, add, workbench_with
from twin_app.usecases.placing import (
    layer_bounds_m,
    move_layer,
    place_layer,
    reset_placement,
    snap_to_terrain,
)

BOX_M = np.array([0, 0, 2.0, 10, 20, 12])


def tileset(georeference: Georeference | None = None, bounds_m: np.ndarray = BOX_M) -> MemoryTileset:
    return MemoryTileset([-1], ["IfcBuilding"], bounds_m, georeference or Georeference())


def at(crs: str, east: float, north: float, height: float = 0.0) -> Georeference:
    return Georeference(crs, translation((east, north, height)) @ rotation_z(0.1), "map_conversion")


def test_the_first_georeference_sets_the_projects_system_and_is_taken_exactly() -> None:
    workbench = workbench_with()
    georeference = at("EPSG:4547", 530_000, 3_385_000, 20)
    layer = add(workbench, "a", tileset(georeference))
    place_layer(workbench, layer)
    assert workbench.scene.crs == "EPSG:4547"
    assert np.array_equal(layer.world_from_model, georeference.world_from_model)


def test_another_system_is_brought_to_the_same_ground() -> None:
    workbench = workbench_with()
    place_layer(workbench, add(workbench, "a", tileset(at("EPSG:4547", 530_000, 3_385_000))))
    east, north = Transformer.from_crs("EPSG:4547", "EPSG:32650", always_xy=True).transform(530_000, 3_385_000)
    other = add(workbench, "b", tileset(Georeference("EPSG:32650", translation((east, north, 0)), "map_conversion")))
    place_layer(workbench, other)
    found = other.world_from_model @ [0, 0, 0, 1]
    assert found[:2] == pytest.approx([530_000, 3_385_000], abs=0.01)


def test_a_model_without_a_place_stands_in_the_middle_on_the_ground_and_says_so() -> None:
    workbench = workbench_with()
    first = add(workbench, "a", tileset(at("EPSG:4547", 530_000, 3_385_000)))
    place_layer(workbench, first)
    lost = add(workbench, "lost", tileset())
    place_layer(workbench, lost)
    bounds_m = layer_bounds_m(workbench, lost)
    around = layer_bounds_m(workbench, first)
    assert bounds_m is not None
    assert around is not None
    assert (bounds_m[:2] + bounds_m[3:5]) / 2 == pytest.approx((around[:2] + around[3:5]) / 2)
    assert bounds_m[2] == pytest.approx(20.0)
    assert [m.code for m in workbench.messages] == ["georef.none"]


def test_a_model_opened_before_the_first_georeference_moves_to_it() -> None:
    workbench = workbench_with()
    lost = add(workbench, "lost", tileset())
    place_layer(workbench, lost)
    assert np.array_equal(lost.world_from_model, np.eye(4))
    place_layer(workbench, add(workbench, "a", tileset(at("EPSG:4547", 530_000, 3_385_000))))
    assert lost.world_from_model[0, 3] == pytest.approx(530_000, abs=50)


def test_latitude_and_longitude_count_only_near_the_others() -> None:
    workbench = workbench_with()
    place_layer(workbench, add(workbench, "a", tileset(at("EPSG:4547", 530_000, 3_385_000))))
    longitude, latitude = Transformer.from_crs("EPSG:4547", "EPSG:4326", always_xy=True).transform(531_000, 3_386_000)
    near = add(workbench, "near", tileset(Georeference(latitude_deg=latitude, longitude_deg=longitude)))
    boston = add(workbench, "boston", tileset(Georeference(latitude_deg=42.36, longitude_deg=-71.06)))
    for layer in (near, boston):
        place_layer(workbench, layer)
    assert near.world_from_model[:2, 3] == pytest.approx([531_000, 3_386_000], abs=1.0)
    assert boston.world_from_model[:2, 3] == pytest.approx([530_000, 3_385_000], abs=1_000)


def test_moving_turning_and_putting_back() -> None:
    workbench = workbench_with()
    layer = add(workbench, "a", tileset(at("EPSG:4547", 530_000, 3_385_000)))
    place_layer(workbench, layer)
    before = layer.world_from_model
    move_layer(workbench, layer, east_m=5.0, rotation_deg=180.0)
    middle = np.array([5, 10, 2, 1.0])
    assert layer.world_from_model @ middle == pytest.approx(before @ middle + [5, 0, 0, 0])
    assert workbench.project.dirty
    reset_placement(workbench, layer)
    assert layer.world_from_model == pytest.approx(before)


def test_snapping_needs_a_terrain_and_says_so() -> None:
    workbench = workbench_with()
    layer = add(workbench, "a", tileset(at("EPSG:4547", 0, 0, 100)))
    place_layer(workbench, layer)
    assert snap_to_terrain(workbench, layer)
    bounds_m = layer_bounds_m(workbench, layer)
    assert bounds_m is not None
    assert bounds_m[2] == pytest.approx(20.0)
    workbench.canvas = FlatGround(None)
    assert not snap_to_terrain(workbench, layer)
    assert [m.code for m in workbench.messages] == ["georef.no_terrain"]


def test_bounds_of_a_turned_box_hold_all_its_corners() -> None:
    matrix = translation((1, 2, 3)) @ rotation_z(0.7)
    corners = np.array([[x, y, z, 1] for x in BOX_M[[0, 3]] for y in BOX_M[[1, 4]] for z in BOX_M[[2, 5]]])
    world = (corners @ matrix.T)[:, :3]
    assert transform_bounds(matrix, BOX_M) == pytest.approx(np.concatenate([world.min(axis=0), world.max(axis=0)]))


def test_one_that_the_user_moved_follows_the_first_georeference_too() -> None:
    workbench = workbench_with()
    lost = add(workbench, "lost", tileset())
    place_layer(workbench, lost)
    move_layer(workbench, lost, east_m=500.0)
    assert place_layer(workbench, add(workbench, "a", tileset(at("EPSG:4547", 530_000, 3_385_000))))
    assert lost.world_from_model[0, 3] == pytest.approx(530_500, abs=50)


def test_models_without_a_place_stand_together_and_say_so() -> None:
    workbench = workbench_with()
    for name in ("architecture", "structure"):
        place_layer(workbench, add(workbench, name, tileset()))
    assert [m.code for m in workbench.messages] == ["georef.own"]


@pytest.mark.parametrize("terrain_first", [True, False])
def test_disciplines_of_a_building_without_a_place_stay_together(terrain_first: bool) -> None:
    workbench = workbench_with()
    ground = tileset(at("EPSG:4547", 530_000, 3_385_000))
    if terrain_first:
        place_layer(workbench, add(workbench, "ground", ground))
    layers = []
    for name, offset_m in (("architecture", 0.0), ("structure", 7.0)):
        layers.append(add(workbench, name, tileset(bounds_m=BOX_M + np.array([offset_m, 0, 0] * 2))))
        place_layer(workbench, layers[-1])
    if not terrain_first:
        workbench.scene.view.measurements = (Measurement((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)),)
        workbench.scene.view.section_box = SectionBox((0.0, 0.0, 0.0, 1.0, 1.0, 1.0))
        place_layer(workbench, add(workbench, "ground", ground))
        motion = layers[0].world_from_model[:3, 3]
        (measured,) = workbench.scene.view.measurements
        assert measured.start_m == pytest.approx(motion + np.array([1, 2, 3]))
        assert measured.distance_m == pytest.approx(27**0.5)
        assert workbench.scene.view.section_box is not None
        assert workbench.scene.view.section_box.bounds_m[3:] == pytest.approx(motion + 1)
    assert layers[0].world_from_model[0, 3] > 500_000
    assert layers[1].world_from_model == pytest.approx(layers[0].world_from_model)


def test_notes_are_taken_away_when_layers_go_different_ways() -> None:
    view = ViewState()
    assert carry_notes(view, [translation((1, 0, 0)), translation((2, 0, 0))]), "nothing is lost where nothing was"
    view.section_planes = (SectionPlane((0, 0, 0), (1, 0, 0)),)
    assert carry_notes(view, [rotation_z(np.pi / 2) @ translation((5, 0, 0))])
    assert view.section_planes[0].origin_m == pytest.approx((0, 5, 0))
    assert view.section_planes[0].normal == pytest.approx((0, 1, 0))
    assert not carry_notes(view, [translation((1, 0, 0)), translation((2, 0, 0))])
    assert view.section_planes == ()


def test_a_layer_far_from_the_others_is_told() -> None:
    workbench = workbench_with()
    place_layer(workbench, add(workbench, "a", tileset(at("EPSG:4547", 530_000, 3_385_000))))
    place_layer(workbench, add(workbench, "b", tileset(at("EPSG:4547", 530_000, 3_485_000))))
    (message,) = list(workbench.messages)
    assert (message.code, message.arguments["kilometres"]) == ("georef.far", 100)


def test_a_model_without_any_shape_is_given_a_sound_place() -> None:
    workbench = workbench_with()
    place_layer(workbench, add(workbench, "a", tileset(at("EPSG:4547", 530_000, 3_385_000))))
    types = add(workbench, "types", MemoryTileset([-1], ["IfcDoorType"], np.full(6, np.nan)))
    place_layer(workbench, types)
    assert np.isfinite(types.world_from_model).all()


def test_own_coordinates_without_a_system_count_among_their_like() -> None:
    workbench = workbench_with()
    layers = [
        add(workbench, name, tileset(Georeference(None, translation((east, 3_300_000, 0)), "file")))
        for name, east in (("a", 500_000), ("b", 501_000))
    ]
    for layer in layers:
        place_layer(workbench, layer)
    (one, other) = (layer_bounds_m(workbench, layer) for layer in layers)
    assert one is not None
    assert other is not None
    assert other - one == pytest.approx([1000, 0, 0, 1000, 0, 0])


@pytest.mark.parametrize(("east", "code"), [(530_800, "georef.assumed"), (12, "georef.none")])
def test_coordinates_among_the_others_are_taken_for_the_projects_system(east: float, code: str) -> None:
    workbench = workbench_with()
    place_layer(workbench, add(workbench, "a", tileset(at("EPSG:4547", 530_000, 3_385_000))))
    bare = add(workbench, "bare", tileset(Georeference(None, translation((east, 3_385_000, 4)), "file")))
    place_layer(workbench, bare)
    assert [m.code for m in workbench.messages] == [code]
    assert (bare.world_from_model[0, 3] == east) == (code == "georef.assumed")
