"""Damaged and hostile rasters cost an error or a finding, never more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loaders.model.errors import Cancelled, CityTwinError
from loaders.model.formats import Format
from loaders.terrain import imagery_format, raster_format
from loaders.terrain.tiff_tags import read_summary
from tests.unit.loaders.terrain.rasters import Context, centres, plane, run, write

ODD_CODES = (
    "done",
    "terrain.not_raster",
    "terrain.no_heights",
    "terrain.outside",
    "terrain.cut_short",
    "terrain.bad_hgt",
)
FORMATS = (raster_format.FORMAT, imagery_format.FORMAT)


def code_of(path: Path, one: Format) -> str:
    try:
        found = run(path, one)
    except CityTwinError as error:
        return error.code
    for chunk in found.chunks:
        assert np.isfinite(chunk.positions).all()
    return "done"


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.id)
@pytest.mark.parametrize("ending", [".tif", ".asc", ".hgt", ".jpg", ".png"])
@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"(" * 100_000, b"II*\0\x08\0\0\0", b"ncols 5\nnrows 5\n1 2"])
def test_garbage_is_said(tmp_path: Path, one: Format, ending: str, content: bytes) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(content)
    assert 0 <= one.sniff(path, content[:4096]) <= 100
    assert code_of(path, one) in (*ODD_CODES[1:], "imagery.unreadable")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("kind", ["elevation", "picture"])
def test_a_cut_file_keeps_what_is_there(tmp_path: Path, kind: str, share: float) -> None:
    if kind == "elevation":
        values = plane(*centres((256, 256))).astype(np.float32)
        path = write(tmp_path / "a.tif", values, compress="deflate", blockysize=8)
        one: Format = raster_format.FORMAT
    else:
        noise = np.random.default_rng(2).integers(0, 255, (3, 600, 600)).astype(np.uint8)
        path = write(tmp_path / "a.tif", noise, photometric="RGB", blockysize=8)
        one = imagery_format.FORMAT
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    code = code_of(path, one)
    assert code in ("done", "terrain.not_raster", "terrain.no_heights", "imagery.unreadable")
    if code == "done":
        assert "terrain.unreadable_rows" in run(path, one).codes


def test_a_cut_ascii_grid(tmp_path: Path) -> None:
    path = tmp_path / "a.asc"
    header = "ncols 100\nnrows 100\nxllcorner 0\nyllcorner 0\ncellsize 10\n"
    path.write_text(header + "\n".join(" ".join(["7.5"] * 100) for _ in range(40)))
    assert code_of(path, raster_format.FORMAT) == "terrain.cut_short"


@pytest.mark.parametrize(
    "header",
    [
        "ncols 2000000000\nnrows 2000000000\nxllcorner 0\nyllcorner 0\ncellsize 1\n",
        "ncols -5\nnrows 5\nxllcorner 0\nyllcorner 0\ncellsize 1\n",
        "ncols 5\nnrows 5\nxllcorner nan\nyllcorner 0\ncellsize 1\n" + "1 2 3 4 5\n" * 5,
        "ncols 5\nnrows 5\nxllcorner 0\nyllcorner 0\ncellsize 0\n" + "1 2 3 4 5\n" * 5,
        "ncols 5\nnrows 5\nxllcorner 1e300\nyllcorner 0\ncellsize 1e300\n" + "1 2 3 4 5\n" * 5,
        "ncols 5\nnrows 5\nxllcorner 0\nyllcorner 0\ncellsize 1\n" + "1e39 nan inf x 5\n" * 5,
    ],
)
def test_odd_headers_of_ascii_grids(tmp_path: Path, header: str) -> None:
    path = tmp_path / "a.asc"
    path.write_text(header)
    assert code_of(path, raster_format.FORMAT) in (
        "done",
        "terrain.not_raster",
        "terrain.no_heights",
        "terrain.outside",
    )


def test_impossible_places_are_said(tmp_path: Path) -> None:
    from affine import Affine

    path = write(
        tmp_path / "a.tif", np.ones((9, 9), np.float32), crs="EPSG:4326", transform=Affine(50, 0, 900, 0, -50, 4000)
    )
    assert code_of(path, raster_format.FORMAT) == "terrain.outside"


def test_cancel_is_heard_at_every_stage(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", plane(*centres((300, 300))).astype(np.float32))
    counting = Context()
    list(raster_format.FORMAT.load(path, counting))
    assert counting.checkpoints > 10

    class Impatient(Context):
        def checkpoint(self) -> None:
            super().checkpoint()
            if self.checkpoints == self.options["after"]:
                raise Cancelled

    for after in (1, 4, counting.checkpoints):
        with pytest.raises(Cancelled):
            list(raster_format.FORMAT.load(path, Impatient(after=after)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120, deadline=None)
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_byte_of_a_tiff_may_be_wrong(tmp_path: Path, changes: list[tuple[float, int]]) -> None:
    """Small and uncompressed, so that most bytes are directory entries."""
    data = bytearray(write(tmp_path / "a.tif", np.arange(36, dtype=np.float32).reshape(6, 6)).read_bytes())
    for share, byte in changes:
        data[int(share * len(data))] = byte
    path = tmp_path / "b.tif"
    path.write_bytes(bytes(data))
    read_summary(path)
    for one in FORMATS:
        assert 0 <= one.sniff(path, bytes(data[:4096])) <= 100
        assert code_of(path, one).startswith(("done", "terrain.", "imagery."))


@given(data=st.binary(max_size=400))
def test_tags_of_nonsense(data: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".tif") as file:
        for order in (b"II*\0\x08\0\0\0", b"MM\0+\0\x08\0\0" + b"\0" * 7 + b"\x10"):
            file.seek(0)
            file.write(order + data)
            file.flush()
            read_summary(Path(file.name))
