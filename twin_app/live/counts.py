"""What became of the messages of a feed, counted."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counts:
    """``messages`` came in; ``invalid`` could not be read, ``dropped`` were too many to hold; the rest is of values."""

    messages: int = 0
    invalid: int = 0
    dropped: int = 0
    accepted: int = 0
    not_a_number: int = 0
    future: int = 0
    doubled: int = 0
    late: int = 0
    out_of_range: int = 0

    def as_json(self) -> dict[str, int]:
        """By name."""
        return asdict(self)
