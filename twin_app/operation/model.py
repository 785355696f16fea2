"""City events: what one is, where it stands in its handling, and who takes part.

The flow is that of 一网统管: report, accept, dispatch, handle, check, close.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Status(enum.StrEnum):
    """Where an event stands."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    HANDLED = "handled"
    CHECKED = "checked"
    CLOSED = "closed"
    REJECTED = "rejected"

    @property
    def text_key(self) -> str:
        """The translation key of its name."""
        return f"event.status.{self.value}"


class Action(enum.StrEnum):
    """What is done to an event."""

    REPORT = "report"
    ACCEPT = "accept"
    REJECT = "reject"
    DISPATCH = "dispatch"
    RETURN = "return"  # whoever was to handle it cannot: back to the platform
    HANDLE = "handle"
    CHECK = "check"
    SEND_BACK = "send_back"  # the check found it not handled
    CLOSE = "close"
    REOPEN = "reopen"
    EXTEND = "extend"  # the clock pauses for a while

    @property
    def text_key(self) -> str:
        """The translation key of its name."""
        return f"event.action.{self.value}"


class Role(enum.StrEnum):
    """The five linked levels 市、区、街道、社区、网格."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"

    @property
    def text_key(self) -> str:
        """The translation key of its name."""
        return f"event.role.{self.value}"


PLATFORMS = frozenset({Role.CITY, Role.DISTRICT})  # the two tiers: they accept, reject, close and reopen
COMMANDS = frozenset({Role.CITY, Role.DISTRICT, Role.STREET})  # the three levels that dispatch


class Level(enum.IntEnum):
    """How grave an event is, 1 the gravest."""

    MOST_GRAVE = 1
    GRAVE = 2
    LARGER = 3
    ORDINARY = 4

    @property
    def text_key(self) -> str:
        """The translation key of its name."""
        return f"event.level.{self.name.lower()}"


@dataclass(frozen=True, slots=True)
class Report:
    """What is said of an event when it is reported.

    ``lon_deg`` and ``lat_deg`` are WGS 84; ``project_m`` easting and northing in the project's system, where known.
    ``accept_s`` and ``handle_s`` are its time limits. ``picture`` is a path, "" for none.
    """

    class_id: str
    lon_deg: float
    lat_deg: float
    level: Level = Level.ORDINARY
    source: str = ""
    title: str = ""
    picture: str = ""
    accept_s: float = 1800.0
    handle_s: float = 86400.0
    project_m: tuple[float, float] | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one event: who did what, when. ``report`` belongs to `Action.REPORT`, ``for_s`` to `EXTEND`.

    ``resources`` are the ids of those who were sent, of `DISPATCH`.
    """

    event: str
    action: Action
    time_us: int
    user: str
    role: Role
    note: str = ""
    report: Report | None = None
    resources: tuple[str, ...] = ()
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CityEvent:
    """An event as its steps made it. Times are microseconds since 1970 UTC, None where it never came to that.

    ``pauses`` are (begin, end) of extensions. ``commanders`` are the roles that dispatched it or handled it: more than
    one means that levels were linked.
    """

    id: str
    report: Report
    status: Status
    reported_us: int
    changed_us: int
    accepted_us: int | None = None
    dispatched_us: int | None = None
    handled_us: int | None = None
    closed_us: int | None = None
    resources: tuple[str, ...] = ()
    commanders: frozenset[Role] = frozenset()
    pauses: tuple[tuple[int, int], ...] = ()
    times_reopened: int = 0
