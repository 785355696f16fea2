"""Jobs end exactly once, the newest wins, and nothing arrives after a cancel."""

import threading
import time
from functools import partial

import pytest

from loaders.model.errors import CityTwinError
from twin_app.services.inbox import Inbox
from twin_app.services.jobs import Job, JobContext, JobManager, JobState


@pytest.fixture
def jobs() -> JobManager:
    manager = JobManager(Inbox())
    yield manager
    assert manager.shutdown()


def settle(jobs: JobManager) -> None:
    end = time.monotonic() + 5
    while jobs.running and time.monotonic() < end:
        jobs.inbox.drain(20)
        time.sleep(0.002)
    jobs.inbox.drain(20)


def test_a_result_comes_on_the_draining_thread(jobs: JobManager) -> None:
    heard: list[object] = []
    jobs.submit(
        "a",
        lambda _c: threading.current_thread().name,
        title_key="t",
        on_done=lambda r: heard.append((r, threading.current_thread() is threading.main_thread())),
    )
    settle(jobs)
    assert heard == [("job-a", True)]


def test_an_error_reaches_the_one_who_asked_and_a_mistake_is_an_error_too(jobs: JobManager) -> None:
    heard: list[str] = []

    def fail(_context: JobContext) -> None:
        raise CityTwinError("file.empty", "x.ifc")

    jobs.submit("a", fail, title_key="t", on_failed=lambda e: heard.append(e.code))
    jobs.submit("b", lambda _c: 1 / 0, title_key="t", on_failed=lambda e: heard.append(e.code))
    settle(jobs)
    assert sorted(heard) == ["app.unexpected", "file.empty"]
    assert {job.state for job in jobs} == {JobState.FAILED}


def test_the_newest_job_of_a_key_wins_and_the_old_one_reports_nothing_more(jobs: JobManager) -> None:
    heard: list[str] = []

    def old(context: JobContext) -> None:
        while not context.is_cancelled:
            time.sleep(0.001)
        context.progress(0.5)
        context.post(lambda: heard.append("late"))
        context.job.checkpoint()

    first = jobs.submit("k", old, title_key="t", on_cancelled=lambda: heard.append("cancelled"))
    jobs.submit("k", lambda _c: None, title_key="t", on_done=lambda _r: heard.append("new"))
    settle(jobs)
    assert sorted(heard) == ["cancelled", "new"]
    assert first.state is JobState.CANCELLED


def test_the_inbox_keeps_order_and_its_budget() -> None:
    now_secs, seen, woken = [0.0], list[int](), list[int]()
    inbox = Inbox(lambda: now_secs[0])
    inbox.wake = lambda: woken.append(1)

    def take_four_milliseconds(number: int) -> None:
        seen.append(number)
        now_secs[0] += 0.004

    for number in range(5):
        inbox.post(partial(take_four_milliseconds, number))
    assert inbox.drain(budget_ms=6)
    assert len(seen) == 2
    while inbox.drain():
        pass
    assert seen == [0, 1, 2, 3, 4]
    assert woken == [1]


def test_a_limit_holds_back_what_is_too_much_and_a_waiting_job_can_be_cancelled(jobs: JobManager) -> None:
    most, now, limit, go_on, heard = [0], [0], [2], threading.Event(), list[str]()
    lock = threading.Lock()

    def work(context: JobContext) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        while not go_on.wait(0.002):
            context.job.checkpoint()
        time.sleep(0.005)
        with lock:
            now[0] -= 1

    def submit(name: str) -> Job:
        return jobs.submit(
            name,
            work,
            title_key="t",
            limit=lambda: limit[0],
            on_done=lambda _: heard.append(name),
            on_cancelled=lambda: heard.append(f"not {name}"),
        )

    made = [submit(f"j{n}") for n in range(8)]
    assert [job.waiting for job in made] == [False, False, *[True] * 6]
    assert sum(thread.name.startswith("job-j") for thread in threading.enumerate()) == 2
    made[5].cancel()
    jobs.inbox.drain(20)
    assert made[5].state is JobState.CANCELLED
    assert heard == ["not j5"]
    go_on.set()
    limit[0] = 3
    settle(jobs)
    assert most[0] == 3
    assert sorted(heard) == sorted(["not j5", *(f"j{n}" for n in range(8) if n != 5)])


def test_waiting_jobs_end_with_the_program() -> None:
    manager = JobManager(Inbox())
    stop = threading.Event()
    heard: list[int] = []
    for number in range(5):
        manager.submit(
            f"w{number}",
            lambda context: stop.wait(5) and context.job.checkpoint(),
            title_key="t",
            limit=lambda: 1,
            on_cancelled=lambda number=number: heard.append(number),
        )
    threading.Timer(0.05, stop.set).start()
    assert manager.shutdown()
    assert sorted(heard) == [0, 1, 2, 3, 4]


def test_a_brief_job_is_told_of_only_when_it_takes_its_time(jobs: JobManager) -> None:
    heard: list[object] = []
    told: list[Job] = []
    jobs.added.connect(told.append)
    jobs.submit("a", lambda _c: 1, title_key="t", on_done=heard.append, brief=True)
    end = time.monotonic() + 5
    while not heard and time.monotonic() < end:
        jobs.inbox.drain(20)
        time.sleep(0.002)
    assert heard == [1]
    assert list(jobs) == told == []

    def long(context: JobContext) -> None:
        while True:
            time.sleep(0.002)
            context.job.checkpoint()

    job = jobs.submit("b", long, title_key="t", on_cancelled=lambda: heard.append("cancelled"), brief=True)
    while not told and time.monotonic() < end:
        jobs.inbox.drain(20)
        time.sleep(0.002)
    assert told == [job]
    assert jobs.running == (job,)
    jobs.cancel_all()
    settle(jobs)
    assert heard == [1, "cancelled"]


def test_a_brief_job_that_nobody_heard_of_ends_with_the_others(jobs: JobManager) -> None:
    ended = threading.Event()

    def work(context: JobContext) -> None:
        while not context.is_cancelled:
            time.sleep(0.002)
        ended.set()

    jobs.submit("a", work, title_key="t", brief=True)
    jobs.cancel_all()
    assert ended.wait(5)
