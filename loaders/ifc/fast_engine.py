"""The fast engine: ifclite-geom (Rust, MPL-2.0); one colour an element, z up, metres, absolute."""

from __future__ import annotations

import importlib.util
import os
import struct
from functools import cache, partial
from pathlib import Path
from typing import IO, Any

from loaders.ifc.kernel_process import KernelProcess, Work, write_record
from loaders.ifc.opening import Text

NAME = "fast"
QUIET_SECS = 20.0
QUIET_SECS_PER_MB = 2.0
_RGBA = struct.Struct("=4f")


def available() -> bool:
    """Whether the engine is installed."""
    return importlib.util.find_spec("ifclite_geom") is not None


@cache
def version() -> str:
    """Its version, for the report."""
    from importlib import metadata

    return metadata.version("ifclite-geom")


def start(text: Text) -> KernelProcess:
    """A process at work on a text. It is silent until all is done, so its time grows with the size."""
    limit_secs = QUIET_SECS + len(text.data) / 1e6 * QUIET_SECS_PER_MB
    return KernelProcess(work(text.path), silence_limit_secs=limit_secs)


def work(path: Path) -> Work:
    """What a `KernelProcess` runs: every element."""
    return partial(_mesh, str(path))


def _mesh(path: str, file: IO[bytes]) -> None:
    # One core is for the parser, which works meanwhile. Read by the engine's thread pool when it starts.
    os.environ.setdefault("RAYON_NUM_THREADS", str(max(1, (os.cpu_count() or 1) - 1)))
    import ifclite_geom

    found: Any = ifclite_geom.geometry_data_buffers(Path(path).read_bytes())
    for step_id, element in found["elements"].items():
        faces = element["faces"]
        if faces:
            styles = bytes(len(faces) // 3)  # style 0 of one, four bytes for the twelve of a face
            write_record(file, int(step_id), (element["vertices"], faces, styles, _RGBA.pack(*element["color"])))


def entities(data: bytes) -> dict[int, dict[str, Any]]:
    """Attributes and property sets by STEP id, for schemas that ifcopenshell does not read."""
    import ifclite_geom

    found: Any = ifclite_geom.entity_data(data)["entities"]
    return dict(found)
