"""Pictures of another size than the window: the same scene drawn by a second canvas that nobody sees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scenes.visuals.images import write_png

if TYPE_CHECKING:
    from scenes.visuals.canvas import SceneCanvas


def write_screenshot(canvas: SceneCanvas, path: Path, size_px: tuple[int, int]) -> None:
    """Write ``canvas``'s scene as a PNG of ``size_px``; the window itself is left alone."""
    twin = type(canvas).off_screen(
        canvas.scene, size_px, language=canvas.notes.language, open_tiles=canvas.visuals.context.open_tiles
    )
    try:
        for visual in canvas.visuals:
            for chunk in visual.preview_chunks:
                twin.show_preview(visual.layer.layer_id, chunk)
        twin.pump_all()
        twin.render()
        twin.stage.set_smooth(True)
        twin.render()
        write_png(twin.window, path)
    finally:
        twin.close()
