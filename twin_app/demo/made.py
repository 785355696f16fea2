"""What a generated demo consists of, and how its making is told of and stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loaders.model.errors import Cancelled
from loaders.model.formats import LayerKind
from loaders.model.frames import Matrix
from scenes.model.view import CameraView
from twin_app.demo.views import Bookmark

OnProgress = Callable[[float, str], None]
IsCancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class DemoSource:
    """One layer of the demo, in the order in which layers lie on each other.

    ``world_from_model`` places a file that several layers show; without it the file says where it belongs.
    """

    path: Path
    kind: LayerKind
    name_zh: str
    name_en: str
    world_from_model: Matrix | None = None


@dataclass(frozen=True, slots=True)
class DemoHouse:
    """A plain building by the id of its object, with a point in it in the project's system."""

    id: str
    name_zh: str
    name_en: str
    east_m: float
    north_m: float


@dataclass(frozen=True, slots=True)
class DemoRoad:
    """A road that much traffic goes along, by the id of its object; ``busy`` beside the others, about 1."""

    id: str
    name_zh: str
    name_en: str
    busy: float


@dataclass(frozen=True, slots=True)
class DemoCity:
    """What was generated. ``project`` is where the caller is to write the project file.

    ``houses`` are some of the plain buildings and ``roads`` the main roads, for simulated values.
    """

    project: Path
    size: str
    seed: int
    crs: str
    sources: tuple[DemoSource, ...]
    objects: int
    buildings: int
    seconds: float
    view: CameraView
    bookmarks: tuple[Bookmark, ...]
    houses: tuple[DemoHouse, ...] = ()
    roads: tuple[DemoRoad, ...] = ()


class Steps:
    """Reports progress by the measured weight of each step, and stops between steps."""

    def __init__(self, total: float, on_progress: OnProgress, is_cancelled: IsCancelled) -> None:
        self._report, self._is_cancelled = on_progress, is_cancelled
        self._total = total
        self._done = 0.0

    def begin(self, stage: str) -> None:
        """Tell which stage runs now."""
        self.checkpoint()
        self._report(min(self._done / self._total, 1.0), f"demo.progress.{stage}")

    def end(self, weight: float) -> None:
        """A step of that weight is done."""
        self._done += weight

    def checkpoint(self) -> None:
        """Stop here if the user asked to."""
        if self._is_cancelled():
            raise Cancelled
