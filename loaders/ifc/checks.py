"""Faults of the text and of the placements that the parser lets through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.ifc.attributes import attribute, is_instance, representations_of
from loaders.ifc.doubts import Doubts
from loaders.ifc.relations import instances, tangled
from loaders.model.errors import Finding

# Not whole groups of four or eight hexadecimal digits; half a surrogate pair; beyond the last code point. Each begins
# with what can be looked for at once: a text of a gigabyte holds few of them.
_BAD_LETTERS = (
    re.compile(rb"\\X2\\(?!(?:[0-9A-Fa-f]{4})+\\X0\\)[^']{0,40}"),
    re.compile(
        rb"\\X2\\(?:(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}|[Dd][89ABab]..[Dd][C-Fc-f]..)*"
        rb"(?:[Dd][89ABab][0-9A-Fa-f]{2}(?![Dd][C-Fc-f])|[Dd][C-Fc-f])[^']{0,40}"
    ),
    re.compile(rb"\\X4\\(?!(?:00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})+\\X0\\)[^']{0,40}"),
)
_BLOCK_BYTES = 16 << 20
_MOST_DIGITS = 18
_MOST_SPACES = 4  # between a number and its equals sign
_SPACE = np.isin(np.arange(256), [9, 10, 11, 12, 13, 32])
_BEFORE = _SPACE | (np.arange(256) == ord(";"))


def text_findings(data: bytes) -> list[Finding]:
    """Doubled instance numbers and wrong encodings of letters; the rest of the file is read all the same."""
    found = []
    ids = np.concatenate([np.zeros(0, np.int64), *(_ids(block) for block in _blocks(data))])
    doubled = _doubled(ids)
    if len(doubled):
        found.append(Finding.error("ifc.doubled_ids", f"#{doubled[0]}", count=len(doubled)))
    # A reverse solidus before it means that one itself, and no directive.
    directives = (match for pattern in _BAD_LETTERS for match in pattern.finditer(data))
    wrong = [match[0] for match in directives if data[match.start() - 1 : match.start()] != b"\\"]
    if wrong:
        found.append(Finding.warning("ifc.bad_letters", wrong[0].decode("latin-1"), count=len(wrong)))
    return found


def _blocks(data: bytes) -> Iterator[NDArray[np.uint8]]:
    """The text in pieces that end between two statements."""
    start = 0
    while start < len(data):
        end = data.find(b";", start + _BLOCK_BYTES) + 1 or len(data)
        yield np.frombuffer(data, np.uint8, end - start, start)
        start = end


def _ids(text: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The numbers of the instances that a piece of text declares (``#12 = …``), in its order."""
    marks = np.flatnonzero(text == ord("#"))
    marks = marks[(marks == 0) | _BEFORE[text[marks - 1]]]
    ids, at, last = np.zeros(len(marks), np.int64), marks + 1, len(text) - 1
    for _ in range(_MOST_DIGITS):
        digits = text[np.minimum(at, last)].astype(np.int64) - ord("0")
        inside = (digits >= 0) & (digits <= 9) & (at <= last)
        if not inside.any():
            break
        ids = np.where(inside, ids * 10 + digits, ids)
        at += inside
    for _ in range(_MOST_SPACES):
        at += _SPACE[text[np.minimum(at, last)]]
    declared: NDArray[np.int64] = ids[(text[np.minimum(at, last)] == ord("=")) & (at > marks + 1)]
    return declared


def _doubled(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """All that come a second time or later, in their order."""
    if (ids[1:] > ids[:-1]).all():
        return ids[:0]
    first = np.unique(ids, return_index=True)[1]
    again = np.ones(len(ids), bool)
    again[first] = False
    return ids[again]


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


def shape_cycles(model: Any, doubts: Doubts) -> set[int]:
    """STEP ids of products whose shape is made from itself; engines never come to its end."""
    below: dict[int, list[int]] = {}
    for kind, parts in (
        ("IfcBooleanResult", ("FirstOperand", "SecondOperand")),
        ("IfcCsgSolid", ("TreeRootExpression",)),
        ("IfcRepresentationMap", ("MappedRepresentation",)),
    ):
        for one in instances(model, kind):
            with doubts.at(f"#{one.id()}"):
                below[one.id()] = [i for name in parts for i in _made_of(attribute(one, name))]
    endless = _endless(below)
    if not endless:
        return set()
    return {
        product.id()
        for product in model.by_type("IfcProduct")
        for representation in representations_of(product)
        if not endless.isdisjoint(_made_of(representation))
    }


def _made_of(part: Any) -> list[int]:
    """The ids that an operand, or each item of a representation, stands for: its own, or its map's."""
    if not is_instance(part):
        return []
    if part.is_a("IfcRepresentation"):
        items = attribute(part, "Items")
        return [i for item in items for i in _made_of(item)] if isinstance(items, tuple) else []
    if part.is_a("IfcMappedItem"):
        source = attribute(part, "MappingSource")
        return [source.id()] if is_instance(source) else []
    return [part.id()]


def _endless(below: dict[int, list[int]]) -> set[int]:
    """The ids from which a way down never ends: what is left when all that end are taken away."""
    above: dict[int, list[int]] = {}
    open_ways = dict.fromkeys(below, 0)
    for one, parts in below.items():
        for part in parts:
            if part in below:
                open_ways[one] += 1
                above.setdefault(part, []).append(one)
    ended = [one for one, count in open_ways.items() if not count]
    while ended:
        for one in above.get(ended.pop(), ()):
            open_ways[one] -= 1
            if not open_ways[one]:
                ended.append(one)
    return {one for one, count in open_ways.items() if count}
