"""What an alarm is: its rule, its states, and what is written down when one changes.

Modelled on the states of ISA-18.2 and the limits of OPC UA Part 9; neither is claimed to be met.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

import msgspec


class Level(enum.StrEnum):
    """Which side of which limit; `DATA` stands for values that are stale, bad or missing."""

    HH = "hh"
    H = "h"
    L = "l"
    LL = "ll"
    DATA = "data"

    @property
    def text_key(self) -> str:
        """The translation key of its name."""
        return f"alarm.level.{self.value}"


class AlarmState(enum.IntEnum):
    """What is shown of an alarm."""

    NORMAL = 0
    ACTIVE_UNACKNOWLEDGED = 1
    ACTIVE_ACKNOWLEDGED = 2
    RETURNED_UNACKNOWLEDGED = 3
    LATCHED_UNACKNOWLEDGED = 4
    SHELVED = 5
    SUPPRESSED = 6
    OUT_OF_SERVICE = 7

    @property
    def text_key(self) -> str:
        """The translation key of its name."""
        return f"alarm.state.{self.name.lower()}"


class Mode(enum.IntEnum):
    """Whether an alarm is announced; in every mode but `ANNOUNCED` its limit is still watched."""

    ANNOUNCED = 0
    SHELVED = 1  # by a person, until a time
    SUPPRESSED = 2  # by design, until the design says otherwise
    OUT_OF_SERVICE = 3  # by a person, until taken back


class Kind(enum.StrEnum):
    """What happened to an alarm."""

    RAISED = "raised"
    RETURNED = "returned"
    ACKNOWLEDGED = "acknowledged"
    RAISED_AGAIN = "raised_again"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"
    ANNOUNCED = "announced"

    @property
    def text_key(self) -> str:
        """The translation key of its name."""
        return f"alarm.kind.{self.value}"


class AlarmRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """One limit of one stream. ``limit`` and ``dead_band`` are in the indicator's unit; `Level.DATA` ignores both.

    The value must be seen beyond ``limit`` for ``on_delay_s``; it has returned when seen at ``limit`` less
    ``dead_band`` or further inside for ``off_delay_s``. ``latch``: it goes only when acknowledged after its return.
    ``again_s``: still active after so long, it is raised again; 0 never. ``priority`` 1 is the most urgent.
    """

    stream: str
    level: Level
    limit: float = 0.0
    dead_band: float = 0.0
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    priority: int = 3
    message: str = ""
    consequence: str = ""
    action: str = ""
    latch: bool = False
    again_s: float = 0.0
    enabled: bool = True

    @property
    def id(self) -> str:
        """Unique over all rules of a project."""
        return f"{self.stream}#{self.level.value}"


class Transition(NamedTuple):
    """One change of one alarm, with everything that is needed to go on from it.

    ``wall_us`` is the time for people; ``value`` NaN where no value had a part in it. ``until_us`` and ``for_s`` belong
    to a shelving. ``active``, ``acknowledged``, ``latched`` and ``mode`` are what holds afterwards.
    """

    alarm: str
    kind: Kind
    before: AlarmState
    after: AlarmState
    wall_us: int
    user: str = ""
    note: str = ""
    value: float = float("nan")
    until_us: int = 0
    for_s: float = 0.0
    priority: int = 3
    active: bool = False
    acknowledged: bool = True
    latched: bool = False
    mode: Mode = Mode.ANNOUNCED
    simulated: bool = False
