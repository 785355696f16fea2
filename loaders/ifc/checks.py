"""Faults of the text and of the placements that the parser lets through."""

from __future__ import annotations

import re
from typing import Any

from loaders.ifc.attributes import attribute, is_instance
from loaders.ifc.doubts import Doubts
from loaders.ifc.relations import instances, tangled
from loaders.model.errors import Finding

_ID = re.compile(rb"^\s*#(\d{1,18})\s*=", re.MULTILINE)
_BAD_X2 = re.compile(rb"\\X2\\(?![0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{4})*\\X0\\)[^']{0,40}")
_BAD_X4 = re.compile(rb"\\X4\\(?![0-9A-Fa-f]{8}(?:[0-9A-Fa-f]{8})*\\X0\\)[^']{0,40}")


def text_findings(data: bytes) -> list[Finding]:
    """Doubled instance numbers and wrong encodings of letters; the rest of the file is read all the same."""
    found = []
    ids = [int(match) for match in _ID.findall(data)]
    doubled = len(ids) - len(set(ids))
    if doubled:
        found.append(Finding.error("ifc.doubled_ids", f"#{_first_doubled(ids)}", count=doubled))
    wrong = _BAD_X2.findall(data) + _BAD_X4.findall(data)
    if wrong:
        found.append(Finding.warning("ifc.bad_letters", wrong[0].decode("latin-1"), count=len(wrong)))
    return found


def _first_doubled(ids: list[int]) -> int:
    seen: set[int] = set()
    for number in ids:
        if number in seen:
            return number
        seen.add(number)
    return 0


def placement_cycles(model: Any, doubts: Doubts) -> set[int]:
    """STEP ids of products whose placement hangs on itself; engines overflow on them."""
    parents: dict[int, int] = {}
    for placement in instances(model, "IfcObjectPlacement"):
        with doubts.at(f"#{placement.id()}"):
            above = attribute(placement, "PlacementRelTo")
            if is_instance(above):
                parents[placement.id()] = above.id()
    cyclic = tangled(parents)
    found: set[int] = set()
    for product in model.by_type("IfcProduct") if cyclic else ():
        placement = attribute(product, "ObjectPlacement")
        if is_instance(placement) and placement.id() in cyclic:
            found.add(product.id())
    return found
