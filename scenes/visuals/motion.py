"""A camera's way from one view to another: eased, timed, and free to be interrupted."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from scenes.model.view import CameraView
from scenes.visuals.camera import Aim, aim_of, aimed, basis, distance_of

LONGEST_SECS = 0.6


class Motion:
    """A move that begins at ``start_secs`` of some clock and lasts ``duration_secs``."""

    def __init__(self, begin: CameraView, end: CameraView, start_secs: float, duration_secs: float = 0.5) -> None:
        self.end = end
        self._begin = begin
        self._start_secs = start_secs
        self._duration_secs = min(duration_secs, LONGEST_SECS)
        self._aims = (aim_of(begin), aim_of(end))
        self._distances = (distance_of(begin), distance_of(end))

    def done(self, now_secs: float) -> bool:
        """Whether the end is reached."""
        return now_secs - self._start_secs >= self._duration_secs

    def at(self, now_secs: float) -> CameraView:
        """The view at a time; the end itself from the end on."""
        if self.done(now_secs):
            return self.end
        return self._between(eased((now_secs - self._start_secs) / self._duration_secs))

    def _between(self, share: float) -> CameraView:
        turn = math.remainder(self._aims[1].heading_rad - self._aims[0].heading_rad, 2.0 * math.pi)
        aim = Aim(
            self._aims[0].heading_rad + turn * share,
            self._aims[0].pitch_rad + (self._aims[1].pitch_rad - self._aims[0].pitch_rad) * share,
        )
        distance = self._distances[0] * (self._distances[1] / self._distances[0]) ** share
        target = np.asarray(self._begin.target_m) * (1.0 - share) + np.asarray(self.end.target_m) * share
        lens = dataclasses.replace(
            self.end,
            height_m=self._begin.height_m * (self.end.height_m / self._begin.height_m) ** share,
        )
        return aimed(lens, target + basis(aim)[:, 2] * distance, aim, distance)


def eased(share: float) -> float:
    """Slow at both ends: 3 s² - 2 s³ for a share of the time in 0..1."""
    inside = min(1.0, max(0.0, share))
    return inside * inside * (3.0 - 2.0 * inside)
