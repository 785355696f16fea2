"""Finds, without running it, which translation keys the code uses and with which arguments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("loaders", "scenes", "twin_app", "benchmarks")
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_PREFIX = re.compile(r"([a-z][a-z0-9_]*\.)+([a-z0-9_]*)")

# Calls that take a key, and where: the position of the key, or the keyword's name.
_POSITIONS = {"CityTwinError": 0, "Finding.warning": 0, "Finding.error": 0, "Finding.info": 0, "Finding": 1, "tr": 0}
_POSITIONS |= {"words": 0, "out.note": 0, "Progress": 1, "Unmeshed": 3, "messages.info": 0, "messages.warning": 0}
_KEYWORDS = re.compile(r"(stage|reason|code|\w+_key)")
# Only there do all keyword arguments fill placeholders.
_FILLS_ALL = {"CityTwinError", "Finding.warning", "Finding.error", "Finding.info", "tr", "words", "out.note"}


@dataclass(frozen=True)
class Use:
    """A literal key in a call that takes one; ``arguments`` None: not known here."""

    key: str
    place: str
    arguments: frozenset[str] | None = None


@dataclass
class Uses:
    """All of a tree's keys in calls, its other literals that look like keys, and its f-strings' fixed beginnings."""

    calls: list[Use] = field(default_factory=list)
    literals: set[str] = field(default_factory=set)
    prefixes: set[str] = field(default_factory=set)


@cache
def uses() -> Uses:
    """Of the whole program."""
    found = Uses()
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            collect(ast.parse(file.read_text("utf-8")), str(file.relative_to(ROOT)), found)
    return found


def collect(tree: ast.AST, place: str, into: Uses) -> None:
    """Add what ``tree`` uses."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            into.calls.extend(_of_call(node, place))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
            into.literals.add(node.value)
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            start = str(node.values[0].value)
            if _PREFIX.fullmatch(start):
                into.prefixes.add(start)


def _of_call(call: ast.Call, place: str) -> Iterator[Use]:
    name = _called(call.func)
    where = f"{place}:{call.lineno}"
    position = _POSITIONS.get(name)
    if position is not None and position < len(call.args):
        for key in _literals(call.args[position]):
            yield Use(key, where, _argument_names(call) if name in _FILLS_ALL else None)
    for keyword in call.keywords:
        if keyword.arg and _KEYWORDS.fullmatch(keyword.arg):
            for key in _literals(keyword.value):
                if KEY.fullmatch(key):
                    yield Use(key, where)


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    if not isinstance(function, ast.Attribute):
        return ""
    if function.attr == "tr":
        return "tr"
    owner = function.value
    last = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
    return f"{last}.{function.attr}"


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


def _argument_names(call: ast.Call) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else frozenset(name for name in names if name)
