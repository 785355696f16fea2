"""What the colours of coloured layers mean."""

from __future__ import annotations

from typing import NamedTuple


class Legend(NamedTuple):
    """``entries`` are texts and their ``#RRGGBB``; ``column`` is what they are values of."""

    column: str
    entries: tuple[tuple[str, str], ...]
