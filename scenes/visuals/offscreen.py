"""Pictures of a scene without a window."""

from __future__ import annotations

from pathlib import Path

from scenes.model.scene import Scene
from scenes.model.view import ViewPreset
from scenes.visuals.canvas import SceneCanvas
from scenes.visuals.render_stats import RenderStats
from scenes.visuals.tile_source import OpenTiles, open_tileset


def render_scene(
    scene: Scene,
    size_px: tuple[int, int],
    out: Path,
    preset: ViewPreset | None = None,
    *,
    language: str = "en",
    open_tiles: OpenTiles = open_tileset,
) -> RenderStats:
    """Draw ``scene`` at full detail into the PNG ``out``, from a preset or as its camera stands.

    Raises OSError when the file cannot be written.
    """
    canvas = SceneCanvas.off_screen(scene, size_px, language=language, open_tiles=open_tiles)
    try:
        if preset is not None:
            canvas.look(preset, animate=False)
        return canvas.render_to(out)
    finally:
        canvas.close()
