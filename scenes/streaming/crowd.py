"""More tiles than a picture can take: less detail, where less is to be had."""

from __future__ import annotations

from collections.abc import Callable

from scenes.streaming.cut import Cut

STRICTER, MOST_PRESSURE = 1.15, 64.0
_FEWER, _MANY_MORE = 0.8, 1.2
_MOST_FLAT = 2  # times as many where nothing coarser is to be had: the most urgent of them


class Crowd:
    """Remembers how many tiles stand side by side with nothing coarser for them."""

    def __init__(self) -> None:
        self._flat = 0
        self.was_cut = False  # some tiles of a picture were left out, with nothing coarser in their place

    def thinned(self, choose: Callable[[float], Cut], pressure: float, num_tiles: int) -> tuple[Cut, float]:
        """The cut of at most ``num_tiles`` and the pressure for it; where that does not help, the one that was.

        Of that one the most urgent tiles, when there are many times more than ``num_tiles``.
        """
        cut, pressure = self._thinned(choose, pressure, num_tiles)
        bounded = cut.at_most(_MOST_FLAT * num_tiles)
        self.was_cut |= bounded is not cut
        return bounded, pressure

    def _thinned(self, choose: Callable[[float], Cut], pressure: float, num_tiles: int) -> tuple[Cut, float]:
        first = choose(pressure)
        if first.num_tiles <= max(num_tiles, self._flat):
            return first, pressure
        cut, more = first, pressure
        while cut.num_tiles > num_tiles and more < MOST_PRESSURE:
            more *= STRICTER
            cut = choose(more)
        if cut.num_tiles <= max(num_tiles, _FEWER * first.num_tiles):
            return cut, more
        self._flat = int(_MANY_MORE * first.num_tiles)
        return first, pressure
