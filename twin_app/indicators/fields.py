"""Reads the fields of a pack's tables: every wrong one is a finding with its place, and what is right stays."""

from __future__ import annotations

import enum
import math
import re
from typing import Any, TypeVar

from loaders.model.errors import CityTwinError, Finding
from twin_app.indicators.definitions import Words
from twin_app.live.units import unit_of
from twin_app.live.values import is_number

Choice = TypeVar("Choice", bound=enum.StrEnum)
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
LONGEST_TEXT = 4000


class Table:
    """One table of a pack file at ``place``; ``findings`` is shared by all tables of a file."""

    def __init__(self, values: Any, place: str, findings: list[Finding]) -> None:
        self.place = place
        self.findings = findings
        self._values: dict[str, Any] = values if isinstance(values, dict) else {}
        self._read: set[str] = set()
        if not isinstance(values, dict):
            self._wrong("", "table")

    def _wrong(self, key: str, wanted: str) -> None:
        self.findings.append(Finding.error("indicator.bad_value", self.at(key), wanted=wanted))

    def at(self, key: str) -> str:
        """The place of a key: file, indicator, key."""
        return f"{self.place}: {key}" if key else self.place

    def raw(self, key: str) -> Any:
        """What stands there, None where nothing does."""
        self._read.add(key)
        return self._values.get(key)

    def tables(self, key: str) -> list[Any]:
        """A list of tables, [] where there is none."""
        value = self.raw(key)
        if value is None or isinstance(value, list):
            return value or []
        self._wrong(key, "[[ ]]")
        return []

    def text(self, key: str, otherwise: str = "") -> str:
        """A text."""
        value = self.raw(key)
        if value is None:
            return otherwise
        if isinstance(value, str) and len(value) <= LONGEST_TEXT:
            return value
        self._wrong(key, '"…"')
        return otherwise

    def identifier(self, key: str) -> str:
        """A short name of small letters, digits, ``.``, ``_``, ``-``; "" where it is none."""
        value = self.raw(key)
        if isinstance(value, str) and IDENTIFIER.fullmatch(value):
            return value
        self._wrong(key, "a-z 0-9 . _ -")
        return ""

    def words(self, key: str, *, needed: bool = False) -> Words:
        """A text in both languages; one that has only one is told, and stands for both."""
        value = self.raw(key)
        if value is None and not needed:
            return Words()
        found = {}
        for language in ("zh", "en"):
            text = value.get(language) if isinstance(value, dict) else None
            found[language] = text.strip() if isinstance(text, str) and len(text) <= LONGEST_TEXT else ""
        if isinstance(value, dict) and set(value) - {"zh", "en"}:
            self._unknown(f"{key}.{min(map(str, set(value) - {'zh', 'en'}))}")
        for language in ("zh", "en"):
            if not found[language]:
                self.findings.append(Finding.warning("indicator.no_words", self.at(f"{key}.{language}")))
        either = found["zh"] or found["en"]
        return Words(found["zh"] or either, found["en"] or either)

    def number(self, key: str, otherwise: float = math.nan, *, least: float = -math.inf) -> float:
        """A finite number, not below ``least``."""
        value = self.raw(key)
        if value is None:
            return otherwise
        if is_number(value) and value >= least:
            return float(value)
        self._wrong(key, "0 …" if least == 0.0 else "1.5")
        return otherwise

    def year(self, key: str) -> int | None:
        """A year, None where none is given."""
        value = self.raw(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and 1900 <= value <= 2200):
            return value
        self._wrong(key, "1900 … 2200")
        return None

    def truth(self, key: str) -> bool:
        """Yes or no; no where nothing is said."""
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            self._wrong(key, "true, false")
        return value is True

    def span(self, key: str) -> tuple[float, float] | None:
        """Two numbers, the smaller first."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, list) and len(value) == 2 and all(map(is_number, value)) and value[0] < value[1]:
            return float(value[0]), float(value[1])
        self._wrong(key, "[low, high]")
        return None

    def choice(self, key: str, choices: type[Choice], otherwise: Choice) -> Choice:
        """One of an enumeration's values."""
        value = self.raw(key)
        if value is None:
            return otherwise
        try:
            return choices(value)
        except ValueError:
            self._wrong(key, ", ".join(choices))
            return otherwise

    def unit(self, key: str) -> str | None:
        """A known unit; None where it is not known, "" where none is given."""
        text = self.text(key)
        if not text:
            return ""
        try:
            unit_of(text)
        except CityTwinError as error:
            self.findings.append(Finding.error(error.code, self.at(f"{key} = {text[:40]}")))
            return None
        return text

    def end(self) -> None:
        """Tell of every key that nobody asked for."""
        for key in self._values:
            if key not in self._read:
                self._unknown(str(key))

    def _unknown(self, key: str) -> None:
        self.findings.append(Finding.warning("indicator.unknown_key", self.at(key[:80])))
