"""Documents of web servers as messages: each by the path it comes from, or several items in one by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec
from twin_app.live.mapping import Mapping
from twin_app.live.port import Port
from twin_app.live.rules import OURS, POINTER, Rule, pointer_at, pointer_steps, read_rules

# Of documents that no mapping file speaks of.
PLAIN = Rule(
    topic="#", value="/value", time="/time", quality="/quality", unit_at="/unit", state_at="/state", indicator=""
)
NAME = "/id"
ITEM_OPTIONS = frozenset({"items", "name"})


class Items:
    """Options: ``items`` is a JSON pointer to an array of items or an object of them by name, "" for the whole, which
    is taken apart where it is an array; ``name`` points at an item's name in it. An item's topic is ``path/name``.

    Raises `CityTwinError` ``live.bad_option`` or ``feed.mapping_…``.
    """

    def __init__(self, spec: FeedSpec) -> None:
        self.rules = read_rules(spec.mapping) if spec.mapping else (OURS, PLAIN)
        parts = urlsplit(spec.url)
        self.topic = unquote(parts.path).strip("/") or parts.hostname or spec.id
        pointers = {name: spec.options.get(name, otherwise) for name, otherwise in (("items", ""), ("name", NAME))}
        for name, pointer in pointers.items():
            if not re.fullmatch(POINTER, pointer):
                raise CityTwinError("live.bad_pointer", spec.id, name=name, value=pointer[:80])
        self._items, self._name = (pointer_steps(pointer) for pointer in pointers.values())

    def take(self, mapping: Mapping, document: Any) -> None:
        """Hand over what a decoded document holds; what is no item is counted as invalid."""
        for topic, payload in self._messages(document, mapping.port):
            mapping.take(topic, payload)

    def _messages(self, document: Any, port: Port) -> Iterator[tuple[str, bytes]]:
        found = pointer_at(document, self._items)
        if not self._items and not isinstance(found, list):
            yield self.topic, msgspec.json.encode(found)
        elif isinstance(found, dict):
            for name, item in found.items():
                yield f"{self.topic}/{name}", msgspec.json.encode(item)
        elif isinstance(found, list):
            for item in found:
                name = pointer_at(item, self._name)
                if isinstance(name, str | int) and not isinstance(name, bool):
                    yield f"{self.topic}/{name}", msgspec.json.encode(item)
                else:
                    port.message()
                    port.invalid(CityTwinError("feed.item_unnamed", self.topic, pointer="/" + "/".join(self._name)))
        else:
            port.message()
            port.invalid(CityTwinError("feed.no_items", self.topic, pointer="/" + "/".join(self._items)))


def only_known(spec: FeedSpec, known: frozenset[str]) -> None:
    """Raises `CityTwinError` ``live.unknown_option`` for an option that is not known."""
    for name in sorted(set(spec.options) - known):
        raise CityTwinError("live.unknown_option", spec.id, name=name, known=", ".join(sorted(known)))
