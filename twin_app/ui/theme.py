"""Themes: tokens from assets/themes/*.toml, and the style sheet, palette and fonts made from them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette

THEMES = ("office_light", "office_dark", "show")
CJK_FAMILIES = ("Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei UI", "Source Han Sans SC", "Droid Sans Fallback")
# Xft's last resort: legible, but nobody's choice for an interface.
UNLOVED_FAMILIES = ("DejaVu Sans", "Sans Serif", "Bitstream Vera Sans", "Fixed", "Helvetica", "")
_TOKEN = re.compile(r"@(\w+)@")
_ICON = re.compile(r"@icon\((\w+)\)@")


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme's tokens: colours as ``#RRGGBB``, sizes in pixels; ``scheme`` is ``light`` or ``dark``."""

    name: str
    scheme: str
    colours: dict[str, str]
    sizes: dict[str, int]

    def colour(self, token: str) -> QColor:
        """One colour."""
        return QColor(self.colours[token])

    def size(self, token: str) -> int:
        """One length in pixels."""
        return self.sizes[token]


def _folder() -> Path:
    return Path(str(resources.files("assets")))


@cache
def load_theme(name: str) -> Theme:
    """The theme of that name; an unknown one gives the default."""
    chosen = name if name in THEMES else THEMES[0]
    tokens = tomllib.loads((_folder() / "themes" / f"{chosen}.toml").read_text("utf-8"))
    return Theme(chosen, tokens["scheme"], tokens["colours"], tokens["sizes"])


@cache
def style_sheet(name: str) -> str:
    """The style sheet of a theme; a token that the theme lacks is a mistake of ours (KeyError)."""
    theme = load_theme(name)
    template = (_folder() / "themes" / "window.qss").read_text("utf-8")
    tokens = theme.colours | {key: str(value) for key, value in theme.sizes.items()}
    icons = (_folder() / "icons").as_posix()
    text = _ICON.sub(lambda match: f"{icons}/{match[1]}_{theme.scheme}.svg", template)
    return _TOKEN.sub(lambda match: tokens[match[1]], text)


def palette(theme: Theme) -> QPalette:
    """What Qt draws itself (dialogs, text cursors) in the theme's colours."""
    roles = {
        QPalette.ColorRole.Window: "window",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Base: "panel",
        QPalette.ColorRole.AlternateBase: "window",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.Button: "raised",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.BrightText: "accent_text",
        QPalette.ColorRole.Highlight: "accent",
        QPalette.ColorRole.HighlightedText: "accent_text",
        QPalette.ColorRole.ToolTipBase: "tool_tip",
        QPalette.ColorRole.ToolTipText: "tool_tip_text",
        QPalette.ColorRole.PlaceholderText: "text_muted",
        QPalette.ColorRole.Link: "accent",
    }
    made = QPalette()
    for role, token in roles.items():
        made.setColor(role, theme.colour(token))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, theme.colour("text_disabled"))
    return made


def ui_font(theme: Theme, system: QFont) -> QFont:
    """The system's UI font with a Chinese fall-back and figures of one width."""
    known = set(QFontDatabase.families())
    fallbacks = [family for family in CJK_FAMILIES if family in known]
    first = [] if system.family() in UNLOVED_FAMILIES and fallbacks else [system.family()]
    font = QFont()
    font.setFamilies(first + fallbacks + ["DejaVu Sans"])
    font.setPixelSize(theme.size("font"))
    if hasattr(font, "setFeature"):
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def contrast(first: str, second: str) -> float:
    """The contrast ratio 1..21 of two ``#RRGGBB`` colours (WCAG 2.1, relative luminance)."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
