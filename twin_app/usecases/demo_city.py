"""The demo city: generated once, then opened like any project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from loaders.model.errors import CityTwinError
from twin_app.services import project as store
from twin_app.services.files import write_atomically
from twin_app.services.jobs import JobContext
from twin_app.services.paths import data_folder
from twin_app.usecases.opening import open_paths
from twin_app.usecases.projects import camera_record, may_close
from twin_app.usecases.workbench import Workbench

VERSION = 1  # raise it when the generator gives another city: it is part of the folder's name
RECEIPT = "demo.json"
PROJECT = "wuhan-riverside.citytwin"


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
    on_progress: Callable[[float, str], None] = lambda _f, _s: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Demo:
    """Generate the demo into ``folder``, or take the one that is complete there already."""
    known = _known(folder, size, seed)
    if known is not None:
        return known
    from twin_app.demo.generate import generate

    city = generate(folder, size=size, seed=seed, on_progress=on_progress, is_cancelled=is_cancelled)
    project = folder / PROJECT
    record = store.ProjectRecord(
        name=city.name,
        crs=city.crs,
        layers=[
            store.LayerRecord(
                source=store.relative_source(project, source.path),
                kind=str(source.kind),
                name=source.name,
                options=source.options,
            )
            for source in city.sources
        ],
        camera=camera_record(city.camera),
        bookmarks=[store.BookmarkRecord(name, camera_record(view)) for name, view in city.bookmarks],
    )
    store.write_project(project, record)
    receipt = {"version": VERSION, "size": size, "seed": seed, "objects": city.objects, "buildings": city.buildings}
    write_atomically(folder / RECEIPT, msgspec.json.encode(receipt))
    return Demo(project, city.objects, city.buildings)


def _known(folder: Path, size: str, seed: int) -> Demo | None:
    try:
        receipt = msgspec.json.decode((folder / RECEIPT).read_bytes(), type=dict[str, int | str])
        record = store.read_project(folder / PROJECT)
    except (OSError, msgspec.MsgspecError, CityTwinError):
        return None
    same = (receipt.get("version"), receipt.get("size"), receipt.get("seed")) == (VERSION, size, seed)
    if not same or not all(Path(layer.source).exists() for layer in record.layers):
        return None
    return Demo(folder / PROJECT, int(receipt["objects"]), int(receipt["buildings"]))


def open_demo(workbench: Workbench) -> None:
    """Generate the demo in the background unless it is there, then open it."""
    if not may_close(workbench):
        return

    def work(context: JobContext) -> Demo:
        return make_demo(demo_folder(), on_progress=context.progress, is_cancelled=lambda: context.is_cancelled)

    def open_it(demo: Demo) -> None:
        open_paths(workbench, [demo.project])

    workbench.jobs.submit("demo", work, title_key="job.demo", on_done=open_it, on_failed=workbench.messages.error)
