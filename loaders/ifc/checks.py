"""Faults of the text and of the placements that the parser lets through."""

from __future__ import annotations

import re
from typing import Any

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


def placement_cycles(model: Any) -> set[int]:
    """STEP ids of products whose placement hangs on itself; engines overflow on them."""
    parents: dict[int, int | None] = {}
    for placement in model.by_type("IfcLocalPlacement"):
        above = placement.PlacementRelTo
        parents[placement.id()] = None if above is None else above.id()
    sound: set[int] = set()
    cyclic: set[int] = set()
    for start in parents:
        path: dict[int, None] = {}
        at: int | None = start
        while at is not None and at not in sound and at not in cyclic and at not in path:
            path[at] = None
            at = parents.get(at)
        (cyclic if at is not None and at not in sound else sound).update(path)
    if not cyclic:
        return set()
    products = model.by_type("IfcProduct")
    return {p.id() for p in products if p.ObjectPlacement is not None and p.ObjectPlacement.id() in cyclic}
