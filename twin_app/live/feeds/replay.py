"""Plays a recording again: at any speed, in a loop, from any moment; its streams say that they are replayed."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from loaders.model.errors import CityTwinError
from twin_app.live.batch import Batch
from twin_app.live.feed import FeedSpec
from twin_app.live.port import Port
from twin_app.live.recording import feeds_in, read_parts
from twin_app.live.streams import StreamInfo
from twin_app.live.values import US_PER_S, Observation, now_us

STEP_S = 0.02


class ReplayFeed:
    """``speed`` 1 is as it was. ``shifted`` moves times to now, keeping how late each value was; a loop asks for it."""

    def __init__(self, folder: Path, *, speed: float = 1.0, loop: bool = False, shifted: bool = True) -> None:
        self._folder = folder
        self._speed = speed
        self.loop = loop  # may be set while it plays
        self._shifted = shifted
        self._seek_us: int | None = None
        self._several = False
        self._at_us: int | None = None  # when what was played last had been received

    @property
    def folder(self) -> Path:
        """The recording."""
        return self._folder

    @property
    def shifted(self) -> bool:
        """Whether times are moved to now."""
        return self._shifted

    @property
    def speed(self) -> float:
        """How many times as fast as it was."""
        return self._speed

    @property
    def at_us(self) -> int | None:
        """Where it is: when what was played last had been received; None before the first."""
        return self._seek_us if self._seek_us is not None else self._at_us

    def seek(self, receive_us: int) -> None:
        """Go on from the moment at which this time was received. Any thread."""
        self._seek_us = receive_us

    def play_at(self, speed: float) -> None:
        """Go on at another speed from where it is. Any thread."""
        self._speed = speed
        if self._at_us is not None and self._seek_us is None:
            self._seek_us = self._at_us + 1

    def run(self, port: Port, stopped: threading.Event) -> None:
        """As `Feed.run`; ends with the recording unless it loops."""
        # Streams of the same name from several feeds stay apart.
        self._several = len(feeds_in(self._folder)) > 1
        port.connected()
        from_us: int | None = None
        again = True
        while again and not stopped.wait(STEP_S):  # a recording of one moment must not spin
            self._play(port, stopped, from_us)
            from_us, self._seek_us = self._seek_us, None
            again = from_us is not None or self.loop

    def _play(self, port: Port, stopped: threading.Event, from_us: int | None) -> None:
        start_s, first_us = time.monotonic(), from_us
        for infos, batch in read_parts(self._folder, from_us):
            if from_us is not None:
                batch = batch.only(batch.receive_us >= from_us)
            if not len(batch):
                continue
            first_us = int(batch.receive_us[0]) if first_us is None else first_us
            told = [self._told(port, info) for info in infos]
            port.declare(told)
            due_s = np.maximum.accumulate(batch.receive_us - first_us) / US_PER_S / self._speed
            done = 0
            while done < len(batch):
                due = int(np.searchsorted(due_s, time.monotonic() - start_s, "right"))
                self._put(port, told, batch, range(done, due))
                if due > done:
                    self._at_us = int(batch.receive_us[due - 1])
                done = max(done, due)
                if stopped.wait(STEP_S if done < len(batch) else 0.0) or self._seek_us is not None:
                    return

    def _told(self, port: Port, info: StreamInfo) -> StreamInfo:
        name = info.key if self._several else info.key.partition("/")[2]
        return replace(info, key=f"{port.feed_id}/{name}", provenance=f"replay {self._folder.name}")

    def _put(self, port: Port, told: list[StreamInfo], batch: Batch, which: range) -> None:
        now = now_us()
        for n in which:
            time_us = int(batch.source_us[n])
            if self._shifted:
                time_us += now - int(batch.receive_us[n])
            rest = (int(batch.quality[n]), int(batch.reason[n]), int(batch.state[n]))
            port.message()
            port.put(Observation(told[batch.rows[n]].key, float(batch.values[n]), time_us, *rest))


def make(spec: FeedSpec) -> ReplayFeed:
    """The feed of a spec, whose options are ``speed``, ``loop`` (yes, no) and ``time`` (now, original).

    Raises `CityTwinError` ``feed.replay_option``.
    """
    options = {"speed": "1", "loop": "no", "time": "now"} | spec.options
    try:
        speed = float(options["speed"])
    except ValueError:
        speed = math.nan
    loop, when = options["loop"], options["time"]
    wrong = not 0.0 < speed < math.inf or loop not in {"yes", "no"} or when not in {"now", "original"}
    if wrong or len(options) > 3 or (loop == "yes" and when == "original"):
        raise CityTwinError("feed.replay_option", spec.url)
    return ReplayFeed(Path(spec.url), speed=speed, loop=loop == "yes", shifted=when == "now")
