"""What is wrong with a tileset, collected: each kind once, with the first of it and their number."""

from __future__ import annotations

from dataclasses import dataclass, field

from loaders.model.errors import CityTwinError, Finding

# What reading foreign JSON and arrays may raise; all of it costs the part that it is in.
BAD = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)


@dataclass(slots=True)
class Problems:
    """What was wrong, by code: how often, and the first."""

    found: dict[str, tuple[int, Finding]] = field(default_factory=dict)

    def add(self, first: Finding) -> None:
        """Note one."""
        count, known = self.found.get(first.code, (0, first))
        self.found[first.code] = (count + 1, known)

    def error(self, error: Exception, place: str) -> None:
        """Note an exception."""
        self.add(as_finding(error, place))

    def findings(self) -> list[Finding]:
        """The first of each kind, and how many more there are of it."""
        told = []
        for count, first in self.found.values():
            told.append(first)
            if count > 1:
                told.append(Finding.warning("tiles.more", first.place, count=count - 1))
        return told


def as_finding(error: Exception, place: str) -> Finding:
    """An exception as what the user is told."""
    if isinstance(error, CityTwinError):
        return Finding.error(error.code, error.place or place, **error.arguments)
    return Finding.error("tiles.damaged", place, reason=str(error)[:200] or type(error).__name__)
