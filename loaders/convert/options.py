"""What a conversion may be told, and what it tells while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders import registry
from loaders.model.events import Found, Opened, Progress
from loaders.model.formats import Format

FormatsProvider = Callable[[], tuple[Format, ...]]
DEFAULT_CACHE_BYTES = 20_000_000_000


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """``engine`` is auto, fast or exact; ``loader_options`` go to the loader beside it.

    A loader option that is a `Path`, or the text of an absolute path of a file, counts with that
    file's content. ``out`` is a folder that gets ``<name>.tiles``; without it the result goes to the
    cache. Without ``use_cache`` an earlier result is not taken, but replaced.
    With ``background`` the child process yields to the window: it runs at a lower priority. It keeps to so many
    ``cores``, 0 for all.
    ``formats`` must be a module-level function: child processes look it up by name.
    """

    engine: str = "auto"
    loader_options: Mapping[str, Any] = field(default_factory=dict)
    out: Path | None = None
    use_cache: bool = True
    cache_folder: Path | None = None
    cache_limit_bytes: int = DEFAULT_CACHE_BYTES
    formats: FormatsProvider = registry.formats
    background: bool = False
    cores: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class PreviewReady:
    """A provisional tile is at ``path`` until the conversion ends; read it with ``read_glb(path, origin_m)``."""

    path: Path
    origin_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TileReady:
    """A final tile is at ``path`` until the conversion ends; then the whole folder moves to its place."""

    index: int
    path: Path
    origin_m: NDArray[np.float64]
    level: int
    num_triangles: int


ConvertEvent = Opened | Progress | PreviewReady | TileReady | Found


def ignore_event(_event: ConvertEvent) -> None:
    """Listens to nothing."""


def never_cancelled() -> bool:
    """Goes on to the end."""
    return False
