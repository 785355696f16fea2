"""The sources that a command's files and folders stand for."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from loaders import registry
from loaders.model.errors import CityTwinError
from loaders.model.formats import Format
from loaders.tileset import is_tileset_folder


@dataclasses.dataclass(frozen=True, slots=True)
class Placed:
    """A source, and the subfolder of the output folder that it goes to."""

    source: Path
    subfolder: Path = Path()


@dataclasses.dataclass(frozen=True, slots=True)
class Gathered:
    """What to convert, in order, and what could not even be looked at."""

    sources: tuple[Placed, ...]
    problems: tuple[CityTwinError, ...]


def is_source_folder(path: Path) -> bool:
    """Whether ``path`` is a folder of sources, and no tileset."""
    return path.is_dir() and not is_tileset_folder(path)


def gather(paths: Sequence[Path], formats: Iterable[Format] | None = None) -> Gathered:
    """Each file as it is; for each folder the sources below it, sorted, each of them once.

    Hidden files, tilesets, what no format knows and what only accompanies a source are left out. A source's
    subfolder is the one it has below its folder.
    """
    known = tuple(registry.formats() if formats is None else formats)
    sources: list[Placed] = []
    problems: list[CityTwinError] = []
    seen = {path.resolve() for path in paths if not path.is_dir()}
    for path in paths:
        if not is_source_folder(path):
            sources.append(Placed(path))
            continue
        walk = _Walk()
        walk.down(path)
        problems += walk.problems
        found = _sources(walk.files, known)
        if not found and not walk.problems:
            problems.append(_nothing_in(path, known))
        for file, real in found:
            if real not in seen:
                seen.add(real)
                sources.append(Placed(file, file.parent.relative_to(path)))
    return Gathered(tuple(sources), tuple(problems))


class _Walk:
    """All files below a folder. Every real folder is seen once, which ends loops of symbolic links."""

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.problems: list[CityTwinError] = []
        self._seen: set[Path] = set()

    def down(self, top: Path) -> None:
        """Links come last, so that what they lead to is found under its own name where it has one."""
        waiting, links = [top], list[Path]()
        while waiting or links:
            folder = waiting.pop() if waiting else links.pop(0)
            real = folder.resolve()
            if real in self._seen:
                continue
            self._seen.add(real)
            for entry in self._entries(folder):
                path = folder / entry.name
                if entry.name.startswith("."):
                    continue
                if not entry.is_dir():
                    self.files += [path] if entry.is_file() else []
                elif not is_tileset_folder(path):
                    (links if entry.is_symlink() else waiting).append(path)
        self.files.sort(key=lambda file: file.relative_to(top).parts)

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            reason = error.strerror or str(error)
            name = folder.name or str(folder)
            self.problems.append(CityTwinError("registry.unreadable", str(folder), name=name, reason=reason))
            return []


def _sources(files: Sequence[Path], known: Sequence[Format]) -> list[tuple[Path, Path]]:
    """Sources and their real paths."""
    chosen = _without_parts([(file, one) for file in files if (one := _format(file, known)) is not None])
    beside = {companion.resolve() for file, one in chosen for companion in one.companions(file) if companion.is_file()}
    # The file itself comes before links to it.
    chosen.sort(key=lambda item: item[0].is_symlink())
    found: dict[Path, Path] = {}
    for file, _ in chosen:
        real = file.resolve()
        if real not in beside:
            found.setdefault(real, file)
    order = {file: number for number, file in enumerate(files)}
    return sorted(((file, real) for real, file in found.items()), key=lambda item: order[item[0]])


def _without_parts(chosen: list[tuple[Path, Format]]) -> list[tuple[Path, Format]]:
    """Without sources that are parts of another of their format, which lies above them or is the folder's main one."""
    mains = {
        (file.parent, one.id) for file, one in chosen if one.in_folders and file == registry.source_of(file.parent)
    }
    tops = mains | {(file.parent, one.id) for file, one in chosen if one.in_folders}

    def is_part(file: Path, one: Format) -> bool:
        if not one.in_folders:
            return False
        beside_main = (file.parent, one.id) in mains and file != registry.source_of(file.parent)
        return beside_main or any((folder, one.id) in tops for folder in file.parent.parents)

    return [(file, one) for file, one in chosen if not is_part(file, one)]


def _format(file: Path, known: Sequence[Format]) -> Format | None:
    """The format of ``file``; a damaged file that is called a source stays one, so that its fault is told."""
    try:
        return registry.choose(file, known)
    except CityTwinError as error:
        if error.code == "registry.unknown":
            return None
        return next((one for one in known if file.suffix.lower() in one.extensions), None)


def _nothing_in(folder: Path, known: Sequence[Format]) -> CityTwinError:
    endings = ", ".join(sorted({ending for one in known for ending in one.extensions}))
    name = folder.name or folder.resolve().name or str(folder)
    return CityTwinError("convert.empty_folder", str(folder), name=name, endings=endings)


__all__ = ["Gathered", "Placed", "gather", "is_source_folder"]
