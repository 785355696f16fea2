"""Damaged and hostile city models cost an error or a finding, never more."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loaders.city.cityjson_format import FORMAT, sniff
from loaders.model.errors import CityTwinError
from tests.unit.loaders.city.making import FACES, building, document, run, solid, volume, write


def code_of(path: Path) -> str:
    try:
        run(path)
    except CityTwinError as error:
        return error.code
    return "done"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "city.not_json"),
        (b"{", "city.not_json"),
        (b"\0" * 1000, "city.not_json"),
        (b"[1, 2]", "city.not_cityjson"),
        (b'{"type": "FeatureCollection"}', "city.not_cityjson"),
        (b'{"type": "CityJSON", "version": "2.0"}', "city.empty"),
        (b'{"type": "CityJSON", "version": "9.0", "CityObjects": {}}', "city.version"),
        (b'{"type": "CityJSON", "version": "2.0", "CityObjects": []}', "city.empty"),
        (b"[" * 10_000_000, "city.too_deep"),
        (b'{"a":' * 1_000_000, "city.too_deep"),
        (b"(" * 10_000_000, "city.not_json"),
    ],
)
def test_what_is_no_city_model_is_said(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.city.json"
    path.write_bytes(content)
    assert code_of(path) == code


def test_a_cut_file_is_said(tmp_path: Path) -> None:
    text = json.dumps(document({"b": building(solid())}))
    for share in (0.1, 0.5, 0.9, 0.999):
        assert code_of(write(tmp_path / "a.json", text[: int(len(text) * share)])) == "city.not_json"
    assert code_of(tmp_path / "missing.json") == "city.unreadable"


@pytest.mark.parametrize("bad", [99, -1, 2.5, "1", None, True, [1], {}, 10**30])
def test_one_bad_index_costs_one_surface(tmp_path: Path, bad: Any) -> None:
    faces = copy.deepcopy(FACES)
    faces[2][0][1] = bad
    found = run(write(tmp_path / "a.json", document({"b": building({"type": "Solid", "boundaries": [faces]})})))
    assert len(found.soup()) == 10
    (finding,) = found.findings
    assert (finding.code, finding.arguments) == ("city.bad_surfaces", {"count": 1, "objects": 1})


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "1e999", "1e300", '"x"', "null"])
def test_one_bad_vertex_costs_its_three_surfaces(tmp_path: Path, bad: str) -> None:
    text = json.dumps(document({"b": building(solid())})).replace("[1, 1, 1]]", f"[1, 1, {bad}]]")
    found = run(write(tmp_path / "a.json", text))
    assert len(found.soup()) == 6
    assert "city.bad_surfaces" in found.codes


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Solid"},
        {"type": "Solid", "boundaries": 7},
        {"type": "Solid", "boundaries": [[[[]]]]},
        {"type": "Solid", "boundaries": [[None, 5, "x", [], [[]], [None]]]},
        {"type": "Solid", "boundaries": [FACES[0]]},
        {"type": "Nothing", "boundaries": FACES},
        {"type": 5},
    ],
)
def test_a_broken_geometry_is_unmeshed(tmp_path: Path, geometry: dict[str, Any]) -> None:
    found = run(write(tmp_path / "a.json", document({"x": building(geometry), "good": building(solid())})))
    assert [(u.object_id, u.reason) for u in found.unmeshed] == [("x", "city.unmeshed_broken")]
    assert volume(found.soup()) == pytest.approx(1.0, abs=1e-5)


def test_malformed_objects_are_left_out(tmp_path: Path) -> None:
    objects = {"a": 5, "b": building(solid()), "c": {"type": 7, "geometry": {}, "attributes": [], "parents": 3}}
    found = run(write(tmp_path / "a.json", document(objects, metadata=5, transform="x", appearance=[])))
    assert found.column("id") == ["b", "c"]
    assert found.column("class") == ["Building", "GenericCityObject"]
    assert {"city.bad_object", "city.no_crs"} <= found.codes


def test_texts_in_other_encodings(tmp_path: Path) -> None:
    text = json.dumps(document({"b": building(solid(), attributes={"name": "汉口"})}), ensure_ascii=False)
    for encoding, warned in (("utf-8-sig", False), ("utf-16", False), ("gb18030", True)):
        path = tmp_path / f"{encoding}.json"
        path.write_bytes(text.encode(encoding))
        found = run(path)
        assert found.column("name") == ["汉口"]
        assert ("city.encoding" in found.codes) == warned
        assert sniff(path, path.read_bytes()[:4096]) >= 95
    path = tmp_path / "wrong.json"
    path.write_bytes(text.encode().replace("口".encode(), b"\xff\xfe\x80"))
    assert "city.encoding" in run(path).codes


def test_lone_surrogates_can_be_kept(tmp_path: Path) -> None:
    objects = {"a\ud800": building(solid(), attributes={"k\ud800": "v\udfff", "l": ["\ud800"]}, children=["\ud801"])}
    found = run(write(tmp_path / "a.json", json.dumps(document(objects, metadata={"title": "\ud800"}))))
    assert found.column("id") == ["a?"]


def test_deep_attributes_do_not_overflow(tmp_path: Path) -> None:
    deep: Any = 1
    for _ in range(300):
        deep = {"a": [deep]}
    found = run(write(tmp_path / "a.json", document({"b": building(solid(), attributes=deep)})))
    assert len(found.soup()) == 12


def test_sniffing(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    cases = {
        '{"type": "CityJSON", "version": "1.1"}': 100,
        '{"type":"CityJSONFeature"}': 100,
        ' \n{"vertices": [], "CityObjects": {}}': 95,
        '{"type": "FeatureCollection", "features": []}': 0,
        '{"asset": {"version": "1.1"}, "geometricError": 5}': 0,
        "<CityModel/>": 0,
        "[]": 0,
    }
    for text, score in cases.items():
        write(path, text)
        assert sniff(path, text.encode()) == score, text
    padded = '{"x": "' + "y" * 9000 + '", "type": "CityJSON"}'
    assert sniff(write(path, padded), padded[:4096].encode()) == 95
    assert sniff(tmp_path / "none.city.json", b"garbage") == 40
    assert FORMAT.id == "cityjson"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 20) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(place=st.lists(st.integers(0, 9), min_size=1, max_size=6), value=JSON)
def test_any_member_may_be_anything(tmp_path: Path, place: list[int], value: Any) -> None:
    """Replace one member somewhere in a sound document by any JSON value."""
    whole = document(
        {"a": building(solid(), solid("1"), attributes={"n": 1}, children=["b"]), "b": building(solid())},
        appearance={"materials": [{"diffuseColor": [1, 0, 0]}], "textures": []},
        **{"geometry-templates": {"templates": [solid()], "vertices-templates": [[0.0, 0.0, 0.0]]}},
    )
    whole = copy.deepcopy(whole)  # the sample shapes are shared
    at: Any = whole
    for number, step in enumerate(place):
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            break
        key = keys[step % len(keys)]
        if number + 1 == len(place) or not isinstance(at[key], dict | list):
            at[key] = value
            break
        at = at[key]
    path = write(tmp_path / "a.json", json.dumps(whole))
    with contextlib.suppress(CityTwinError):
        found = run(path)
        assert len(found.column("id")) == found.tables.objects.num_rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8))
def test_any_byte_may_be_wrong(tmp_path: Path, changes: list[tuple[float, int]]) -> None:
    data = bytearray(json.dumps(document({"b": building(solid())})).encode())
    for share, byte in changes:
        data[int(share * len(data))] = byte
    path = tmp_path / "a.city.json"
    path.write_bytes(bytes(data))
    sniff(path, bytes(data[:4096]))
    assert code_of(path).startswith(("done", "city."))


@pytest.mark.parametrize("transform", [None, [], {"scale": ["a", 1, 1], "translate": [0, 0, 0]}, {"scale": [1, 1, 1]}])
def test_a_transform_that_cannot_be_used_is_told(tmp_path: Path, transform: Any) -> None:
    text = document({"b": building(solid())}) | {"transform": transform}
    assert "city.bad_transform" in run(write(tmp_path / "a.json", json.dumps(text))).codes


def test_a_best_level_of_detail_without_a_surface_gives_way_to_the_next(tmp_path: Path) -> None:
    empty = solid() | {"lod": "2.2", "boundaries": []}
    result = run(write(tmp_path / "a.json", json.dumps(document({"b": building(solid() | {"lod": "1"}, empty)}))))
    assert len(result.soup()) == 12
    assert not result.unmeshed


def test_latitudes_before_longitudes_are_turned_round(tmp_path: Path) -> None:
    text = document({"b": building(solid())}) | {
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4326"},
        "transform": {"scale": [1e-5, 1e-5, 1.0], "translate": [30.6, 114.3, 0.0]},
    }
    result = run(write(tmp_path / "a.json", json.dumps(text)))
    assert "city.swapped" in result.codes
    assert len(result.soup()) == 12
    assert result.opened.georeference.crs == "EPSG:32650"


def test_metres_that_are_said_to_be_degrees_are_an_error(tmp_path: Path) -> None:
    text = document({"b": building(solid())}) | {
        "metadata": {"referenceSystem": "EPSG:4326"},
        "transform": {"scale": [1.0, 1.0, 1.0], "translate": [530_000.0, 3_385_000.0, 0.0]},
    }
    assert code_of(write(tmp_path / "a.json", json.dumps(text))) == "city.outside"
