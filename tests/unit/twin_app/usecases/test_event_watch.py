"""Watching another system's events: over a real server, lost and found again, rested, remembered without a password."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from loaders.model.errors import CityTwinError
from twin_app.live import hub
from twin_app.live.feed import FeedState
from twin_app.services import project as store
from twin_app.usecases import event_watch, events, projects
from twin_app.usecases.event_watch import Heard, watches_of
from twin_app.usecases.workbench import Workbench, new_workbench

ROW = "{},event.litter,114.3,30.6,2026-11-25T08:00:00Z\n"


class Server:
    """Answers with events as CSV; ``status`` other than 200 fails. Keeps what it was asked with."""

    def __init__(self) -> None:
        self.rows, self.status = ["a", "b"], 200
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.headers.get("Authorization", ""))
                body = ("id,class,lon,lat,time\n" + "".join(ROW.format(one) for one in outer.rows)).encode()
                self.send_response(outer.status)
                self.send_header("Content-Type", "text/csv")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/events"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    monkeypatch.setenv("CITYTWIN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(event_watch, "SHORTEST_INTERVAL_S", 0.01)
    monkeypatch.setattr(hub, "FIRST_RETRY_S", 0.05)
    made = new_workbench(_Settings(), language="en")  # type: ignore[arg-type]
    yield made
    events.close(made)
    made.jobs.shutdown()
    made.live.close()


class _Settings:
    def get(self, _key: str) -> Any:
        return 0

    def remember(self, _key: str, _value: str) -> None:
        pass


def until(workbench: Workbench, true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10.0
    while not true() and time.monotonic() < end:
        workbench.inbox.drain()
        time.sleep(0.01)
    assert true()


def ids(workbench: Workbench) -> list[str]:
    return [] if workbench.events is None else [one.id for one in workbench.events.events()]


def test_new_events_come_and_losses_pass(workbench: Workbench, server: Server) -> None:
    watches = watches_of(workbench)
    source = watches.add(server.url, interval_s=1.0, name="Other")
    until(workbench, lambda: watches.heard(source.id).answers > 0)
    assert watches.status(source.id).state is FeedState.CONNECTED
    assert ids(workbench) == ["a", "b"]
    assert watches.heard(source.id).new == 2
    assert watches.heard(source.id).last_us > 0
    server.status = 503
    until(workbench, lambda: watches.status(source.id).state is FeedState.LOST)
    assert watches.status(source.id).error is not None
    server.status, server.rows = 200, ["a", "b", "c"]
    until(workbench, lambda: ids(workbench) == ["a", "b", "c"])
    server.status = 404
    until(workbench, lambda: watches.status(source.id).state is FeedState.FAILED)


def test_it_rests_and_is_forgotten_as_the_user_wishes(workbench: Workbench, server: Server) -> None:
    watches = watches_of(workbench)
    source = watches.add(server.url, interval_s=1.0)
    until(workbench, lambda: watches.heard(source.id).answers > 0)
    watches.switch(source.id)
    assert watches.status(source.id).state is FeedState.STOPPED
    count = len(server.asked)
    time.sleep(1.3)
    assert len(server.asked) == count
    watches.switch(source.id)
    until(workbench, lambda: len(server.asked) > count)
    watches.remove(source.id)
    assert watches.sources == {}
    assert ids(workbench) == ["a", "b"]


def test_the_project_remembers_it_without_its_password(
    workbench: Workbench, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, str] = {}
    monkeypatch.setattr(event_watch, "keep_password", kept.__setitem__)
    monkeypatch.setattr(event_watch, "password_of", kept.__getitem__)
    watches = watches_of(workbench)
    source = watches.add(server.url.replace("//", "//me:geheim@"), interval_s=5.0, name="Other")
    until(workbench, lambda: len(server.asked) > 0)
    assert server.asked[0].startswith("Basic ")
    assert kept == {source.id: "geheim"}
    path = tmp_path / "city.citytwin"
    assert projects.save_project(workbench, path)
    assert "geheim" not in path.read_text("utf-8")
    assert store.read_project(path).event_sources == [source]
    until(workbench, lambda: workbench.events.file == tmp_path / "city.events.db")
    projects.clear(workbench)
    assert watches.sources == {}
    projects.open_project(workbench, path)
    count = len(server.asked)
    until(workbench, lambda: watches.heard(source.id).answers > 0)
    assert watches.sources == {source.id: source}
    assert len(server.asked) > count


def test_nothing_is_asked_where_the_program_only_looks(workbench: Workbench, server: Server) -> None:
    workbench.live.resting = True
    source = watches_of(workbench).add(server.url)
    time.sleep(0.2)
    assert server.asked == []
    assert watches_of(workbench).heard(source.id) == Heard()


@pytest.mark.parametrize("url", ["", "events", "ftp://host/x", "file:///etc/passwd", "http://"])
def test_other_addresses_are_refused(workbench: Workbench, url: str) -> None:
    with pytest.raises(CityTwinError, match=r"event\.bad_address"):
        watches_of(workbench).add(url)
    assert watches_of(workbench).sources == {}


@pytest.mark.parametrize("interval_s", [0.0, -5.0, float("nan"), float("inf"), 1e9])
def test_an_interval_must_be_one(workbench: Workbench, interval_s: float) -> None:
    with pytest.raises(CityTwinError, match=r"event\.bad_interval"):
        watches_of(workbench).add("http://localhost/x", interval_s=interval_s)
