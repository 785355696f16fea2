"""Our export before CesiumJS, the viewer that the format comes from: right place, lit, properties on click."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loaders.tileset import Tileset
from twin_app.cli import run

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path(__file__).parent / "pages" / "cesium.html"
WAIT_SECS = 150
FLAGS = (
    *("--headless=new", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--ignore-gpu-blocklist", "--window-size=800,600", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-sync", "--disable-component-update"),
)


@pytest.fixture(scope="module")
def cesium() -> Path:
    """The folder of the npm package."""
    named = os.environ.get("CITYTWIN_CESIUM")
    places = [Path(named)] if named else []
    places.append(ROOT / "node_modules" / "cesium")
    npm = shutil.which("npm")
    if npm:
        found = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False).stdout.strip()
        places.append(Path(found or ".") / "cesium")
    for place in places:
        if (place / "Build" / "Cesium" / "Cesium.js").is_file():
            return place
    pytest.skip("the npm package cesium is not installed (or name its folder in CITYTWIN_CESIUM)")


@pytest.fixture(scope="module")
def chromium() -> str:
    """The browser."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("chromium is not installed")
    return found


class _Server(http.server.ThreadingHTTPServer):
    """Serves page, package and tileset on this machine only, and keeps what the page tells."""

    daemon_threads = True

    def __init__(self, package: Path, tileset: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Handler, directory=str(package)))
        self.places = {"/cesium/": package, "/set/": tileset}
        self.told: dict[str, Any] = {}
        self.done = threading.Event()


class _Handler(http.server.SimpleHTTPRequestHandler):
    server: _Server

    def translate_path(self, path: str) -> str:
        path = path.partition("?")[0]
        for prefix, folder in self.server.places.items():
            if path.startswith(prefix):
                return str(folder / path.removeprefix(prefix))
        return str(PAGE)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        self.server.told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()
        self.server.done.set()


@pytest.fixture
def shown(shared_data: Path, cesium: Path, chromium: str, tmp_path: Path) -> Iterator[Any]:
    """``shown(folder)``: what the page tells of a tileset."""
    servers: list[_Server] = []

    def show(folder: Path) -> dict[str, Any]:
        server = _Server(cesium, folder)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/page"
        quiet = subprocess.DEVNULL
        command = [chromium, *FLAGS, f"--user-data-dir={tmp_path / 'browser'}", address]
        with subprocess.Popen(command, stdout=quiet, stderr=quiet) as browser:
            try:
                assert server.done.wait(WAIT_SECS), "the page told nothing"
            finally:
                browser.terminate()
        return server.told

    yield show
    for server in servers:
        server.shutdown()
        server.server_close()


def test_an_exported_city_stands_in_its_place_and_tells_of_its_objects(
    shared_data: Path, shown: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CACHE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"CITYTWIN_{name}_DIR", str(tmp_path / name))
    source, out = shared_data / "city" / "cityjson" / "delft.json", tmp_path / "out"
    assert run(["export", str(source), "--to", "3dtiles", "--out", str(out)]) == 0
    told = shown(out)
    assert "error" not in told, told
    assert (told["longitude"], told["latitude"]) == pytest.approx((4.36, 52.0), abs=0.05), "the town of Delft"
    ids = set(Tileset.open(next((tmp_path / "CACHE").rglob("tileset.json")).parent).objects()["id"].to_pylist())
    assert len(told["found"]) > 20
    assert {one["id"] for one in told["found"]} <= ids
    assert all(one["class"] for one in told["found"])
    pixels = np.array(told["pixels"]).reshape(120, 160, 4)[..., :3]
    seen = pixels.max(axis=2) > 20
    assert seen.mean() > 0.15
    assert np.unique(pixels[seen] // 16, axis=0).shape[0] > 10, "lit from a side, and not all one colour"
