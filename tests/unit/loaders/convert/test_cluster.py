"""What the client of a cluster decides by itself; the cluster proper is tested through the command line."""

from __future__ import annotations

import errno
import time
from pathlib import Path
from typing import Any

import pytest

from loaders.convert import ConvertOptions, ManyListener, cluster, convert_on_cluster, locks
from loaders.convert.options import never_cancelled
from loaders.model.errors import CityTwinError, Finding


def test_other_libraries_are_a_finding_and_another_program_an_error() -> None:
    heard: list[Finding] = []
    listener = ManyListener(on_finding=heard.append)
    mine = {"program": "tileset 1", "libraries": {"numpy": "2", "pyproj": "3"}, "sees": True}
    cluster._compare("tcp://a:1", mine, mine, listener)
    assert not heard
    cluster._compare("tcp://a:1", mine, mine | {"libraries": {"numpy": "1"}}, listener)
    (finding,) = heard
    assert finding.code == "cluster.other_libraries"
    assert finding.arguments["differences"] == "numpy 1 ≠ 2, pyproj — ≠ 3"
    with pytest.raises(CityTwinError, match="other_program"):
        cluster._compare("tcp://a:1", mine, mine | {"program": "tileset 2"}, listener)


def test_what_a_computer_tells_names_its_versions_and_sees_the_folder(tmp_path: Path) -> None:
    told = cluster.environment(str(tmp_path / "none"))
    assert told["sees"] is False
    assert {"python", "ifcopenshell", "numpy"} <= told["libraries"].keys()
    assert "ifc" in told["program"]


class _Deserted:
    """A client whose workers are all gone."""

    status = "running"

    def __init__(self) -> None:
        self.cancelled = 0

    def submit(self, *_arguments: Any, **_options: Any) -> _Deserted:
        return self

    def done(self) -> bool:
        return False

    def nthreads(self) -> dict[str, int]:
        return {}

    def cancel(self, futures: list[Any]) -> None:
        self.cancelled += len(futures)


def test_a_cluster_whose_workers_do_not_come_back_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ALONE_S", 0.2)
    monkeypatch.setattr(cluster, "_LOOK_S", 0.05)
    client = _Deserted()
    run = cluster._Run(client, "tcp://a:1", ManyListener(), True)
    start = time.monotonic()
    outcomes = run.all([(Path(name), (Path(name), ConvertOptions())) for name in ("a", "b")], never_cancelled)
    assert 0.2 < time.monotonic() - start < 5
    assert [getattr(outcome, "code", None) for outcome in outcomes] == ["cluster.lost"] * 2
    assert client.cancelled == 2


def test_nothing_to_do_asks_nobody(tmp_path: Path) -> None:
    assert convert_on_cluster([], "tcp://127.0.0.1:1", ConvertOptions(out=tmp_path)) == []


def test_folders_that_know_no_locks_do_not_stop_anyone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refusing(_handle: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refusing)
    with locks.file_lock(tmp_path / "lock", lambda: True):
        assert (tmp_path / "lock").exists()
