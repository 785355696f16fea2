"""Many files at once: in order, each with its own fate."""

from __future__ import annotations

import dataclasses
import threading
import time
from pathlib import Path

import pytest

from loaders.convert import ConvertOptions, ConvertReport, ManyListener, convert_many
from loaders.convert.many import Outcome, largest_first
from loaders.model.errors import Cancelled, CityTwinError
from tests.unit.loaders.convert.synthetic import write_source


def test_all_in_order_with_their_events(tmp_path: Path, options: ConvertOptions) -> None:
    sources = [write_source(tmp_path / f"{n}.syn", objects=n) for n in (9, 5, 7)]
    heard: dict[str, int] = {}
    done: list[tuple[Path, Outcome]] = []
    listener = ManyListener(
        lambda source, _event: heard.update({source.name: heard.get(source.name, 0) + 1}),
        lambda source, outcome: done.append((source, outcome)),
    )
    outcomes = convert_many(sources, options, listener, jobs=2)
    assert [outcome.objects for outcome in outcomes if isinstance(outcome, ConvertReport)] == [9, 5, 7]
    assert sorted(heard) == ["5.syn", "7.syn", "9.syn"]
    assert {source for source, _ in done} == set(sources)


def test_keep_going(tmp_path: Path, options: ConvertOptions) -> None:
    sources = [write_source(tmp_path / "a.syn", signal=11), write_source(tmp_path / "b.syn"), tmp_path / "none.syn"]
    outcomes = convert_many(sources, options, keep_going=True)
    assert [getattr(outcome, "code", "done") for outcome in outcomes] == [
        "convert.child_died",
        "done",
        "registry.missing",
    ]


def test_the_first_error_stops_the_rest(tmp_path: Path, options: ConvertOptions) -> None:
    sources = [write_source(tmp_path / f"{n}.syn", objects=10 + n, sleep=20) for n in (1, 2)]
    sources.insert(0, write_source(tmp_path / "bad.syn", signal=11))
    start = time.monotonic()
    outcomes = convert_many(sources, options, jobs=3)
    assert time.monotonic() - start < 4
    assert all(isinstance(outcome, CityTwinError) for outcome in outcomes)
    assert [outcome.code for outcome in outcomes] == ["convert.child_died", *["convert.not_tried"] * 2]


def test_cancel_stops_all(tmp_path: Path, options: ConvertOptions) -> None:
    sources = [write_source(tmp_path / f"{n}.syn", objects=10 + n, sleep=20) for n in (1, 2, 3)]
    cancel = threading.Event()
    threading.Timer(0.4, cancel.set).start()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        convert_many(sources, options, is_cancelled=cancel.is_set, jobs=3)
    assert time.monotonic() - start < 3.4


def test_equal_names_do_not_collide(tmp_path: Path, options: ConvertOptions) -> None:
    sources = []
    for folder, count in (("x", 5), ("y", 6)):
        (tmp_path / folder).mkdir()
        sources.append(write_source(tmp_path / folder / "a.syn", objects=count))
    sources.append(write_source(tmp_path / "b.syn", objects=7))
    outcomes = convert_many(sources, dataclasses.replace(options, out=tmp_path / "out"), jobs=2)
    found = [Path(o.tileset).relative_to(tmp_path / "out").as_posix() for o in outcomes if isinstance(o, ConvertReport)]
    assert found == ["1/a.syn.tiles", "2/a.syn.tiles", "b.syn.tiles"]


def test_nothing_to_do(options: ConvertOptions) -> None:
    assert convert_many([], options) == []


def test_several_at_a_time_begin_with_the_largest_and_answer_in_order(tmp_path: Path) -> None:
    works = []
    for number, size in enumerate((10, 500, 30)):
        (tmp_path / f"{number}.syn").write_bytes(b"x" * size)
        works.append((tmp_path / f"{number}.syn", ConvertOptions()))
    works.append((tmp_path / "gone.syn", ConvertOptions()))
    assert largest_first(works, 1) == [0, 1, 2, 3]
    assert largest_first(works, 2) == [1, 2, 0, 3]
