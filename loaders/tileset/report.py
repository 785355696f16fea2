"""``report.json``: what could not be read or meshed, by which engines, how long it took."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from loaders.model.errors import Finding
from loaders.model.events import Unmeshed
from loaders.tileset import glb
from loaders.tileset.plain import encode_json

FILE_NAME = "report.json"


@dataclass(frozen=True, slots=True)
class Report:
    """``timings_s`` maps stage -> seconds; ``engines`` part -> name and version.
    ``others`` are more of the kinds of which ``findings`` tell the first and a number.

    ``peak_rss_mb`` is the largest resident memory of the converting process and its children
    together, sampled while it ran; pages they share count once per process.
    """

    unmeshed: tuple[Unmeshed, ...] = ()
    findings: tuple[Finding, ...] = ()
    engines: dict[str, str] = field(default_factory=dict)
    timings_s: dict[str, float] = field(default_factory=dict)
    peak_rss_mb: float = 0.0
    others: tuple[Finding, ...] = ()

    def write(self, folder: Path) -> None:
        """Write it into a tileset folder."""
        (folder / FILE_NAME).write_bytes(msgspec.json.format(encode_json(self), indent=1))

    def with_measures(self, timings_s: dict[str, float], peak_rss_mb: float) -> Report:
        """The same with timings and peak memory."""
        return dataclasses.replace(self, timings_s=timings_s, peak_rss_mb=peak_rss_mb)


def read_report(folder: Path) -> Report:
    """Raises `CityTwinError` ``tileset.damaged`` when it is missing or wrong."""
    path = folder / FILE_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, ValueError, RecursionError) as error:
        raise glb.damaged(path, str(error)) from error
