"""City events: who may take which step, clocks against limits, rates, and a journal that loses no step."""

from __future__ import annotations

import itertools
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from twin_app.live.values import US_PER_S, State
from twin_app.operation.clock import clock_of
from twin_app.operation.flow import RULES, after, may
from twin_app.operation.model import Action, CityEvent, Level, Report, Role, Status, Step
from twin_app.operation.rates import convergence, rates
from twin_app.operation.store import EventStore

ROOT = Path(__file__).resolve().parents[4]
REPORT = Report("road.pothole", 114.3, 30.6, accept_s=100.0, handle_s=1000.0)
CHILD = """
import sys
from pathlib import Path
from twin_app.operation.model import Action, Report, Role, Step
from twin_app.operation.store import EventStore
store = EventStore(Path(sys.argv[1]))
for number in range(10**9):
    store.take(Step(str(number), Action.REPORT, number, "甲", Role.GRID, report=Report("a", 1.0, 2.0)))
    print(number, flush=True)
"""


def step(action: Action, role: Role, time_s: float = 0.0, **more: object) -> Step:
    made = Step("e1", action, round(time_s * US_PER_S), "王芳", role, "因此")
    return replace(made, report=REPORT if action is Action.REPORT else None, for_s=200.0, **more)  # type: ignore[arg-type]


def walk(*taken: tuple[Action, Role, float]) -> CityEvent:
    event = None
    for action, role, time_s in taken:
        event = after(event, step(action, role, time_s))
    assert event is not None
    return event


WAY = (
    (Action.REPORT, Role.GRID, 0.0),
    (Action.ACCEPT, Role.DISTRICT, 50.0),
    (Action.DISPATCH, Role.STREET, 60.0),
    (Action.HANDLE, Role.COMMUNITY, 500.0),
    (Action.CHECK, Role.GRID, 600.0),
    (Action.CLOSE, Role.DISTRICT, 700.0),
)


def test_the_whole_way() -> None:
    event = walk(*WAY)
    assert (event.status, event.commanders) == (Status.CLOSED, {Role.STREET, Role.COMMUNITY})
    assert (event.accepted_us, event.handled_us, event.closed_us) == (50_000_000, 500_000_000, 700_000_000)
    again = after(event, step(Action.REOPEN, Role.CITY, 800.0))
    assert (again.status, again.times_reopened, again.handled_us) == (Status.ACCEPTED, 1, None)


def test_every_state_is_reached_and_none_is_a_trap() -> None:
    leads: dict[Status, set[Status]] = {status: set() for status in Status}
    for rule in RULES.values():
        for before in rule.before:
            leads[before].add(rule.after or before)

    def reached(start: Status) -> set[Status]:
        seen, waiting = {start}, [start]
        while waiting:
            waiting += (new := leads[waiting.pop()] - seen)
            seen |= new
        return seen

    assert reached(Status.REPORTED) == set(Status)
    assert all(Status.CLOSED in reached(status) for status in Status)
    assert all(rule.roles for rule in RULES.values())


def test_who_may_do_what() -> None:
    reported, accepted, handled = walk(*WAY[:1]), walk(*WAY[:2]), walk(*WAY[:4])
    assert {role for role in Role if may(reported, Action.ACCEPT, role)} == {Role.CITY, Role.DISTRICT}
    assert {role for role in Role if may(handled, Action.CHECK, role)} == {Role.STREET, Role.COMMUNITY, Role.GRID}
    wanted = {4: {Role.CITY, Role.DISTRICT, Role.STREET}, 3: {Role.CITY, Role.DISTRICT}, 2: {Role.CITY}, 1: {Role.CITY}}
    for level in Level:
        graver = replace(accepted, report=replace(REPORT, level=level))
        assert {role for role in Role if may(graver, Action.DISPATCH, role)} == wanted[level]


@pytest.mark.parametrize(
    ("code", "event", "wrong"),
    [
        ("event.not_allowed", None, step(Action.ACCEPT, Role.CITY)),
        ("event.not_allowed", walk(*WAY[:1]), step(Action.HANDLE, Role.GRID)),
        ("event.no_name", walk(*WAY[:1]), replace(step(Action.ACCEPT, Role.CITY), user=" ")),
        ("event.no_note", walk(*WAY[:1]), replace(step(Action.REJECT, Role.CITY), note="")),
        ("event.no_report", None, replace(step(Action.REPORT, Role.GRID), report=None)),
        ("event.no_place", None, replace(step(Action.REPORT, Role.GRID), report=replace(REPORT, lat_deg=114.0))),
        ("event.no_place", None, replace(step(Action.REPORT, Role.GRID), report=replace(REPORT, lon_deg=float("nan")))),
        ("event.no_limit", None, replace(step(Action.REPORT, Role.GRID), report=replace(REPORT, handle_s=0.0))),
        ("event.no_extension", walk(*WAY[:2]), replace(step(Action.EXTEND, Role.CITY), for_s=float("inf"))),
    ],
)
def test_wrong_steps(code: str, event: CityEvent | None, wrong: Step) -> None:
    with pytest.raises(CityTwinError) as caught:
        after(event, wrong)
    assert caught.value.code == code


