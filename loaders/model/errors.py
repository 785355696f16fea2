"""Errors and findings: a code, the place, and arguments; words are resolved late, in the reader's language."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any


class Severity(enum.StrEnum):
    """How bad a finding is; data lost is always an ERROR."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class CityTwinError(Exception):
    """What stopped a file or a program part, in one sentence.

    ``code`` is a key of the translation catalogues (``assets/translations/<language>/*.toml``), for
    example ``ifc.truncated``; ``args`` fills its placeholders; ``place`` is the path, object or
    argument that it is about. Picklable, so that it crosses process borders whole.
    """

    def __init__(self, code: str, place: str = "", **args: Any) -> None:
        super().__init__(code, place, args)
        self.code = code
        self.place = place
        self.arguments = args

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.code, self.place, self.arguments))

    def __str__(self) -> str:
        shown = ", ".join(f"{key}={value}" for key, value in self.arguments.items())
        return f"{self.code}({shown}) at {self.place}" if self.place else f"{self.code}({shown})"


def _rebuild(kind: type[CityTwinError], code: str, place: str, args: dict[str, Any]) -> CityTwinError:
    return kind(code, place, **args)


class Cancelled(Exception):
    """The user asked to stop; shown to nobody."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Part of a source that could not be read as it should; the rest went on.

    ``code`` is a translation key as in `CityTwinError`; ``place`` names the object, line or member.
    """

    severity: Severity
    code: str
    place: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def warning(code: str, place: str = "", **args: Any) -> Finding:
        return Finding(Severity.WARNING, code, place, args)

    @staticmethod
    def error(code: str, place: str = "", **args: Any) -> Finding:
        return Finding(Severity.ERROR, code, place, args)

    @staticmethod
    def info(code: str, place: str = "", **args: Any) -> Finding:
        return Finding(Severity.INFO, code, place, args)
