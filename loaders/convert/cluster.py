"""Many sources on a Dask cluster: each is one task, whose worker converts it in child processes of its own.

Sources and results lie in folders that all computers share under one path; only reports travel. Dask gives the
tasks of a worker that was lost to another one, which finds whole what is whole already.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import multiprocessing
import platform
import queue
import re
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from loaders import registry
from loaders.convert.gather import Placed
from loaders.convert.job import convert
from loaders.convert.many import ManyListener, Outcome, options_each, size_bytes
from loaders.convert.options import ConvertOptions, never_cancelled
from loaders.model.errors import Cancelled, CityTwinError, Finding
from loaders.tileset import WRITER_VERSION, is_tileset_folder

CONNECT_S = 5.0
WORKERS_S = 3.0
# A nanny has its worker back within seconds; without any worker for so long nobody will come.
ALONE_S = 30.0
RETRIES = 2
_ADDRESS = re.compile(r"(?:tcp|tls)://[^\s/]+:\d{1,5}")
_LACKING = re.compile("ModuleNotFoundError|ImportError|AttributeError")
_POLL_S = 0.05
_LOOK_S = 2.0
_ANSWER_S = 2.0
_SHARED_S = 5.0
# What shapes the result, beside the formats' own versions.
_LIBRARIES = ("ifcopenshell", "ifclite-geom", "numpy", "pyarrow", "pyproj", "rasterio", "shapely", "distributed")


def convert_on_cluster(
    sources: Sequence[Path | Placed],
    scheduler: str,
    options: ConvertOptions,
    listener: ManyListener | None = None,
    is_cancelled: Callable[[], bool] = never_cancelled,
    *,
    keep_going: bool = False,
) -> list[Outcome]:
    """As `convert_many`, on the workers of the ``scheduler`` at ``tcp://host:port``; ``options.out`` must be given.

    Raises `CityTwinError` ``cluster.…`` within 10 s where there is no Dask, no scheduler or no worker that has this
    program and sees ``options.out``. The workers' own caches remember hashes and nothing else.
    """
    if options.out is None:
        raise CityTwinError("cluster.needs_out", scheduler)
    if not sources:
        return []
    # How many tasks a worker's computer has at once is its own affair: each keeps to one core.
    here = dataclasses.replace(options, out=options.out.absolute(), cores=options.cores or 1)
    listener = listener or ManyListener()
    with _connected(scheduler) as client:
        _check_workers(client, scheduler, options.out.absolute(), listener)
        works = [(source.absolute(), choice) for source, choice in options_each(sources, here)]
        names = [one.source if isinstance(one, Placed) else one for one in sources]
        run = _Run(client, scheduler, listener, keep_going)
        return run.all(list(zip(names, works, strict=True)), is_cancelled)


def _library() -> Any:
    """Dask's own module, made to say nothing: what matters is said in the user's language."""
    try:
        import distributed
    except ImportError as error:
        raise CityTwinError("cluster.no_dask", error.name or "distributed") from error
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in {"distributed", "tornado"}:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", category=distributed.versions.VersionMismatchWarning)
    return distributed


@contextlib.contextmanager
def _connected(scheduler: str) -> Iterator[Any]:
    if not _ADDRESS.fullmatch(scheduler):
        raise CityTwinError("cluster.bad_address", scheduler, address=scheduler)
    client = _client(_library(), scheduler)
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):  # the scheduler may be gone by now
            client.close(timeout=_ANSWER_S)


def _client(library: Any, scheduler: str) -> Any:
    """Dask waits for ever for something that takes the connection and says nothing: hence a thread that can be left."""
    made: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def connect() -> None:
        try:
            made.put(library.Client(scheduler, timeout=CONNECT_S, set_as_default=False, name="citytwin"))
        except Exception as error:  # noqa: BLE001 - told by the one who waits
            made.put(error)

    threading.Thread(target=connect, name="cluster-connect", daemon=True).start()
    try:
        client = made.get(timeout=CONNECT_S + 1.5)
    except queue.Empty as error:
        raise CityTwinError("cluster.unreachable", scheduler, address=scheduler) from error
    if isinstance(client, Exception):
        raise CityTwinError("cluster.unreachable", scheduler, address=scheduler) from client
    return client


def environment(shared: str) -> dict[str, Any]:
    """What this computer would convert with, and whether it sees the file ``shared``; plain values only."""
    libraries = {"python": platform.python_version()}
    for name in _LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            libraries[name] = metadata.version(name)
    return {"program": program(), "libraries": libraries, "sees": Path(shared).is_file()}


def program() -> str:
    """What this program makes of a source: the versions of its formats and of its tilesets."""
    return ", ".join([f"tileset {WRITER_VERSION}", *(f"{one.id} {one.version}" for one in registry.builtin_formats())])


def _check_workers(client: Any, scheduler: str, out: Path, listener: ManyListener) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKERS_S)
    except TimeoutError as error:
        raise CityTwinError("cluster.no_workers", scheduler, address=scheduler) from error
    probe = out / f".citytwin-{uuid.uuid4().hex}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.touch()
        mine, theirs = environment(str(probe)), client.run(environment, str(probe), on_error="return")
    except OSError as error:
        reason = error.strerror or str(error)
        raise CityTwinError("convert.cannot_write", str(error.filename or out), reason=reason) from error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
    for worker, there in theirs.items():
        if _LACKING.search(repr(there)):  # what a worker cannot load comes back as the text of its error
            raise CityTwinError("cluster.no_program", worker, worker=worker)
        if isinstance(there, dict):  # else the worker is gone again
            _compare(worker, mine, there, listener)
            if not there["sees"]:
                raise CityTwinError("cluster.not_shared", str(out), name=out.name, address=worker)


def _compare(worker: str, mine: dict[str, Any], there: dict[str, Any], listener: ManyListener) -> None:
    if there["program"] != mine["program"]:
        theirs, ours = there["program"], mine["program"]
        raise CityTwinError("cluster.other_program", worker, worker=worker, theirs=theirs, ours=ours)
    own, other = mine["libraries"], there["libraries"]
    unlike = [name for name in sorted(own.keys() | other.keys()) if own.get(name) != other.get(name)]
    if unlike:
        told = ", ".join(f"{name} {other.get(name, '—')} ≠ {own.get(name, '—')}" for name in unlike)
        listener.on_finding(Finding.warning("cluster.other_libraries", worker, worker=worker, differences=told))


class _Run:
    def __init__(self, client: Any, scheduler: str, listener: ManyListener, keep_going: bool) -> None:
        self._client = client
        self._scheduler = scheduler
        self._listener = listener
        self._keep_going = keep_going
        self._futures: dict[int, Any] = {}
        self._names: list[Path] = []
        self._outcomes: dict[int, Outcome] = {}
        self._looked_s = self._seen_workers_s = time.monotonic()

    def all(
        self, works: Sequence[tuple[Path, tuple[Path, ConvertOptions]]], is_cancelled: Callable[[], bool]
    ) -> list[Outcome]:
        """An outcome for each, in order; when this ends, the cluster has nothing left to do for us."""
        run = uuid.uuid4().hex
        made_by = program()
        try:
            for number, (name, (source, options)) in enumerate(works):
                self._names.append(name)
                key = f"citytwin-{run}-{number}"
                self._futures[number] = self._client.submit(
                    work, source, options, made_by, key=key, pure=False, retries=RETRIES, priority=size_bytes(source)
                )
            while self._futures:
                if is_cancelled():
                    raise Cancelled
                self._collect()
                self._look_after()
                time.sleep(_POLL_S)
        finally:
            if self._futures:
                with contextlib.suppress(Exception):  # the scheduler may be gone
                    self._client.cancel(list(self._futures.values()))
        return [self._outcomes[number] for number in range(len(works))]

    def _collect(self) -> None:
        for number, future in list(self._futures.items()):
            if number in self._futures and future.done():
                outcome = self._outcome(number, future)
                if outcome is not None:
                    self._end(number, outcome)

    def _end(self, number: int, outcome: Outcome) -> None:
        del self._futures[number]
        self._outcomes[number] = outcome
        self._listener.on_done(self._names[number], outcome)
        if isinstance(outcome, CityTwinError) and not self._keep_going:
            self._give_up(lambda name: CityTwinError("convert.not_tried", str(name), name=name.name))

    def _give_up(self, why: Callable[[Path], CityTwinError]) -> None:
        left, self._futures = self._futures, {}
        with contextlib.suppress(Exception):  # the scheduler may be the one that is lost
            self._client.cancel(list(left.values()))
        for number in left:
            self._outcomes[number] = why(self._names[number])
            self._listener.on_done(self._names[number], self._outcomes[number])

    def _outcome(self, number: int, future: Any) -> Outcome | None:
        """None while there is no answer after all: it went with its worker, and is being made again."""
        name, status = self._names[number], future.status
        if status == "error":
            return self._failure(name, future.exception())
        if status == "cancelled":
            return self._lost(name)
        try:
            outcome: Outcome = future.result(timeout=_ANSWER_S)
        except TimeoutError:
            return None
        except Exception as error:  # noqa: BLE001 - an answer that cannot be fetched costs this file only, and is told
            return self._failure(name, error)
        if isinstance(outcome, CityTwinError):
            unseen = outcome.code == "registry.missing" and name.is_file()
            return self._not_shared(name.absolute()) if unseen else outcome
        folder = Path(outcome.tileset)
        return outcome if _appears(folder) else self._not_shared(folder)

    def _failure(self, name: Path, error: BaseException | None) -> CityTwinError:
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            return CityTwinError("cluster.workers_died", str(name), name=name.name)
        reason = f"{type(error).__name__}: {error}".partition("\n")[0][:300]
        return CityTwinError("cluster.task_failed", str(name), name=name.name, reason=reason)

    def _not_shared(self, path: Path) -> CityTwinError:
        return CityTwinError("cluster.not_shared", str(path), name=path.name, address=self._scheduler)

    def _lost(self, name: Path) -> CityTwinError:
        return CityTwinError("cluster.lost", str(name), name=name.name, address=self._scheduler)

    def _look_after(self) -> None:
        """Nobody waits for ever for a scheduler or workers that will not come back."""
        now = time.monotonic()
        if not self._futures or now - self._looked_s < _LOOK_S:
            return
        self._looked_s = now
        with contextlib.suppress(Exception):  # what cannot be asked counts as gone, once that lasts
            if self._client.status == "running" and self._client.nthreads():
                self._seen_workers_s = now
        if now - self._seen_workers_s > ALONE_S:
            self._give_up(self._lost)


def _appears(folder: Path) -> bool:
    """Shared folders show what others made a little later."""
    end = time.monotonic() + _SHARED_S
    while not is_tileset_folder(folder):
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_S)
    return True


def work(source: Path, options: ConvertOptions, made_by: str) -> Outcome:
    """One task, in a worker: a report or the file's error. Ends within 2 s when the task is not wanted any more."""
    import distributed

    if program() != made_by:  # a worker that came later
        worker = str(distributed.get_worker().address)
        return CityTwinError("cluster.other_program", worker, worker=worker, theirs=program(), ours=made_by)
    _may_have_children()
    try:
        return convert(source, options, is_cancelled=_unwanted())
    except Cancelled:
        raise distributed.Reschedule from None  # elsewhere, if this worker is going and the task is not
    except CityTwinError as error:
        return error


def _may_have_children() -> None:
    """A nanny's worker is marked as one that has no children, since it could be killed without ending them.

    Ours end themselves when it is gone.
    """
    this = multiprocessing.current_process()
    if this.daemon:
        this.daemon = False


def _unwanted() -> Callable[[], bool]:
    """Whether the current task was taken back, or its worker is going."""
    from distributed import get_worker

    worker: Any = get_worker()
    key = worker.get_current_task()

    def asked() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state == "cancelled" or worker.status.name not in {"running", "paused"}

    return asked


__all__ = ["convert_on_cluster", "environment", "program", "work"]