def clock(event: CityEvent, now_s: float) -> tuple[str, float]:
    found = clock_of(event, round(now_s * US_PER_S))
    return found.state.value, found.used_s


def test_the_clock() -> None:
    reported, dispatched = walk(*WAY[:1]), walk(*WAY[:3])
    assert [clock(reported, t) for t in (79, 80, 100, 101)] == [
        ("in_time", 79),
        ("near", 80),
        ("near", 100),
        ("overdue", 101),
    ]
    assert [clock(dispatched, t) for t in (50, 850, 1051)] == [("in_time", 0), ("near", 800), ("overdue", 1001)]
    extended = after(dispatched, step(Action.EXTEND, Role.DISTRICT, 150.0))  # for 200 s
    assert [clock(extended, t) for t in (200, 349, 350)] == [("paused", 100), ("paused", 100), ("in_time", 100)]
    assert clock(extended, 1051) == ("near", 801)
    twice = after(extended, step(Action.EXTEND, Role.DISTRICT, 200.0))  # begins when the first one ends
    assert [clock(twice, t) for t in (549, 550)] == [("paused", 100), ("in_time", 100)]
    closed = walk(*WAY)
    assert clock(closed, 1e6) == ("in_time", 450)
    assert not clock_of(closed, 0).running
    assert clock(reported, -50) == ("in_time", 0)  # a clock that was set back


def test_rates_are_n_of_m() -> None:
    late = walk(*WAY[:3], (Action.HANDLE, Role.STREET, 2000.0))
    events = [walk(*WAY), late, walk(*WAY[:1]), walk(*WAY[:1], (Action.REJECT, Role.CITY, 5.0)), walk(*WAY[:2])]
    found = {one.id: one for one in rates(events, 0, 1, 900 * US_PER_S)}
    assert {name: (one.count, one.total) for name, one in found.items()} == {
        "handling": (1, 3),
        "linked": (1, 2),
        "in_time": (1, 2),
    }
    assert found["in_time"].state is State.COMPUTED
    assert {one.id: one.total for one in rates(events, 0, 1, 5000 * US_PER_S)}[
        "in_time"
    ] == 3  # the open one, now overdue
    assert all(one.state is State.MISSING and one.percent != one.percent for one in rates(events, 1, 2, 0))
    unreal = replace(late, report=replace(REPORT, simulated=True))
    assert {one.state for one in rates([*events, unreal], 0, 1, 0)} == {State.SIMULATED}
    came = convergence(["a", "b", "c"], ["b", "x", "b"], (0, 1), False)
    assert (came.count, came.total, round(came.percent)) == (1, 3, 33)


attempts = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.sampled_from(list(Action)), st.sampled_from(list(Role)), st.integers(-10, 10**6)
    ),
    max_size=80,
)


@given(attempts)
@settings(deadline=None, max_examples=30)
def test_no_step_is_lost_and_times_never_run_back(tried: list[tuple[str, Action, Role, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = EventStore(Path(folder) / "events.sqlite")
        taken: list[Step] = []
        for event_id, action, role, time_us in tried:
            wanted = replace(step(action, role), event=event_id, time_us=time_us)
            if may(store.event(event_id), action, role):
                store.take(wanted)
                taken.append(wanted)
            else:
                with pytest.raises(CityTwinError):
                    store.take(wanted)
        was = store.events()
        kept = [one for name in "ab" for one in store.steps(name)]
        store.close()
        again = EventStore(Path(folder) / "events.sqlite")
        assert (again.events(), again.findings) == (was, [])
        again.close()
    assert len(kept) == len(taken)
    for name in "ab":
        times = [one.time_us for one in kept if one.event == name]
        assert all(one <= following for one, following in itertools.pairwise(times))
    for event in was:
        known = [event.reported_us, event.accepted_us, event.handled_us, event.closed_us]
        there = [one for one in known if one is not None]
        assert there == sorted(there)
        assert clock_of(event, 0).used_s >= 0.0


def test_what_is_written_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    store, told = EventStore(file), []
    store.changed.connect(lambda event, _step: told.append(event.status))
    store.take_all([step(Action.REPORT, Role.GRID), step(Action.ACCEPT, Role.CITY)])
    with pytest.raises(CityTwinError):  # all or none
        store.take_all([step(Action.DISPATCH, Role.CITY), step(Action.CLOSE, Role.CITY)])
    assert [one.status for one in store.events()] == [Status.ACCEPTED]
    assert told == [Status.REPORTED, Status.ACCEPTED]
    store.close()
    base = sqlite3.connect(file)
    for change in ("DELETE FROM steps", "UPDATE steps SET user = 'x'"):
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            base.execute(change)
    base.execute("INSERT INTO steps VALUES (NULL, 'e1', 'x', 0, '', '', '', '{\"action\": 7}')")
    base.commit()
    base.close()
    again = EventStore(file)
    assert [one.code for one in again.findings] == ["event.bad_step"]
    assert [one.status for one in again.events()] == [Status.ACCEPTED]
    again.close()


def test_a_killed_program_loses_no_step(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for _ in range(20):
            child.stdout.readline()
        child.kill()
        child.stdout.read()
    store = EventStore(file)
    assert len(store.events()) >= 20
    assert [one.id for one in store.events()] == [str(n) for n in range(len(store.events()))]
    store.close()
