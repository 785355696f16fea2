"""What the program has to say: kept in order, shown beside the layer it belongs to, worded late."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psygnal import Signal

from loaders.model.errors import CityTwinError, Finding, Severity


@dataclass(frozen=True, slots=True)
class Message:
    """One message; its text is ``tr(code, **arguments)`` and its place stands after it."""

    severity: Severity
    code: str
    place: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    layer_id: str = ""
    is_answer: bool = False  # to what the user just asked for: not to be overlooked
    folder: Path | None = None  # what was written, and can be shown
    time: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))


class Messages:
    """The messages of this session; bounded, oldest first."""

    added = Signal(object)  # Message
    cleared = Signal()

    def __init__(self, limit: int = 5000) -> None:
        self._limit = limit
        self._messages: list[Message] = []

    def __iter__(self) -> Iterator[Message]:
        return iter(tuple(self._messages))

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, message: Message) -> None:
        """Keep a message and tell."""
        self._messages.append(message)
        del self._messages[: -self._limit]
        self.added.emit(message)

    def error(self, error: CityTwinError, layer_id: str = "") -> None:
        """Keep an error."""
        self.add(Message(Severity.ERROR, error.code, error.place, error.arguments, layer_id))

    def finding(self, finding: Finding, layer_id: str = "", *, is_answer: bool = False) -> None:
        """Keep a finding."""
        self.add(Message(finding.severity, finding.code, finding.place, finding.arguments, layer_id, is_answer))

    def info(self, code: str, place: str = "", **args: Any) -> None:
        """Tell that something went as wished."""
        self.add(Message(Severity.INFO, code, place, args))

    def written(self, code: str, folder: Path, **args: Any) -> None:
        """Tell that a folder was written."""
        self.add(Message(Severity.INFO, code, str(folder), args, folder=folder))

    def clear(self) -> None:
        """Forget all."""
        self._messages.clear()
        self.cleared.emit()
