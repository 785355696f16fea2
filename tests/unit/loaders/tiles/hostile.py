"""Readers that die, hang or go, as native code may have it: what `loaders.tiles.stream_child.serve` could become."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from loaders import processes
from loaders.model.errors import CityTwinError
from loaders.tiles.expanding import Context, Kind, Place
from loaders.tiles.stream_child import Answer, Request, Setup

FINE, DIES, HANGS, GOES, FAILS, SLOW = range(6)


def request(what: int) -> Request:
    """What is to happen is the number of the tile."""
    box = tuple(np.zeros(6).tolist())
    return Request(Path("a"), Context(("tileset.json",)), Place(Kind.TILE, what), 0, box, True, False)


def serve(_setup: Setup, _limit_secs: float, connection: Connection[Any, Any]) -> None:
    processes.lead_group()
    while True:
        try:
            what = connection.recv().place.tile
        except EOFError:
            return
        connection.send("bad.glb")
        if what == DIES:
            os.kill(os.getpid(), signal.SIGKILL)
        while what == HANGS:
            time.sleep(1.0)
        if what == SLOW:
            time.sleep(0.3)
        connection.send(CityTwinError("tiles.damaged", "x") if what == FAILS else Answer((), None, [], ()))
        if what == GOES:
            return
