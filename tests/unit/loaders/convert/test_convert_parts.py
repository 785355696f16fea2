"""Locks, memory figures and texts that are no UTF-8."""

from __future__ import annotations

import json
import mmap
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from loaders.convert.locks import file_lock
from loaders.convert.memory import PeakSampler, own_peak_bytes, tree_rss_bytes
from loaders.convert.options import never_cancelled
from loaders.convert.supervise import exit_name
from loaders.model.errors import Cancelled
from loaders.processes import warm_up
from loaders.tileset.plain import encode_json, printable


def test_a_lock_has_one_holder_at_a_time(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def hold() -> None:
        with file_lock(tmp_path / "lock", never_cancelled):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=hold) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 6
    assert list(tmp_path.iterdir()) == []


def test_a_lock_is_let_go_when_its_holder_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), file_lock(tmp_path / "lock", never_cancelled):
        raise ZeroDivisionError
    with (
        file_lock(tmp_path / "lock", lambda: True),
        pytest.raises(Cancelled),
        file_lock(tmp_path / "lock", lambda: True),
    ):
        pytest.fail("held twice")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_of_a_tree() -> None:
    before = tree_rss_bytes(os.getpid())
    assert before > 10e6
    ballast = mmap.mmap(-1, 30_000_000)  # fresh pages: the heap of a long test run may have room to reuse
    ballast.write(b"x" * 30_000_000)
    assert tree_rss_bytes(os.getpid()) > before + 0.8 * len(ballast)
    assert own_peak_bytes() >= len(ballast)
    assert tree_rss_bytes(2**22 + 1) == 0
    sampler = PeakSampler(os.getpid())
    sampler.sample()
    peak = sampler.peak_bytes
    sampler.sample()
    assert sampler.peak_bytes == peak > 10e6


def test_exits_have_names() -> None:
    assert exit_name(-11) == "SIGSEGV"
    assert exit_name(-99) == "signal 99"
    assert exit_name(3) == "exit 3"


def test_records_become_json_whatever_they_hold() -> None:
    broken = os.fsdecode(b"\xb3\xc7.ifc") if os.name == "posix" else "\udcb3\udcc7.ifc"
    assert printable("城市") == "城市"
    assert "\ufffd" in printable(broken)
    record = {"path": Path("a"), "count": np.int64(3), "nested": [{broken: (broken, 1.5)}]}
    found = json.loads(encode_json(record))
    assert found["count"] == 3
    assert found["path"] == "a"
    assert found["nested"] == [{printable(broken): [printable(broken), 1.5]}]


def test_warming_up_can_be_waited_for() -> None:
    warm_up(wait=True)
    start = time.monotonic()
    warm_up(wait=True)
    assert time.monotonic() - start < 1.0
