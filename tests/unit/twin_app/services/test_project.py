"""Project files: round trips, relative paths, and damage."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from twin_app.services import project as store

numbers = st.floats(allow_nan=False, allow_infinity=False)
placements = st.builds(store.PlacementRecord, numbers, numbers, numbers, numbers)
layers = st.builds(
    store.LayerRecord,
    source=st.sampled_from(["a.ifc", "模型/塔楼.ifc", "../elsewhere/b.tif"]),
    kind=st.sampled_from(["building", "terrain"]),
    name=st.text(max_size=20),
    visible=st.booleans(),
    opacity=st.floats(0, 1),
    placement=placements,
)


@given(st.lists(layers, max_size=4), st.none() | st.just("EPSG:4547"))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, records: list[store.LayerRecord], crs: str | None
) -> None:
    path = tmp_path_factory.mktemp("p") / "片区.citytwin"
    store.write_project(path, store.ProjectRecord(name="片区", crs=crs, layers=records))
    found = store.read_project(path)
    for record in records:
        record.source = str(store.absolute_source(path, record.source))
    assert found == store.ProjectRecord(name="片区", crs=crs, layers=records)


def test_a_folder_that_moves_as_a_whole_still_opens(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "models").mkdir(parents=True)
    source = old / "models" / "a.ifc"
    source.write_text("x")
    path = old / "p.citytwin"
    relative = store.relative_source(path, source)
    assert relative == "models/a.ifc"
    store.write_project(path, store.ProjectRecord(layers=[store.LayerRecord(relative, "building")]))
    old.rename(new)
    assert store.read_project(new / "p.citytwin").layers[0].source == str(new / "models" / "a.ifc")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "project.damaged"),
        (b"\xff\xfe", "project.damaged"),
        (b'{"citytwin": 99}', "project.newer"),
        (b'{"layers": [{"source": 1}]}', "project.damaged"),
        (b"[" * 200_000, "project.damaged"),
    ],
)
def test_damage_is_told(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "p.citytwin"
    path.write_bytes(data)
    with pytest.raises(CityTwinError, match=code):
        store.read_project(path)


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "file" / "p.citytwin"
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(CityTwinError, match=r"file\.not_written"):
        store.write_project(target, store.ProjectRecord())
    assert (tmp_path / "file").read_text() == "not a folder"
