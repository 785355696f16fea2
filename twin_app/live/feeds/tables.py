"""CSV, XLSX and Parquet files: watched for what is added, or played in the time they tell."""

from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec, Lost
from twin_app.live.options import number_option
from twin_app.live.port import Port
from twin_app.live.tables import TableValues, read_values
from twin_app.live.values import NO_TIME_US, US_PER_S, Observation, now_us

WATCH_S = 2.0
_SLICE_S = 0.05


class TableFile:
    """Options: ``mode`` ``watch`` (default) or ``play``; ``interval`` seconds between looks; for playing ``speed``,
    and ``loop`` ``yes``. What is played comes with the times at which it is played."""

    def __init__(self, spec: FeedSpec) -> None:
        parts = urlsplit(spec.url)
        self._path = Path(unquote(parts.path)) if parts.scheme == "file" else Path(spec.url)
        self._id = spec.id
        self._mode = spec.options.get("mode", "watch")
        if self._mode not in {"watch", "play"}:
            raise CityTwinError("live.bad_option", spec.id, name="mode", value=self._mode)
        self._interval_s = number_option(spec, "interval", WATCH_S)
        self._speed = number_option(spec, "speed", 1.0)
        self._loops = spec.options.get("loop", "") == "yes"
        self._seen_us: dict[str, int] = {}

    def run(self, port: Port, stopped: threading.Event) -> None:
        """Watch until stopped, or play to the end."""
        if self._mode == "play":
            self._play(port, stopped)
            return
        stamp: tuple[int, int] | None = None
        while not stopped.is_set():
            now = self._stamp()
            if now != stamp:
                stamp = now
                self._look(port)
                port.connected()
            stopped.wait(self._interval_s)

    def _stamp(self) -> tuple[int, int]:
        try:
            status = self._path.stat()
        except OSError as error:
            reason = error.strerror or str(error)
            raise Lost(CityTwinError("table.unreadable", str(self._path), reason=reason)) from error
        return status.st_mtime_ns, status.st_size

    def _look(self, port: Port) -> None:
        """What is new in the file; whoever writes it may be in the middle of doing so."""
        try:
            values = self._read(port)
        except CityTwinError as error:
            if error.code == "table.unreadable":
                raise Lost(error) from error
            raise
        new = [one for one in values.observations if one.time_us > self._seen_us.get(one.key, NO_TIME_US)]
        for one in new:
            port.put(one)
        for one in new:
            self._seen_us[one.key] = max(one.time_us, self._seen_us.get(one.key, NO_TIME_US))

    def _read(self, port: Port) -> TableValues:
        values = read_values(self._path, self._id)
        port.declare(values.infos)
        port.counts.messages += len(values.observations)
        for _ in range(values.unreadable):
            port.invalid(CityTwinError("table.no_value", str(self._path)))
        return values

    def _play(self, port: Port, stopped: threading.Event) -> None:
        ordered = sorted(self._read(port).observations, key=lambda one: one.time_us)
        port.connected()
        while ordered and not stopped.is_set():
            self._play_once(ordered, port, stopped)
            if not self._loops:
                return

    def _play_once(self, ordered: list[Observation], port: Port, stopped: threading.Event) -> None:
        first_us, start_us, at = ordered[0].time_us, now_us(), 0
        while at < len(ordered) and not stopped.is_set():
            played_us = round((now_us() - start_us) * self._speed)
            while at < len(ordered) and ordered[at].time_us - first_us <= played_us:
                one = ordered[at]
                port.put(one._replace(time_us=start_us + round((one.time_us - first_us) / self._speed)))
                at += 1
            if at < len(ordered):
                due_s = (ordered[at].time_us - first_us) / self._speed / US_PER_S - (now_us() - start_us) / US_PER_S
                stopped.wait(max(_SLICE_S, min(due_s, 1.0)))


make = TableFile
