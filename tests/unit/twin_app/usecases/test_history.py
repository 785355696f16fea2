"""A project's feeds fill its history, and `query` reads it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.commands import citytwin, only_json
from tests.support.waiting import until
from twin_app.live.feed import FeedSpec
from twin_app.live.history.duck import DuckHistory
from twin_app.live.history.opening import history_folder
from twin_app.live.values import now_us
from twin_app.services.project import FeedRecord, ProjectRecord, write_project
from twin_app.services.settings import Settings
from twin_app.usecases.projects import clear, keep_history, open_project, save_project
from twin_app.usecases.workbench import Workbench, new_workbench

ROWS = """时间,测点,指标,数值,单位
2026-11-23T08:00:00Z,甲,温度,20.5,Cel
2026-11-23T09:00:00Z,甲,温度,21.5,Cel
2026-11-24T08:00:00Z,乙,湿度,60,%
2026-11-24T09:00:00Z,乙,湿度,,%
"""
SQL = "SELECT stream, unit, time, value, quality, state FROM observations ORDER BY time"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "数据.csv").write_text(ROWS, "utf-8")
    file = tmp_path / "城.citytwin"
    write_project(file, ProjectRecord(feeds=[FeedRecord("表", "数据.csv")]))
    return file


def _opened(project: Path, num_rows: int) -> Workbench:
    workbench = new_workbench(Settings(Path(project.parent / "settings.json")))
    open_project(workbench, project)
    until(lambda: workbench.live.history is not None and workbench.live.history.count() >= num_rows)
    return workbench


def test_what_feeds_bring_is_kept_beside_the_project_and_once(project: Path) -> None:
    for _ in range(2):  # the second time the file is read from its beginning again
        workbench = _opened(project, 4)
        time.sleep(1.3)
        clear(workbench)
        assert workbench.live.history is None
        workbench.jobs.shutdown()
    store = DuckHistory(history_folder(project))
    assert store.count() == 4
    store.close()
    code, out, err = citytwin("query", project, SQL, "--json")
    rows = only_json(out)
    assert (code, err) == (0, "")
    assert [(row["stream"], row["unit"], row["value"], row["quality"]) for row in rows] == [
        ("表/甲 · 温度", "Cel", 20.5, "good"),
        ("表/甲 · 温度", "Cel", 21.5, "good"),
        ("表/乙 · 湿度", "%", 60.0, "good"),
        ("表/乙 · 湿度", "%", None, "bad"),
    ]
    assert rows[0]["time"] == "2026-11-23T08:00:00Z"
    assert {row["state"] for row in rows} == {"measured"}


def test_finished_days_are_read_while_the_running_one_is_in_use(project: Path) -> None:
    workbench = _opened(project, 4)
    assert workbench.live.history is not None
    workbench.live.history.tidy(now_us())
    code, out, err = citytwin("query", project, SQL, "--json")
    assert (code, len(only_json(out))) == (1, 4)
    assert "Another running program" in err
    clear(workbench)
    workbench.jobs.shutdown()
    code, out, _ = citytwin("query", project, SQL, "--json")
    assert (code, len(only_json(out))) == (0, 4)


def test_a_history_that_cannot_be_opened_is_a_message_and_feeds_run(project: Path) -> None:
    folder = history_folder(project)
    folder.mkdir()
    (folder / "running.duckdb").write_bytes(b"something else" * 999)
    workbench = new_workbench(Settings(Path(project.parent / "settings.json")))
    open_project(workbench, project)
    until(lambda: bool(workbench.inbox.drain(50) or len(list(workbench.messages))) and len(workbench.live.table) == 2)
    until(lambda: bool(workbench.inbox.drain(50) or len(list(workbench.messages))))
    assert [message.code for message in workbench.messages] == ["history.damaged"]
    clear(workbench)
    workbench.jobs.shutdown()


def test_nothing_is_kept_before_a_feed_runs(project: Path) -> None:
    workbench = new_workbench(Settings(Path(project.parent / "settings.json")))
    keep_history(workbench, project)
    assert not history_folder(project).exists()
    workbench.live.put(FeedSpec("x", str(project.parent / "数据.csv"), enabled=False))
    assert not history_folder(project).exists()
    workbench.live.enable("x", True)
    until(lambda: workbench.live.history is not None)
    clear(workbench)
    workbench.jobs.shutdown()


def test_a_server_is_kept_in_the_project_without_its_password(tmp_path: Path) -> None:
    project = tmp_path / "城.citytwin"
    write_project(project, ProjectRecord(history="postgresql://city:secret@127.0.0.1:1/none"))
    workbench = new_workbench(Settings(tmp_path / "settings.json"))
    open_project(workbench, project)
    assert save_project(workbench, project)
    text = project.read_text("utf-8")
    assert "postgresql://city@127.0.0.1:1/none" in text
    assert "secret" not in text
    clear(workbench)
    assert workbench.project.history == ""
    workbench.jobs.shutdown()
