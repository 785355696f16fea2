"""What an indicator is: meaning, unit, aim, limits, and where its value comes from. Plain frozen data."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, field


class Direction(enum.StrEnum):
    """Which values are better."""

    HIGHER = "higher"
    LOWER = "lower"
    BAND = "band"  # inside ``band``
    NONE = "none"  # neither is: it is only watched


class Scope(enum.StrEnum):
    """What one value is about."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    BUILDING = "building"
    OBJECT = "object"
    SENSOR = "sensor"


class Gathering(enum.StrEnum):
    """How many streams make one value."""

    MEAN = "mean"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    COUNT = "count"
    LAST = "last"  # the newest


class Classification(enum.StrEnum):
    """Who may see its values."""

    PUBLIC = "public"
    INTERNAL = "internal"
    RESTRICTED = "restricted"


class Level(enum.StrEnum):
    """Limits of alarms: high-high, high, low, low-low."""

    HH = "HH"
    H = "H"
    L = "L"
    LL = "LL"


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    zh: str = ""
    en: str = ""

    def of(self, language: str) -> str:
        """The text in a language of the program."""
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Threshold:
    """An alarm limit in the indicator's unit; ``dead_band`` is how far back inside it has to come; delays in s."""

    level: Level
    value: float
    dead_band: float = 0.0
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0

    @property
    def high(self) -> bool:
        """Whether it is crossed upwards."""
        return self.level in (Level.HH, Level.H)

    def beyond(self, value: float) -> bool:
        """Whether ``value`` is past the limit, without regard to delays and dead band."""
        return value >= self.value if self.high else value <= self.value


@dataclass(frozen=True, slots=True)
class Indicator:
    """All numbers are in ``unit``. NaN and None: not given, which is not the same as zero.

    ``display`` is the unit to show it in where that is another. ``stream_indicator`` is the id by which streams name it
    (its own where empty); ``formula`` is SQL over the warehouse, see `twin_app.indicators.computed`, ``inputs`` is what
    it counts and ``assumption`` what it takes for granted; ``rate`` is the id of a rate of city operation that it is;
    none of them: values are declared by people.
    ``low`` and ``high`` bound what can be true. ``model`` is how it is simulated: numbers by name, see
    `twin_app.live.simulation`.
    """

    id: str
    name: Words
    unit: str
    definition: Words = Words()
    display: str = ""
    group: str = ""
    direction: Direction = Direction.HIGHER
    band: tuple[float, float] | None = None
    baseline: float = math.nan
    baseline_year: int | None = None
    target: float = math.nan
    strict: bool = False  # the target itself is not enough: more than 35 %
    year: int | None = None
    scope: Scope = Scope.CITY
    gathering: Gathering = Gathering.MEAN
    clause: Words = Words()
    stream_indicator: str = ""
    formula: str = ""
    rate: str = ""
    inputs: Words = Words()
    assumption: Words = Words()
    interval_s: float = 0.0
    low: float = -math.inf
    high: float = math.inf
    thresholds: tuple[Threshold, ...] = ()
    classification: Classification = Classification.PUBLIC
    model: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def streams(self) -> str:
        """The name that streams give as their indicator."""
        return self.stream_indicator or self.id


@dataclass(frozen=True, slots=True)
class Pack:
    """Indicators that belong together, in the order of their file. ``groups`` are themes or chapters by id."""

    id: str
    name: Words
    indicators: tuple[Indicator, ...]
    description: Words = Words()
    source: Words = Words()
    groups: Mapping[str, Words] = field(default_factory=dict)
    origin: str = ""  # the file

    def indicator(self, indicator_id: str) -> Indicator | None:
        """By id."""
        return next((one for one in self.indicators if one.id == indicator_id), None)
