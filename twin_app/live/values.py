"""What is known of a value beside the number: its quality, why, and where it comes from.

Quality follows the three classes of OPC UA status codes (OPC 10000-8, 6.3); a source that says nothing is good.
"""

from __future__ import annotations

import enum
import math
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeGuard

NO_TIME_US = -1
US_PER_S = 1_000_000
# Years 1 to 9999, what `datetime` can say.
EARLIEST_US, LATEST_US = -62_135_596_800 * US_PER_S, 253_402_300_799 * US_PER_S


class Quality(enum.IntEnum):
    """How far a value may be trusted."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2


class Reason(enum.IntEnum):
    """Why a value is not good; `live.reason.<name>` are the words for it."""

    NONE = 0
    SOURCE_SAYS = 1  # the source says so without a reason of ours
    STALE = 2
    OUT_OF_RANGE = 3
    SENSOR_FAILURE = 4
    NO_COMMUNICATION = 5
    OUT_OF_SERVICE = 6
    LAST_USABLE = 7
    ESTIMATED = 8


class State(enum.IntEnum):
    """Where a value comes from. `SIMULATED` carries its stamp wherever it goes."""

    MISSING = 0
    MEASURED = 1
    COMPUTED = 2
    DECLARED = 3
    SIMULATED = 4


class Observation(NamedTuple):
    """One value of one stream as a feed hands it on. ``value`` is NaN only where ``quality`` is bad.

    ``time_us`` is the source's own time in microseconds since 1970 UTC, `NO_TIME_US` where it gives none.
    ``state`` `State.MISSING` means: what the stream says.
    """

    key: str
    value: float
    time_us: int = NO_TIME_US
    quality: int = Quality.GOOD
    reason: int = Reason.NONE
    state: int = State.MISSING


def now_us() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def time_us_of(text: str) -> int:
    """ISO 8601 to microseconds since 1970 UTC; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * US_PER_S)


def text_of_time(time_us: int) -> str:
    """ISO 8601 in UTC with milliseconds, as in ``2026-11-23T12:00:00.000Z``; "" where there is none."""
    if time_us == NO_TIME_US or not EARLIEST_US <= time_us <= LATEST_US:
        return ""
    seconds, micros = divmod(time_us, US_PER_S)
    moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{micros // 1000:03d}Z"


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether something is a finite number and not a truth value."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float can hold
        return False
