"""What the camera sees: immutable views, replaced as a whole."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass

from psygnal import Signal

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class CameraView:
    """A camera in world metres. ``height_m`` is the visible height of an orthographic view."""

    position_m: Vector = (0.0, -100.0, 100.0)
    target_m: Vector = (0.0, 0.0, 0.0)
    up: Vector = (0.0, 0.0, 1.0)
    field_of_view_deg: float = 40.0
    orthographic: bool = False
    height_m: float = 100.0


class ViewPreset(enum.StrEnum):
    """Views with a name; the value is what the command line takes."""

    ISO = "iso"
    TOP = "top"
    BOTTOM = "bottom"
    NORTH = "north"  # looking north, from the south side
    SOUTH = "south"
    EAST = "east"
    WEST = "west"


@dataclass(frozen=True, slots=True)
class SectionPlane:
    """Cuts away everything on the side that ``normal`` points to."""

    origin_m: Vector
    normal: Vector
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class SectionBox:
    """Keeps what is inside ``bounds_m`` = (minx, miny, minz, maxx, maxy, maxz), world metres."""

    bounds_m: tuple[float, float, float, float, float, float]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Measurement:
    """A distance between two picked points; ``snapped`` tells what each end sits on (vertex, edge, face)."""

    start_m: Vector
    end_m: Vector
    snapped: tuple[str, str] = ("face", "face")

    @property
    def distance_m(self) -> float:
        """The straight distance."""
        return float(sum((b - a) ** 2 for a, b in zip(self.start_m, self.end_m, strict=True)) ** 0.5)

    @property
    def horizontal_m(self) -> float:
        """The distance in plan."""
        return float(sum((b - a) ** 2 for a, b in zip(self.start_m[:2], self.end_m[:2], strict=True)) ** 0.5)

    @property
    def rise_m(self) -> float:
        """End height less start height."""
        return self.end_m[2] - self.start_m[2]


@dataclass(frozen=True, slots=True)
class Display:
    """How things are drawn, the same for all layers."""

    edges: bool = True
    ambient_occlusion: bool = False
    view_cube: bool = True
    scale_bar: bool = True
    north_arrow: bool = True
    max_level: int = 7  # CimLevel cap
    background: str = "office_light"  # theme whose sky is drawn


class ViewState:
    """The evented holder of the current camera, sections, measurements and display."""

    camera_changed = Signal(CameraView)
    sections_changed = Signal()
    measurements_changed = Signal()
    display_changed = Signal(Display)

    def __init__(self) -> None:
        self._camera = CameraView()
        self._display = Display()
        self._planes: tuple[SectionPlane, ...] = ()
        self._box: SectionBox | None = None
        self._measurements: tuple[Measurement, ...] = ()

    @property
    def camera(self) -> CameraView:
        """The current camera."""
        return self._camera

    @camera.setter
    def camera(self, value: CameraView) -> None:
        if value != self._camera:
            self._camera = value
            self.camera_changed.emit(value)

    @property
    def display(self) -> Display:
        """How things are drawn."""
        return self._display

    def set_display(self, **changes: object) -> None:
        """Replace some fields of `display`."""
        value = dataclasses.replace(self._display, **changes)  # type: ignore[arg-type]
        if value != self._display:
            self._display = value
            self.display_changed.emit(value)

    @property
    def section_planes(self) -> tuple[SectionPlane, ...]:
        """The cutting planes."""
        return self._planes

    @section_planes.setter
    def section_planes(self, value: tuple[SectionPlane, ...]) -> None:
        if value != self._planes:
            self._planes = value
            self.sections_changed.emit()

    @property
    def section_box(self) -> SectionBox | None:
        """The section box, or None."""
        return self._box

    @section_box.setter
    def section_box(self, value: SectionBox | None) -> None:
        if value != self._box:
            self._box = value
            self.sections_changed.emit()

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """The measured distances shown."""
        return self._measurements

    @measurements.setter
    def measurements(self, value: tuple[Measurement, ...]) -> None:
        if value != self._measurements:
            self._measurements = value
            self.measurements_changed.emit()
