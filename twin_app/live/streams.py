"""Streams: where values come in one after the other, and what each belongs to."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from twin_app.live.values import State


class LinkKind(enum.StrEnum):
    """How a stream finds its object, surest first."""

    GUID = "guid"  # IFC GlobalId
    FEATURE = "feature"  # feature id of a city model or a tileset
    CODE = "code"  # asset or house code, a property's value
    PLACE = "place"  # longitude, latitude, height
    AREA = "area"  # a district, a street: by name
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Link:
    """What a stream belongs to. ``place`` is (longitude, latitude, height): degrees in WGS 84, metres."""

    kind: LinkKind = LinkKind.NONE
    target: str = ""
    property_name: str = ""  # of a CODE: the property that holds it, "" for any
    place: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known of a stream before any value. ``key`` is unique over all feeds: ``<feed id>/<name in the feed>``.

    ``unit`` is UCUM, of the values as they come; ``factor`` and ``offset`` make the indicator's unit of them.
    ``interval_s`` is how often a value is expected, 0 where nobody knows; ``low`` and ``high`` bound what can be true.
    """

    key: str
    name: str = ""
    unit: str = ""
    indicator: str = ""
    link: Link = field(default_factory=Link)
    state: State = State.MEASURED
    interval_s: float = 0.0
    low: float = float("-inf")
    high: float = float("inf")
    factor: float = 1.0
    offset: float = 0.0
    classification: str = "public"
    provenance: str = ""  # where the values were before they came: a recording that is played

    @property
    def feed(self) -> str:
        """The id of the feed that it comes from."""
        return self.key.partition("/")[0]
