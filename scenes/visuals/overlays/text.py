"""Text on the picture, Chinese included."""

from __future__ import annotations

from typing import Any

import vtkmodules.vtkRenderingFreeType  # noqa: F401 - registers the text renderer
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkTextActor, vtkTextProperty, vtkTextRenderer

from scenes.visuals.fonts import cjk_font
from scenes.visuals.look import Colour, Look

DPI = 96
_FONT_FILE = 4  # VTK_FONT_FILE, a macro that Python does not see


def style(size_pt: int, colour: Colour, *, bold: bool = False) -> Any:
    """A text property in a font that has Chinese where the machine has one."""
    result = vtkTextProperty()
    result.SetFontSize(size_pt)
    result.SetColor(*colour)
    result.SetBold(bold)
    font = cjk_font()
    if font is None:
        result.SetFontFamilyToArial()
    else:
        result.SetFontFamily(_FONT_FILE)
        result.SetFontFile(str(font))
    return result


class Label:
    """A line of text on a card, centred on a screen point."""

    def __init__(self, renderer: Any, look: Look, size_pt: int = 15) -> None:
        self.actor: Any = vtkTextActor()
        self._renderer = renderer
        self._size_pt = size_pt
        self.set_look(look)
        renderer.AddViewProp(self.actor)

    def set_look(self, look: Look) -> None:
        """Take a theme's colours."""
        text = style(self._size_pt, look.text)
        text.SetBackgroundColor(*look.paper)
        text.SetBackgroundOpacity(look.paper_opacity)
        text.SetJustificationToCentered()
        text.SetVerticalJustificationToCentered()
        self.actor.SetTextProperty(text)

    def show(self, text: str, x_px: float, y_px: float, height_px: int) -> None:
        """Show ``text`` at a point counted from the top left of a window ``height_px`` high."""
        self.actor.SetInput(f"\u2009{text}\u2009" if cjk_font() else f" {text} ")
        self.actor.SetPosition(x_px, height_px - y_px)
        self.actor.SetVisibility(True)

    def hide(self) -> None:
        """Show nothing."""
        self.actor.SetVisibility(False)

    def remove(self) -> None:
        """Take it off its renderer."""
        self._renderer.RemoveViewProp(self.actor)


def rendered(text: str, size_pt: int, colour: Colour) -> Any:
    """``text`` as vtkImageData with transparency."""
    image = vtkImageData()
    vtkTextRenderer.GetInstance().RenderString(style(size_pt, colour, bold=True), text, image, [0, 0], DPI)
    return image
