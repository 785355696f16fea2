"""Our tiles before the Khronos validator, an outside judge: no errors, no warnings."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest

from loaders.convert import ConvertOptions, convert
from loaders.handover import glb_file
from loaders.handover.part import Part, Telling
from loaders.model.meshes import Texture
from loaders.model.points import PointChunk
from loaders.tileset import Tileset, write_glb
from tests.unit.loaders.convert.synthetic import cubes

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
const validator = require(process.argv[2]), fs = require('fs');
(async () => {
  const found = {};
  for (const file of process.argv.slice(3)) {
    const report = await validator.validateBytes(new Uint8Array(fs.readFileSync(file)));
    found[file] = report.issues.messages.filter(m => m.severity < 2).map(m => [m.code, m.pointer]);
  }
  console.log(JSON.stringify(found));
})();
"""


def _places() -> list[Path]:
    named = os.environ.get("CITYTWIN_GLTF_VALIDATOR")
    places = [Path(named)] if named else []
    places.append(ROOT / "node_modules" / "gltf-validator")
    npm = shutil.which("npm")
    if npm:
        found = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False).stdout.strip()
        places.append(Path(found or ".") / "gltf-validator")
    return places


@pytest.fixture(scope="module")
def validator() -> Path:
    """The folder of the npm package."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    for place in _places():
        if (place / "package.json").is_file():
            return place
    pytest.skip("the npm package gltf-validator is not installed (or name its folder in CITYTWIN_GLTF_VALIDATOR)")


def judged(validator: Path, files: list[Path], tmp_path: Path) -> dict[str, list[list[str]]]:
    """Errors and warnings of each file."""
    program = tmp_path / "judge.js"
    program.write_text(PROGRAM)
    command = ["node", str(program), str(validator), *map(str, files)]
    found: dict[str, list[list[str]]] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert len(found) == len(files)
    return found


def png(width: int, height: int) -> bytes:
    """A black picture."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress((b"\0" + bytes(width * 3)) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", pixels) + part(b"IEND", b"")


def test_all_kinds_of_chunks(validator: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    chunks = [
        cubes([1, 2, 70_000]),
        cubes([3], (1e6, 5.5, 0.1), transparent=True, normals=rng.normal(size=(8, 3)).astype(np.float32)),
        cubes([4], normals=np.zeros((8, 3), np.float32)),
        cubes([5], uvs=rng.random((8, 2)).astype(np.float32) * 3, texture=Texture(png(5, 3), "image/png")),
    ]
    points = PointChunk(
        np.array([7.0, 0.25, -1e6]),
        rng.normal(size=(90, 3)).astype(np.float32),
        np.repeat([3, 9, 70_001], 30).astype(np.uint32),
        rng.integers(0, 256, (90, 4)).astype(np.uint8),
        spacing_m=0.5,
    )
    path = tmp_path / "a.glb"
    write_glb(path, [*chunks, points], chunks[0].origin_m)
    assert judged(validator, [path], tmp_path) == {str(path): []}


def test_the_judge_sees_faults(validator: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    write_glb(path, [cubes([1])], np.zeros(3))
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"count":36', b'"count":37'))
    assert judged(validator, [path], tmp_path)[str(path)]


@pytest.mark.parametrize(
    "name",
    [
        "ifc/sample_house_ifc4.ifc",
        "ifc/fzk_haus.ifc",
        "city/cityjson/rotterdam_subset.json",
        "terrain/elev_luxembourg.tif",
        "terrain/autzen.jpg",
        "pointcloud/autzen_trim.laz",
    ],
)
def test_tiles_of_real_files(validator: Path, shared_data: Path, tmp_path: Path, name: str) -> None:
    report = convert(shared_data / name, ConvertOptions(out=tmp_path))
    files = [tile.path for tile in Tileset.open(Path(report.tileset)).tiles]
    assert files
    assert [issues for issues in judged(validator, files, tmp_path).values() if issues] == []


@pytest.mark.parametrize(
    "name",
    ["ifc/fzk_haus.ifc", "city/cityjson/delft.json", "terrain/elev_luxembourg.tif", "pointcloud/autzen_trim.laz"],
)
def test_files_handed_over(validator: Path, shared_data: Path, tmp_path: Path, name: str) -> None:
    report = convert(shared_data / name, ConvertOptions(out=tmp_path))
    tileset = Tileset.open(Path(report.tileset))
    out = tmp_path / "a.glb"
    glb_file.write([Part("层", tileset, tileset.georeference)], out, Telling())
    assert judged(validator, [out], tmp_path) == {str(out): []}
