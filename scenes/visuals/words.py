"""The few words on the picture itself, by language; the rest of the program translates elsewhere."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from scenes.visuals.fonts import cjk_font

LANGUAGES = ("zh_CN", "en")


@cache
def words(language: str) -> dict[str, str]:
    """Key -> text of ``assets/translations/<language>/visuals.toml``; English for an unknown language."""
    known = language if language in LANGUAGES else "en"
    return _table(known, "visuals")


def overlay_word(language: str, key: str) -> str:
    """The text of a key ``overlay.<name>``; English for an unknown language."""
    known = language if language in LANGUAGES else "en"
    return _table(known, "overlay")[key.partition(".")[2]]


def simulated_stamp() -> str:
    """What stands on every simulated value, in both languages where a font has Chinese."""
    both = [
        overlay_word(language, "overlay.simulated") for language in LANGUAGES if drawable_language(language) == language
    ]
    return " ".join(dict.fromkeys(both))


@cache
def _table(language: str, topic: str) -> dict[str, str]:
    file = resources.files("assets") / "translations" / language / f"{topic}.toml"
    table = tomllib.loads(file.read_text("utf-8"))[topic]
    return {key: str(text) for key, text in table.items()}


def drawable_language(language: str) -> str:
    """``language`` where its letters can be drawn; English where no font here has Chinese."""
    return "en" if language == "zh_CN" and cjk_font() is None else language
