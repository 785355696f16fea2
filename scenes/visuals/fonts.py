"""Where this machine keeps fonts that VTK's FreeType can draw with."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# Regular weights with Simplified Chinese, best first; all of them have Latin letters too.
_CJK_NAMES = (
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "NotoSansSC-Regular.ttf",
    "SourceHanSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "NotoSansCJK-Regular.ttc",
    "msyh.ttc",
    "Microsoft YaHei.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "STHeiti Light.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "simhei.ttf",
)
_DEEPEST = 6


@cache
def cjk_font() -> Path | None:
    """A font file with Chinese, or None."""
    best: tuple[int, Path] | None = None
    for path in _font_files():
        if path.name in _CJK_NAMES:
            rank = _CJK_NAMES.index(path.name)
            if best is None or rank < best[0]:
                best = (rank, path)
    return best[1] if best else None


def _folders() -> list[Path]:
    given = os.environ.get("CITYTWIN_FONTS")
    folders = [Path(given)] if given else []
    if sys.platform == "win32":
        folders.append(Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts")
    elif sys.platform == "darwin":
        folders += [Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path.home() / "Library/Fonts"]
    else:
        data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
        folders += [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path(data) / "fonts"]
    return folders


def _font_files() -> Iterator[Path]:
    for folder in _folders():
        for parent, inner, names in os.walk(folder):
            if len(Path(parent).relative_to(folder).parts) >= _DEEPEST:
                inner.clear()
            yield from (Path(parent) / name for name in names)
