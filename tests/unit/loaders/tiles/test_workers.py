"""Processes that read foreign tiles: a crash or a hang costs one tile, and none of them is left behind."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from loaders.model.errors import CityTwinError
from loaders.tiles import workers
from loaders.tiles.stream_child import Answer, Server, Setup
from loaders.tiles.workers import Workers
from tests.support.leftovers import Inventory
from tests.unit.loaders.tiles import hostile
from tests.unit.loaders.tiles.hostile import DIES, FAILS, FINE, GOES, HANGS, SLOW, request
from tests.unit.loaders.tiles.looking import Look, converted, opened
from tests.unit.loaders.tiles.realscene import Scene, write_scene


@pytest.fixture
def hired(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    monkeypatch.setattr(workers, "serve", hostile.serve)
    made = Workers(Setup(None, {}), limit_secs=0.8)
    yield made
    made.stop()


def _code(hired: Workers, what: int) -> str:
    with pytest.raises(CityTwinError) as caught:
        hired.ask(request(what))
    return caught.value.code


def test_a_crash_costs_what_was_asked(hired: Workers) -> None:
    with pytest.raises(CityTwinError) as caught:
        hired.ask(request(DIES))
    assert (caught.value.code, caught.value.place) == ("tiles.reader_died", "bad.glb")
    for _ in range(3):
        assert isinstance(hired.ask(request(FINE)), Answer)
        assert _code(hired, DIES) == "tiles.reader_died"


def test_a_hang_costs_what_was_asked(hired: Workers) -> None:
    assert _code(hired, HANGS) == "tiles.reader_hangs"
    assert isinstance(hired.ask(request(FINE)), Answer)


def test_an_error_costs_no_process(hired: Workers) -> None:
    hired.ask(request(FINE))
    before = Inventory.now().processes
    assert _code(hired, FAILS) == "tiles.damaged"
    hired.ask(request(FINE))
    assert Inventory.now().processes == before


def test_one_that_went_idle_is_replaced(hired: Workers) -> None:
    for _ in range(3):
        hired.ask(request(GOES))
    assert isinstance(hired.ask(request(FINE)), Answer)


def test_many_ask_at_once(hired: Workers) -> None:
    wanted = [FINE, DIES, FINE, FAILS, GOES, FINE, SLOW] * 6
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda what: _outcome(hired, what), wanted))
    names = {FINE: "", GOES: "", SLOW: "", DIES: "tiles.reader_died", FAILS: "tiles.damaged"}
    assert codes == [names[what] for what in wanted]


def _outcome(hired: Workers, what: int) -> str:
    try:
        hired.ask(request(what))
    except CityTwinError as error:
        return error.code
    return ""


def test_when_the_last_user_goes_nobody_waits(hired: Workers) -> None:
    patient = Workers(Setup(None, {}), limit_secs=60.0, count=1)
    patient.take_up()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(_outcome(patient, HANGS))) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    patient.let_go()
    for thread in threads:
        thread.join(10.0)
    assert found == ["tiles.reading_stopped"] * 3
    assert time.monotonic() - began < 8.0
    patient.take_up()
    assert isinstance(patient.ask(request(FINE)), Answer)
    patient.let_go()


def test_another_user_keeps_what_is_asked(hired: Workers) -> None:
    hired.take_up()
    hired.take_up()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(hired.ask, request(SLOW))
        time.sleep(0.1)
        hired.let_go()
        assert isinstance(answer.result(), Answer)
    hired.let_go()


def test_a_stream_that_nobody_holds_leaves_no_process(tmp_path: Path) -> None:
    report = converted(write_scene(tmp_path / "source", Scene(blocks=1, levels=2)), tmp_path / "cache", 0)
    before = set(Inventory.now().processes)
    tiles = opened(report)
    tiles.read(len(tiles.nodes()) - 1)
    assert set(Inventory.now().processes) - before
    del tiles
    gc.collect()
    end = time.monotonic() + 5.0
    while (left := set(Inventory.now().processes) - before) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left


def test_a_layer_that_is_removed_leaves_no_process(tmp_path: Path) -> None:
    report = converted(write_scene(tmp_path / "source", Scene(blocks=1, levels=3)), tmp_path / "cache", 0)
    before = set(Inventory.now().processes)
    with Look(opened(report)) as look:
        look.at(1e-6)
        started = set(Inventory.now().processes) - before
        assert started
        look.streamer.remove(look.tree)
        look.tiles.let_go()
        assert not set(Inventory.now().processes) - before
        look.tiles.take_up()
        look.tree = look.streamer.add(look.tiles, look.sink, np.eye(4))
        assert look.at(1e-6)


def test_a_reader_that_is_killed_is_started_anew(tmp_path: Path) -> None:
    report = converted(write_scene(tmp_path / "source", Scene(blocks=1, levels=3)), tmp_path / "cache", 0)
    before = set(Inventory.now().processes)
    with Look(opened(report)) as look:
        assert len(look.at(15.0)) == 4
        for process in set(Inventory.now().processes) - before:
            os.kill(process, signal.SIGKILL)
        assert len(look.at(1e-6)) == 16
        assert not look.sink.errors


def test_whatever_a_content_raises_is_an_error_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from loaders.tiles import stream_child

    def fail(*_arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr(stream_child.ContentReader, "read", fail)
    path = write_scene(tmp_path / "source", Scene(blocks=1, levels=1))
    server = Server(Setup(None, {}))
    context = hostile.Context(("Tile_+000_+000/tileset.json",))
    asked = request(0)._replace(root=path, context=context)
    outcome = server.outcome(asked)
    assert isinstance(outcome, CityTwinError)
    assert outcome.code in ("tiles.damaged", "tiles.out_of_memory")
