"""The four rates of city operation, always as n of m in a period, with where the numbers come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from twin_app.live.values import State
from twin_app.operation.clock import ClockState, clock_of
from twin_app.operation.model import CityEvent, Status

_TAKEN = frozenset({Status.ACCEPTED, Status.DISPATCHED, Status.HANDLED, Status.CHECKED, Status.CLOSED})


@dataclass(frozen=True, slots=True)
class Rate:
    """``count`` of ``total``. ``state`` is missing without a total, simulated if any of its events is simulated."""

    id: str
    count: int
    total: int
    begin_us: int
    end_us: int
    state: State

    @property
    def percent(self) -> float:
        """NaN where there is nothing to count."""
        return 100.0 * self.count / self.total if self.total else float("nan")

    @property
    def text_key(self) -> str:
        """The translation key of its name; `definition_key` of what it counts."""
        return f"event.rate.{self.id}"

    @property
    def definition_key(self) -> str:
        """The translation key of its definition."""
        return f"event.rate_means.{self.id}"


def rates(events: Iterable[CityEvent], begin_us: int, end_us: int, now_us: int) -> list[Rate]:
    """The rates over events reported in [``begin_us``, ``end_us``), as they stand at ``now_us``.

    handling: closed of taken on (accepted or later, not rejected). linked: dispatched with more than one of the five
    levels taking part, of dispatched. in_time: handled within the limit, of handled or overdue.
    """
    taken = [one for one in events if begin_us <= one.reported_us < end_us and one.status in _TAKEN]
    dispatched = [one for one in taken if one.commanders]
    due = [one for one in taken if one.handled_us is not None or clock_of(one, now_us).state is ClockState.OVERDUE]
    in_time = [one for one in due if clock_of(one, now_us).state is not ClockState.OVERDUE]
    closed = [one for one in taken if one.status is Status.CLOSED]
    linked = [one for one in dispatched if len(one.commanders) > 1]
    counted = {"handling": (closed, taken), "linked": (linked, dispatched), "in_time": (in_time, due)}
    return [
        Rate(name, len(some), len(of), begin_us, end_us, _state(any(e.report.simulated for e in of), len(of)))
        for name, (some, of) in counted.items()
    ]


def convergence(expected: Iterable[str], arrived: Iterable[str], period_us: tuple[int, int], simulated: bool) -> Rate:
    """Data convergence: of the items that ought to come in, how many came in the period; others do not count."""
    wanted = set(expected)
    count = len(wanted & set(arrived))
    return Rate("convergence", count, len(wanted), *period_us, _state(simulated, len(wanted)))


def _state(simulated: bool, total: int) -> State:
    if not total:
        return State.MISSING
    return State.SIMULATED if simulated else State.COMPUTED
