"""Settings: declared once in assets/settings.toml, typed, validated, saved atomically."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from psygnal import Signal

from loaders.model.errors import CityTwinError, Finding
from twin_app.services.files import write_atomically
from twin_app.services.paths import config_folder

_KINDS = {"boolean": bool, "integer": int, "choice": str, "string": str, "paths": list, "strings": list}


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One setting as declared. ``kind`` is boolean, integer, choice, string, paths or strings."""

    key: str
    kind: str
    default: Any
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    step: int = 1
    hidden: bool = False

    def accepts(self, value: Any) -> bool:
        """Whether ``value`` may stand for this setting."""
        if type(value) is not _KINDS[self.kind]:
            return False
        if self.kind == "choice":
            return value in self.choices
        if isinstance(value, int):
            return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)
        return not isinstance(value, list) or all(isinstance(item, str) for item in value)


@cache
def schema() -> dict[str, SettingSpec]:
    """All settings by key, in the order of the declaration."""
    declared = tomllib.loads((resources.files("assets") / "settings.toml").read_text("utf-8"))
    specs = {}
    for group, entries in declared.items():
        for name, entry in entries.items():
            fields: dict[str, Any] = {k: tuple(v) if k == "choices" else v for k, v in entry.items() if k != "type"}
            specs[f"{group}.{name}"] = SettingSpec(key=f"{group}.{name}", kind=entry["type"], **fields)
    return specs


class Settings:
    """The current values. ``path`` None keeps them in memory only (tests, command line)."""

    changed = Signal(str, object)

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._values: dict[str, Any] = {}
        self.findings: list[Finding] = []
        if path is not None and path.exists():
            self._load(path)

    def _load(self, path: Path) -> None:
        try:
            stored = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            self.findings.append(Finding.warning("settings.unreadable", str(path)))
            return
        for key, value in stored.items() if isinstance(stored, dict) else ():
            spec = schema().get(key)
            if spec is not None and spec.accepts(value):
                self._values[key] = value
            else:
                self.findings.append(Finding.warning("settings.ignored", str(path), key=key))

    def get(self, key: str) -> Any:
        """The value, or the default; an undeclared key is a mistake of ours."""
        spec = schema()[key]
        return self._values.get(key, list(spec.default) if isinstance(spec.default, list) else spec.default)

    def set(self, key: str, value: Any) -> None:
        """Set, save and tell; setting the same again does nothing."""
        if not schema()[key].accepts(value):
            raise CityTwinError("settings.bad_value", key, value=str(value))
        if value == self.get(key):
            return
        self._values[key] = value
        self._save()
        self.changed.emit(key, value)

    def _save(self) -> None:
        if self._path is not None:
            text = json.dumps(self._values, ensure_ascii=False, indent=1, sort_keys=True)
            write_atomically(self._path, text.encode("utf-8"))

    def remember(self, key: str, item: str, limit: int = 12) -> None:
        """Put ``item`` first in a list setting (recent files, recent commands)."""
        self.set(key, [item, *(old for old in self.get(key) if old != item)][:limit])

    def forget(self, key: str, item: str) -> None:
        """Take ``item`` out of a list setting."""
        self.set(key, [old for old in self.get(key) if old != item])


def user_settings() -> Settings:
    """The settings of whoever runs the program."""
    return Settings(config_folder() / "settings.json")


def chosen_language(settings: Settings) -> str | None:
    """The language that the user chose; None to follow the system."""
    chosen = str(settings.get("ui.language"))
    return None if chosen == "system" else chosen
