"""Choosing a format, and formats of other people's packages."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from loaders import registry
from loaders.model.errors import CityTwinError
from loaders.model.formats import Format
from tests.unit.loaders.convert.synthetic import FORMAT, write_source


def _scoring(format_id: str, score: int, *extensions: str) -> Format:
    return dataclasses.replace(FORMAT, id=format_id, sniff=lambda _path, _head: score, extensions=extensions)


def test_the_best_score_wins_then_the_ending(tmp_path: Path) -> None:
    path = write_source(tmp_path / "A.SYN")
    formats = [_scoring("low", 10), _scoring("high", 90), _scoring("named", 90, ".syn"), _scoring("none", 0, ".syn")]
    assert registry.choose(path, formats).id == "named"
    assert registry.choose(path, formats[:2]).id == "high"


def test_unknown_content_names_what_is_known(tmp_path: Path) -> None:
    with pytest.raises(CityTwinError) as caught:
        registry.choose(write_source(tmp_path / "a.syn"), [_scoring("none", 0, ".b", ".a")])
    assert caught.value.code == "registry.unknown"
    assert caught.value.arguments["endings"] == ".a, .b"


def test_a_sniffer_that_fails_is_not_asked_again(tmp_path: Path) -> None:
    def sniff(_path: Path, head: bytes) -> int:
        return int(head.decode("ascii"))

    broken = dataclasses.replace(FORMAT, id="broken", sniff=sniff)
    assert registry.choose(write_source(tmp_path / "a.syn"), [broken, FORMAT]) is FORMAT


@pytest.fixture
def _fresh() -> Iterator[None]:
    registry.third_party_formats.cache_clear()
    yield
    registry.third_party_formats.cache_clear()


def _entry(value: str, loaded: Any) -> SimpleNamespace:
    def load() -> Any:
        if isinstance(loaded, Exception):
            raise loaded
        return loaded

    return SimpleNamespace(value=value, load=load)


@pytest.mark.usefixtures("_fresh")
def test_other_packages_add_formats_and_cannot_break_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = _scoring("ours", 1)
    entries = [
        _entry("good", FORMAT),
        _entry("failing", ZeroDivisionError("oops")),
        _entry("no format", 7),
        _entry("taken", dataclasses.replace(FORMAT, id="ours")),
    ]
    monkeypatch.setattr(registry, "builtin_formats", lambda: (ours,))
    monkeypatch.setattr(registry.metadata, "entry_points", lambda group: entries if group == "citytwin.formats" else [])
    assert registry.formats() == (ours, FORMAT)
    problems = registry.third_party_formats()[1]
    assert [problem.place for problem in problems] == ["failing", "no format", "taken"]
    assert {problem.code for problem in problems} == {"registry.plugin_failed"}


def test_ids_are_found() -> None:
    assert registry.format_by_id("synthetic", [FORMAT]) is FORMAT
    with pytest.raises(KeyError):
        registry.format_by_id("none", [FORMAT])
