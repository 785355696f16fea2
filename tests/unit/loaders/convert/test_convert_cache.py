"""The cache: damage is found, size is bounded, hashes are remembered only where that is safe."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.convert import Cache, ConvertOptions, cache_folder, cache_usage, clear_cache, convert, hashing
from loaders.convert import cache as cache_module
from loaders.convert.locks import file_lock
from loaders.convert.options import never_cancelled
from loaders.model.errors import Cancelled, CityTwinError
from tests.unit.loaders.convert.synthetic import write_source


def _overwrite(path: Path) -> None:
    path.write_bytes(b"x" * path.stat().st_size)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "same size": lambda folder: _overwrite(folder / "tiles" / "000000.glb"),
    "truncated": lambda folder: (folder / "objects.parquet").write_bytes(b"PAR1"),
    "missing": lambda folder: (folder / "tileset.json").unlink(),
    "all missing": lambda folder: shutil.rmtree(folder),
    "extra": lambda folder: (folder / "extra").write_text("x"),
    "stamp": lambda folder: folder.with_suffix(".json").write_text("{"),
    "no stamp": lambda folder: folder.with_suffix(".json").unlink(),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found_and_repaired(tmp_path: Path, options: ConvertOptions, name: str) -> None:
    source = write_source(tmp_path / "a.syn")
    first = convert(source, options)
    DAMAGES[name](Path(first.tileset))
    second = convert(source, options)
    assert not second.cached
    assert convert(source, options).cached


def test_usage_and_clearing(tmp_path: Path, options: ConvertOptions) -> None:
    kept, gone = (convert(write_source(tmp_path / "a.syn", objects=n), options) for n in (5, 6))
    usage = cache_usage(options.cache_folder)
    assert usage.entries == 2
    assert usage.bytes == sum(f.stat().st_size for r in (kept, gone) for f in Path(r.tileset).rglob("*") if f.is_file())
    freed = clear_cache([Path(kept.tileset)], options.cache_folder)
    assert 0 < freed < usage.bytes
    assert Path(kept.tileset).is_dir()
    assert not Path(gone.tileset).exists()
    assert clear_cache(folder=options.cache_folder) == usage.bytes - freed
    assert cache_usage(options.cache_folder).entries == 0
    assert clear_cache(folder=tmp_path / "none") == 0


def test_the_least_used_go_first(tmp_path: Path, options: ConvertOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = [convert(write_source(tmp_path / f"{n}.syn", objects=n), options) for n in (5, 6, 7)]
    now = time.time()
    for age, report in enumerate(reports):
        os.utime(Path(report.tileset).with_suffix(".json"), (now - 100 + age, now - 100 + age))
    assert convert(tmp_path / "5.syn", options).cached  # a use
    monkeypatch.setattr(cache_module, "_in_use", set())
    usage = cache_usage(options.cache_folder)
    Cache(options.cache_folder).shrink(usage.bytes - 1)
    assert [Path(report.tileset).exists() for report in reports] == [True, False, True]


def test_what_this_process_uses_stays(tmp_path: Path, options: ConvertOptions) -> None:
    small = dataclasses.replace(options, cache_limit_bytes=1)
    reports = [convert(write_source(tmp_path / f"{n}.syn", objects=n), small) for n in (5, 6)]
    assert all(Path(report.tileset).is_dir() for report in reports)


def test_what_is_being_made_is_not_deleted(tmp_path: Path, options: ConvertOptions) -> None:
    report = convert(write_source(tmp_path / "a.syn"), options)
    cache = Cache(options.cache_folder)
    folder = Path(report.tileset)
    with file_lock(cache.lock_path(folder.stem), never_cancelled):
        assert clear_cache(folder=options.cache_folder) == 0
    assert cache.lookup(folder.stem) is not None
    folder.with_suffix(".json").unlink()
    assert cache.lookup(folder.stem) is None
    assert folder.is_dir()  # its maker may be about to say that it is whole


def test_the_variable_moves_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYTWIN_CACHE_DIR", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("CITYTWIN_CACHE_DIR", "")
    assert cache_folder().name == "citytwin"


def _settled(path: Path, content: bytes) -> Path:
    """A file that was last changed long ago, as far as hashing can tell."""
    path.write_bytes(content)
    return path


def test_hashes_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_SETTLED_NS", -1)
    path = _settled(tmp_path / "a", b"one")
    first = hashing.content_hash(path, tmp_path / "memory", never_cancelled)
    monkeypatch.setattr(hashing, "_digest", lambda *_: pytest.fail("read again"))
    assert hashing.content_hash(path, tmp_path / "memory", never_cancelled) == first


def test_a_change_is_seen_whatever_the_clock_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_SETTLED_NS", -1)
    path = _settled(tmp_path / "a", b"one")
    status = path.stat()
    first = hashing.content_hash(path, tmp_path / "memory", never_cancelled)
    time.sleep(0.02)
    path.write_bytes(b"two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert hashing.content_hash(path, tmp_path / "memory", never_cancelled) != first


def test_fresh_files_are_not_remembered(tmp_path: Path) -> None:
    path = _settled(tmp_path / "a", b"one")
    hashing.content_hash(path, tmp_path / "memory", never_cancelled)
    assert not (tmp_path / "memory").exists()


def test_a_broken_memory_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_SETTLED_NS", -1)
    path = _settled(tmp_path / "a", b"one")
    first = hashing.content_hash(path, tmp_path / "memory", never_cancelled)
    for note in (tmp_path / "memory").iterdir():
        note.write_bytes(b"\xff{")
    assert hashing.content_hash(path, tmp_path / "memory", never_cancelled) == first


def test_hashing_can_be_cancelled_and_fails_in_words(tmp_path: Path) -> None:
    path = _settled(tmp_path / "a", b"one")
    with pytest.raises(Cancelled):
        hashing.content_hash(path, tmp_path / "memory", lambda: True)
    with pytest.raises(CityTwinError, match="unreadable"):
        hashing.content_hash(tmp_path / "none", tmp_path / "memory", never_cancelled)
