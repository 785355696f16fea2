"""The tree of a model in a draft schema, read from the text: what ifcopenshell would tell for a published one."""

from __future__ import annotations

import re

_STRING = re.compile(rb"'[^']*'")
_RELATION = re.compile(
    rb"=\s*IFCREL(AGGREGATES|NESTS|CONTAINEDINSPATIALSTRUCTURE|VOIDSELEMENT|FILLSELEMENT)\s*\(([^;]*)\)\s*;",
    re.IGNORECASE,
)
_WHOLE_FIRST = re.compile(rb"#(\d{1,18})\s*,\s*\(([^()]*)\)\s*$")
_PARTS_FIRST = re.compile(rb"\(([^()]*)\)\s*,\s*#(\d{1,18})\s*$")
_PAIR = re.compile(rb"#(\d{1,18})\s*,\s*#(\d{1,18})\s*$")
_ID = re.compile(rb"#(\d{1,18})")


def parents(data: bytes) -> dict[int, int]:
    """STEP id of the whole by that of the part; containment wins over filling, aggregation and nesting over both."""
    filling: dict[int, int] = {}
    contained: dict[int, int] = {}
    found: dict[int, int] = {}
    for name, arguments in _RELATION.findall(_STRING.sub(b"''", data)):
        kind = name.upper()
        if kind == b"CONTAINEDINSPATIALSTRUCTURE":
            if match := _PARTS_FIRST.search(arguments):
                contained |= {int(part): int(match[2]) for part in _ID.findall(match[1])}
        elif kind in (b"VOIDSELEMENT", b"FILLSELEMENT"):
            if match := _PAIR.search(arguments):
                (found if kind == b"VOIDSELEMENT" else filling)[int(match[2])] = int(match[1])
        elif match := _WHOLE_FIRST.search(arguments):
            found |= {int(part): int(match[1]) for part in _ID.findall(match[2])}
    return filling | contained | found
