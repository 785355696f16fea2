"""The first picture of a model: the fast engine's shapes, shown as they come and kept for comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from loaders.ifc.chunks import Element, chunks_of, is_sound
from loaders.ifc.kernel_process import KernelProcess, Shape
from loaders.ifc.objects import HIDDEN_CLASSES
from loaders.model.errors import Finding
from loaders.model.events import Found, LoadEvent, Preview

FIRST_TRIANGLES = 20_000
PREVIEW_TRIANGLES = 200_000


class FirstPicture:
    """Needs nothing of a model but the instances, so that it comes before all tables. ``cyclic`` ids are left out.

    ``shapes`` are the sound shapes of products by STEP id; ``listen`` is called while the engine works, and may raise;
    ``shown`` tells whether some are on their way to the screen.
    """

    def __init__(self, model: Any, cyclic: set[int], listen: Callable[[], None]) -> None:
        self._model, self._cyclic = model, cyclic
        self.listen = listen
        self.shapes: dict[int, Shape] = {}
        self.shown = False

    def events(self, process: KernelProcess | None) -> Iterator[LoadEvent]:
        """Chunks of what is not hidden, the first as soon as there is something to see."""
        if process is None:
            return
        waiting: list[Element] = []
        count, enough = 0, FIRST_TRIANGLES
        for shape in process.shapes(lambda: self.listen()):
            if (element := self._element(shape)) is None:
                continue
            waiting.append(element)
            count += len(shape.faces)
            if count > enough:
                yield from self._previews(waiting)
                waiting, count, enough = [], 0, PREVIEW_TRIANGLES
        yield from self._previews(waiting)
        if not process.finished:
            yield Found(Finding.warning("ifc.fast_engine_failed"))

    def _previews(self, elements: list[Element]) -> Iterator[LoadEvent]:
        for chunk in chunks_of(elements, clean=False):
            self.shown = True
            yield Preview(chunk)

    def _element(self, shape: Shape) -> Element | None:
        if shape.step_id in self._cyclic or not is_sound(shape):
            return None
        try:
            one = self._model.by_id(shape.step_id)
        except RuntimeError:  # only the fast engine sees it
            return None
        if not one.is_a("IfcProduct"):
            return None
        self.shapes[shape.step_id] = shape
        kind = one.is_a()
        # Rows of previews are provisional: numbers as they come.
        return None if kind in HIDDEN_CLASSES else Element(shape, len(self.shapes) - 1, kind)
