"""Pictures are recognised, placed, and laid over terrain pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer
from rasterio.io import MemoryFile

from loaders.model.crs import read_crs
from loaders.model.meshes import MeshChunk, Texture
from loaders.terrain import imagery_format, raster_format
from tests.unit.loaders.terrain.rasters import EAST, NORTH, NORTH_UP, centres, plane, run, run_picture, write


def decoded(texture: Texture | None) -> np.ndarray:
    """(rows, columns, bands) of an encoded picture."""
    assert texture is not None
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning), MemoryFile(texture.data) as file, file.open() as data:
        return np.moveaxis(data.read(), 0, -1)


def colour_at(chunk: MeshChunk, vertex: int) -> np.ndarray:
    pixels = decoded(chunk.texture)
    assert chunk.uvs is not None
    u, v = chunk.uvs[vertex]
    row = min(int(v * pixels.shape[0]), pixels.shape[0] - 1)
    return pixels[row, min(int(u * pixels.shape[1]), pixels.shape[1] - 1)]


def quadrants(size: int = 64) -> np.ndarray:
    """Red north-west, green north-east, blue south-west, white south-east."""
    picture = np.zeros((3, size, size), np.uint8)
    half = size // 2
    picture[0, :half, :half] = picture[1, :half, half:] = picture[2, half:, :half] = 250
    picture[:, half:, half:] = 250
    return picture


def scores(path: Path) -> tuple[int, int]:
    head = path.read_bytes()[:4096]
    return raster_format.sniff(path, head), imagery_format.sniff(path, head)


@pytest.mark.parametrize(
    ("values", "profile", "elevation"),
    [
        (np.zeros((8, 8), np.float32), {}, True),
        (np.zeros((8, 8), np.float64), {"compress": "deflate", "bigtiff": "YES"}, True),
        (np.zeros((8, 8), np.int16), {"endianness": "BIG"}, True),
        (np.zeros((8, 8), np.uint16), {"tiled": True, "blockxsize": 16, "blockysize": 16}, True),
        (np.zeros((8, 8), np.int32), {}, True),
        (np.zeros((2, 8, 8), np.float32), {"photometric": "MINISBLACK"}, True),
        (np.zeros((8, 8), np.uint8), {"units": ("m",)}, True),
        (np.zeros((8, 8), np.uint8), {}, False),
        (np.zeros((8, 8), np.uint8), {"colours": {0: (1, 2, 3)}}, False),
        (np.zeros((8, 8), np.uint8), {"nbits": 1}, False),
        (np.zeros((8, 8), np.uint16), {"colours": {0: (1, 2, 3)}}, False),
        (np.zeros((3, 8, 8), np.uint8), {"photometric": "RGB"}, False),
        (np.zeros((4, 8, 8), np.uint8), {"photometric": "RGB", "bigtiff": "YES", "endianness": "BIG"}, False),
        (np.zeros((3, 8, 8), np.uint16), {"photometric": "RGB"}, False),
        (np.zeros((3, 8, 8), np.float32), {"photometric": "RGB"}, False),
        (np.zeros((5, 8, 8), np.uint16), {"photometric": "MINISBLACK"}, False),
        (np.zeros((3, 8, 8), np.uint8), {"compress": "JPEG", "photometric": "YCBCR"}, False),
        (np.zeros((8, 8), np.uint8), {"compress": "JPEG"}, False),
    ],
)
def test_elevation_and_imagery_are_told_apart(
    tmp_path: Path, values: np.ndarray, profile: dict, elevation: bool
) -> None:
    terrain, imagery = scores(write(tmp_path / "a.tif", values, **profile))
    assert (terrain > imagery) == elevation
    assert max(terrain, imagery) == 95
    assert min(terrain, imagery) == 0


def test_a_picture_lies_where_its_file_says(tmp_path: Path) -> None:
    found = run_picture(write(tmp_path / "a.tif", quadrants()))
    (chunk,) = found.chunks
    points = found.vertices()
    np.testing.assert_allclose(points.min(axis=0), [EAST, NORTH - 640, 0], atol=1e-3)
    np.testing.assert_allclose(points.max(axis=0), [EAST + 640, NORTH, 0], atol=1e-3)
    for vertex, (x, y, _) in enumerate(points):
        expected = {(0, 1): [250, 0, 0], (1, 1): [0, 250, 0], (0, 0): [0, 0, 250], (1, 0): [250, 250, 250]}
        want = expected[(int(x > EAST + 320), int(y > NORTH - 320))]
        assert np.abs(colour_at(chunk, vertex).astype(int) - want).max() <= 12
    corners = found.corners()
    assert (np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] > 0).all()
    assert found.opened.georeference.crs == "EPSG:32650"
    assert not found.codes


def test_a_picture_in_degrees_is_bent_into_place(tmp_path: Path) -> None:
    matrix = Affine(0.001, 0, 114.3, 0, -0.001, 30.6)
    found = run_picture(write(tmp_path / "a.tif", quadrants(), transform=matrix, crs="EPSG:4326"))
    assert found.opened.georeference.crs == "EPSG:32650"
    points, uvs = found.vertices(), found.chunks[0].uvs
    assert uvs is not None
    uvs = uvs.astype(np.float64)
    assert len(points) == 17 * 17
    expected = Transformer.from_crs("EPSG:4326", "EPSG:32650", always_xy=True).transform(
        114.3 + 0.064 * uvs[:, 0], 30.6 - 0.064 * uvs[:, 1]
    )
    np.testing.assert_allclose(points[:, :2], np.column_stack(expected), atol=0.05)


@pytest.mark.parametrize(("name", "driver", "world"), [("a.jpg", "JPEG", "jgw"), ("b.png", "PNG", "wld")])
def test_world_files_and_projections_beside(tmp_path: Path, name: str, driver: str, world: str) -> None:
    path = tmp_path / name
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        write(path, quadrants(), driver=driver, crs=None, transform=None)
    assert "imagery.no_place" in run_picture(path).codes
    path.with_suffix(f".{world}").write_text(f"2\n0\n0\n-2\n{EAST + 1}\n{NORTH - 1}\n")
    found = run_picture(path)
    assert found.opened.georeference.crs is None
    assert found.codes == {"terrain.no_crs"}
    np.testing.assert_allclose(found.vertices().max(axis=0), [EAST + 128, NORTH, 0], atol=1e-3)
    path.with_suffix(".prj").write_text("EPSG:4547")
    assert run_picture(path).opened.georeference.crs == "EPSG:4547"
    beside = {p.name for p in imagery_format.FORMAT.companions(path) if p.is_file()}
    assert beside == {path.with_suffix(f".{world}").name, path.with_suffix(".prj").name}


def test_palettes_masks_and_deep_bands(tmp_path: Path) -> None:
    index = np.zeros((16, 16), np.uint8)
    index[8:] = 1
    chunk = run_picture(write(tmp_path / "p.tif", index, colours={0: (200, 10, 10), 1: (10, 10, 200)})).chunks[0]
    pixels = decoded(chunk.texture)
    assert np.abs(pixels[2, 8].astype(int) - [200, 10, 10]).max() < 12
    masked = np.stack([np.full((16, 16), 90, np.uint8)] * 3 + [np.where(index, 255, 0).astype(np.uint8)])
    (chunk,) = run_picture(write(tmp_path / "m.tif", masked, photometric="RGB", alpha="YES")).chunks
    assert chunk.transparent
    assert chunk.texture is not None
    assert chunk.texture.media_type == "image/png"
    assert decoded(chunk.texture)[[2, 12], 8].tolist() == [[90, 90, 90, 0], [90, 90, 90, 255]]
    deep = np.stack([np.arange(256, dtype=np.uint16).reshape(16, 16) * 40] * 3)
    found = run_picture(write(tmp_path / "d.tif", deep, photometric="RGB"))
    assert "imagery.stretched" in found.codes
    assert np.ptp(decoded(found.chunks[0].texture)) > 240
    bits = run_picture(write(tmp_path / "b.tif", index, nbits=1)).chunks[0]
    assert decoded(bits.texture)[[2, 12], 8, 0].tolist() == [0, 255]


def test_large_pictures_are_downsized_and_cut_into_pieces(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.full((3, 1500, 3000), 99, np.uint8), photometric="RGB")
    found = run_picture(path, texture_px=2000)
    assert len(found.chunks) == 2
    assert max(max(decoded(chunk.texture).shape) for chunk in found.chunks) <= 1024 + 4
    np.testing.assert_allclose(np.ptp(found.vertices(), axis=0), [30_000, 15_000, 0], atol=0.01)


def drape_files(tmp_path: Path, crs: str = "EPSG:32650") -> tuple[Path, Path]:
    """Terrain of 640 m x 640 m, and a picture of quadrants over all of it in another system."""
    ground = write(tmp_path / "ground.tif", plane(*centres((64, 64))).astype(np.float32))
    if crs == "EPSG:32650":
        return ground, write(tmp_path / "photo.tif", quadrants())
    to_other = Transformer.from_crs("EPSG:32650", crs, always_xy=True)
    x, y = to_other.transform([EAST, EAST + 640, EAST, EAST + 640], [NORTH, NORTH, NORTH - 640, NORTH - 640])
    size = (max(x) - min(x)) / 200
    across, down = np.meshgrid(np.arange(200) + 0.5, np.arange(240) + 0.5)
    back = Transformer.from_crs(crs, "EPSG:32650", always_xy=True)
    east, north = back.transform(min(x) + across * size, max(y) - down * size)
    source = quadrants()
    i = np.clip((NORTH - north) / 10, 0, 63).astype(int)
    j = np.clip((east - EAST) / 10, 0, 63).astype(int)
    matrix = Affine(size, 0, min(x), 0, -size, max(y))
    return ground, write(tmp_path / "photo.tif", source[:, i, j], crs=crs, transform=matrix)


@pytest.mark.parametrize("crs", ["EPSG:32650", "EPSG:4326", "EPSG:4547"])
def test_a_draped_picture_colours_the_right_ground(tmp_path: Path, crs: str) -> None:
    ground, photo = drape_files(tmp_path, crs)
    found = run(ground, drape=str(photo))
    assert not found.codes
    (chunk,) = found.chunks
    points = found.vertices()
    np.testing.assert_allclose(points[:, 2], plane(points[:, 0], points[:, 1]), atol=1e-3)
    pixels = decoded(chunk.texture)
    assert chunk.uvs is not None
    place = (chunk.uvs * [pixels.shape[1], pixels.shape[0]]).astype(int)
    shown = pixels[place[:, 1], place[:, 0]].astype(int)
    east, south = points[:, 0] - EAST > 320, NORTH - points[:, 1] > 320
    inner = (np.abs(points[:, 0] - EAST - 320) > 40) & (np.abs(NORTH - points[:, 1] - 320) > 40)
    inner &= (np.abs(points[:, 0] - EAST - 320) < 290) & (np.abs(NORTH - points[:, 1] - 320) < 290)
    for mask, colour in (
        (~east & ~south, [250, 0, 0]),
        (east & ~south, [0, 250, 0]),
        (~east & south, [0, 0, 250]),
        (east & south, [250, 250, 250]),
    ):
        assert np.abs(shown[mask & inner] - colour).max() <= 25
    assert (chunk.colours == 255).all()


def test_a_picture_over_half_of_it_leaves_the_tint(tmp_path: Path) -> None:
    ground = write(tmp_path / "ground.tif", np.full((300, 300), 80, np.float32))
    black = write(tmp_path / "half.tif", np.zeros((3, 140, 300), np.uint8), photometric="RGB")
    found = run(ground, drape=black)
    textured = [chunk for chunk in found.chunks if chunk.texture is not None]
    plain = [chunk for chunk in found.chunks if chunk.texture is None]
    assert (len(textured), len(plain)) == (6, 3)
    partly = max(textured, key=lambda chunk: float(np.ptp(decoded(chunk.texture))))
    pixels = decoded(partly.texture)
    assert pixels[2, 5].max() < 15
    assert np.abs(pixels[-3, 5].astype(int) - plain[0].colours[0, :3]).max() < 12


def test_pieces_of_a_drape_meet_in_the_same_colours(tmp_path: Path) -> None:
    ground = write(tmp_path / "ground.tif", np.full((257, 257), 80, np.float32))
    ramp = np.tile(np.linspace(0, 255, 257).astype(np.uint8), (3, 257, 1))
    found = run(ground, drape=write(tmp_path / "ramp.tif", ramp, photometric="RGB"))
    assert len(found.chunks) == 4
    west, east = sorted(found.chunks, key=lambda chunk: float(chunk.origin_m[0]))[1:3]
    assert np.abs(decoded(west.texture)[10:-10, -1].astype(int).mean() - decoded(east.texture)[10:-10, 0].mean()) < 3


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("far", "terrain.drape_outside"),
        ("garbage", "terrain.not_raster"),
        ("missing", "terrain.not_raster"),
        ("no place", "terrain.drape_no_place"),
    ],
)
def test_a_bad_drape_leaves_the_terrain(tmp_path: Path, case: str, code: str) -> None:
    ground, photo = drape_files(tmp_path)
    if case == "far":
        write(photo, quadrants(), transform=Affine(10, 0, EAST + 9000, 0, -10, NORTH))
    elif case == "no place":
        with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
            write(photo, quadrants(), crs=None, transform=None)
    elif case == "garbage":
        photo.write_bytes(b"nothing" * 100)
    else:
        photo.unlink()
    found = run(ground, drape=str(photo))
    assert code in found.codes
    assert found.chunks[0].texture is None


def test_a_drape_without_a_system_shares_the_terrains(tmp_path: Path) -> None:
    """In the source's own feet, not in the metres it is shown in."""
    matrix = Affine(10.0, 0, 636_000, 0, -10.0, 850_000)
    ground = write(tmp_path / "g.tif", np.full((64, 64), 80, np.float32), transform=matrix, crs="EPSG:2992")
    photo = write(tmp_path / "p.tif", quadrants(), transform=matrix, crs=None)
    found = run(ground, drape=photo)
    assert {"terrain.no_crs", "terrain.unit_assumed"} == found.codes
    pixels = decoded(found.chunks[0].texture)
    assert np.abs(pixels[5, 5].astype(int) - [250, 0, 0]).max() < 15
    assert np.abs(pixels[-5, -5].astype(int) - 250).max() < 15


def test_the_twin_of_a_system_in_feet_is_read_back() -> None:
    from loaders.model.crs import metric_twin

    source = read_crs("EPSG:2992")
    assert source is not None
    twin = read_crs(metric_twin(source))
    assert twin is not None
    assert twin.unit_m == 1.0
    assert NORTH_UP.a == 10.0


@pytest.mark.parametrize("words", [b"", b"1 2", b"one\ntwo\nthree\nfour\nfive\nsix\n", bytes(range(256)) * 40])
def test_a_world_file_that_cannot_be_read_is_named(tmp_path: Path, words: bytes) -> None:
    path = write(tmp_path / "a.png", quadrants(), driver="PNG")
    path.with_name("a.png.aux.xml").unlink()
    path.with_suffix(".pgw").write_bytes(words)
    found = run_picture(path)
    assert "imagery.bad_world_file" in found.codes
    assert found.chunks


def test_a_picture_that_ends_early_is_said(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (3, 200, 200)).astype(np.uint8)
    path = write(tmp_path / "a.png", noise, driver="PNG")
    assert "imagery.cut_short" not in run_picture(path).codes
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "imagery.cut_short" in run_picture(path).codes
