"""The demo city: generated once, then opened like any project."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from loaders.model.errors import CityTwinError
from loaders.model.formats import LayerKind
from scenes.model.disciplines import Discipline
from twin_app.services import project as store
from twin_app.services.files import write_atomically
from twin_app.services.jobs import JobContext
from twin_app.services.paths import data_folder
from twin_app.usecases.demo_values import write_values
from twin_app.usecases.opening import open_paths
from twin_app.usecases.projects import camera_record, may_close
from twin_app.usecases.workbench import Workbench

if TYPE_CHECKING:
    from twin_app.demo.made import DemoCity, DemoSource

DEMO_JOB = "demo"
STARTED = ".citytwin-demo"  # marks a folder whose files are ours to write over
VERSION = 5  # raise it when the generator gives another city: it is part of the folder's name
RECEIPT = "demo.json"
PROJECTS = {"en": "wuhan-riverside.citytwin", "zh_CN": "武汉滨江.citytwin"}


@dataclass(frozen=True, slots=True)
class Demo:
    """A generated demo on disk."""

    project: Path
    objects: int
    buildings: int


def demo_folder(size: str = "district", seed: int = 7) -> Path:
    """Where the demo of that size and seed is kept."""
    return data_folder() / f"demo-{VERSION}-{size}-{seed}"


def make_demo(
    folder: Path,
    *,
    size: str = "district",
    seed: int = 7,
    language: str = "en",
    on_progress: Callable[[float, str], None] = lambda _f, _s: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Demo:
    """Generate the demo into ``folder``, or take the one that is complete there already.

    There is a project file in each language; the one of ``language`` is given.
    """
    known = _known(folder, size, seed, language)
    if known is not None:
        return known
    _check_folder(folder, size, seed)
    from twin_app.demo.generate import generate

    city = generate(folder, size=size, seed=seed, on_progress=on_progress, is_cancelled=is_cancelled)
    write_projects(city, folder)
    receipt = {"version": VERSION, "size": size, "seed": seed, "objects": city.objects, "buildings": city.buildings}
    write_atomically(folder / RECEIPT, msgspec.json.encode(receipt))
    return Demo(folder / PROJECTS[language], city.objects, city.buildings)


def write_projects(city: DemoCity, folder: Path) -> None:
    """Write the project file of a generated city in each language."""
    for one in PROJECTS:
        store.write_project(folder / PROJECTS[one], _record(city, folder, one))


def _check_folder(folder: Path, size: str, seed: int) -> None:
    """Only a folder that is new, empty, or holds the same demo, unfinished or damaged, is written to."""
    try:
        names = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
        if names and not (STARTED in names and _receipt(folder) in (None, (VERSION, size, seed))):
            raise CityTwinError("demo.folder_in_use", str(folder), name=folder.name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / STARTED).touch()
    except OSError:
        return  # the generator will say it


def _receipt(folder: Path) -> tuple[object, ...] | None:
    """Version, size and seed of the demo that is complete in a folder; None where there is none."""
    try:
        found = msgspec.json.decode((folder / RECEIPT).read_bytes(), type=dict[str, int | str])
    except (OSError, msgspec.MsgspecError):
        return None
    return found.get("version"), found.get("size"), found.get("seed")


def _record(city: DemoCity, folder: Path, language: str) -> store.ProjectRecord:
    chinese = language == "zh_CN"
    project = folder / PROJECTS[language]
    layers = [_layer_record(project, source, source.name_zh if chinese else source.name_en) for source in city.sources]
    bookmarks = [
        store.BookmarkRecord(one.name_zh if chinese else one.name_en, camera_record(one.view)) for one in city.bookmarks
    ]
    return store.ProjectRecord(
        name=project.stem,
        crs=city.crs,
        layers=layers,
        camera=camera_record(city.view),
        bookmarks=bookmarks,
        feeds=[write_values(city, folder, language)],
        live_views=[
            store.LiveViewRecord("cards", "building.power [kW]"),
            store.LiveViewRecord("flows", "traffic.flow [{vehicle}/h]"),
        ],
    )


def _layer_record(project: Path, source: DemoSource, name: str) -> store.LayerRecord:
    record = store.LayerRecord(store.relative_source(project, source.path), str(source.kind), name)
    if source.world_from_model is not None:
        record.base = source.world_from_model.ravel().tolist()
    if source.kind is LayerKind.BUILDING:
        # A design that stands in several places is one group: "Clinic 1", "Clinic 2".
        record.building = re.sub(r" \d+$", "", name) if record.base is not None else name
        record.discipline = str(Discipline.ARCHITECTURE)
    return record


def _known(folder: Path, size: str, seed: int, language: str) -> Demo | None:
    project = folder / PROJECTS[language]
    try:
        receipt = msgspec.json.decode((folder / RECEIPT).read_bytes(), type=dict[str, int | str])
        record = store.read_project(project)
    except (OSError, msgspec.MsgspecError, CityTwinError):
        return None
    same = (receipt.get("version"), receipt.get("size"), receipt.get("seed")) == (VERSION, size, seed)
    if not same or not all(Path(layer.source).exists() for layer in record.layers):
        return None
    return Demo(project, int(receipt["objects"]), int(receipt["buildings"]))


def open_demo(workbench: Workbench) -> None:
    """Generate the demo in the background unless it is there, then open it."""
    if not may_close(workbench):
        return

    def work(context: JobContext) -> Demo:
        return make_demo(
            demo_folder(),
            language=workbench.tr.language,
            on_progress=context.progress,
            is_cancelled=lambda: context.is_cancelled,
        )

    def open_it(demo: Demo) -> None:
        open_paths(workbench, [demo.project])

    workbench.jobs.submit(DEMO_JOB, work, title_key="job.demo", on_done=open_it, on_failed=workbench.messages.error)
