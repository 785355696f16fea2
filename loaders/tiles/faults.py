"""What is wrong with a tileset, collected by kind: the first of each is told with their number, many are listed."""

from __future__ import annotations

from dataclasses import dataclass, field

from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found

# What reading foreign JSON and arrays may raise; all of it costs the part that it is in.
BAD = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)


MOST_LISTED = 1_000  # of each kind


@dataclass(slots=True)
class _Kind:
    listed: list[Finding] = field(default_factory=list)
    count: int = 0


@dataclass(slots=True)
class Problems:
    """What was wrong, by code: how often, and the first of them."""

    kinds: dict[str, _Kind] = field(default_factory=dict)

    def add(self, problem: Finding) -> None:
        """Note one."""
        kind = self.kinds.setdefault(problem.code, _Kind())
        kind.count += 1
        if len(kind.listed) < MOST_LISTED:
            kind.listed.append(problem)

    def error(self, error: Exception, place: str) -> None:
        """Note an exception."""
        self.add(as_finding(error, place))

    def told(self) -> list[Found]:
        """The first of each kind with others to list, and how many more there are of it."""
        told = []
        for kind in self.kinds.values():
            first, *others = kind.listed
            told.append(Found(first, tuple(others)))
            if kind.count > 1:
                told.append(Found(Finding.warning("tiles.more", first.place, count=kind.count - 1)))
        return told


def as_finding(error: Exception, place: str) -> Finding:
    """An exception as what the user is told."""
    if isinstance(error, CityTwinError):
        return Finding.error(error.code, error.place or place, **error.arguments)
    return Finding.error("tiles.damaged", place, reason=str(error)[:200] or type(error).__name__)
