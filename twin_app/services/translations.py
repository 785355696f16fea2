"""Words for people: every text has a key, both languages are complete, resolved as late as possible."""

from __future__ import annotations

import locale
import os
import string
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from psygnal import Signal

from loaders.model.errors import CityTwinError, Finding

LANGUAGES = ("zh_CN", "en")


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of one language by dotted key; ``[a.b]`` and ``c = ""`` give ``a.b.c``."""
    texts: dict[str, str] = {}
    for file in sorted((resources.files("assets") / "translations" / language).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            _flatten(tomllib.loads(file.read_text("utf-8")), "", texts)
    return texts


def _flatten(table: dict[str, Any], prefix: str, texts: dict[str, str]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _flatten(value, f"{prefix}{key}.", texts)
        else:
            texts[prefix + key] = str(value)


def system_language() -> str:
    """The user's language as the environment tells it: ``zh_CN`` for any Chinese, else ``en``."""
    named = os.environ.get("CITYTWIN_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    named = named or locale.getlocale()[0] or ""
    return "zh_CN" if named.lower().startswith(("zh", "chinese")) else "en"


class Translator:
    """Gives texts in the current language; `changed` tells when it switches."""

    changed = Signal(str)

    def __init__(self, language: str | None = None) -> None:
        self._language = language if language in LANGUAGES else system_language()

    @property
    def language(self) -> str:
        """``zh_CN`` or ``en``."""
        return self._language

    @language.setter
    def language(self, value: str) -> None:
        if value in LANGUAGES and value != self._language:
            self._language = value
            self.changed.emit(value)

    def has(self, key: str) -> bool:
        """Whether the current language has that key."""
        return key in catalogue(self._language)

    def __call__(self, key: str, /, **args: Any) -> str:
        """The text of ``key`` with its placeholders filled; a missing key shows itself."""
        text = catalogue(self._language).get(key)
        if text is None:
            return key
        shown = {name: _printable(value) for name, value in args.items()}
        return string.Formatter().vformat(text, (), _Arguments(shown)) if args or "{" in text else text

    def error(self, error: CityTwinError | Finding) -> str:
        """One sentence for an error or a finding, without its place."""
        return self(error.code, **error.arguments)


def _printable(value: Any) -> Any:
    """Texts out of files without their control characters: they would garble a terminal."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "\ufffd" for letter in value)


class _Arguments(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
