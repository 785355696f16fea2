"""The Python packages: exactly those of a lock file, checked by hash, brought into .venv by uv."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from places import ROOT, SCRIPTS, VENV, Stop, environment, say

RUN_TIME_LOCK = ROOT / "requirements.lock"
DEVELOPMENT_LOCK = ROOT / "requirements-dev.lock"
STAMP = VENV / "libraries.stamp"


def ensure(lock: Path) -> None:
    """Make .venv hold what ``lock`` lists; nothing is done when it already does.

    The development lock holds the run-time packages too, so it also satisfies a run-time request.
    """
    if not _satisfied(lock):
        with _one_at_a_time():
            if not _satisfied(lock):
                _sync(lock)
    _take_out_gpl_plugins()


def _satisfied(lock: Path) -> bool:
    stamps = {_stamp(lock)} | ({_stamp(DEVELOPMENT_LOCK)} if lock == RUN_TIME_LOCK else set())
    return STAMP.is_file() and STAMP.read_text("utf-8") in stamps


def _stamp(lock: Path) -> str:
    # The development stamp vouches for run time only while both locks are those it was made from.
    text = lock.read_bytes() + (RUN_TIME_LOCK.read_bytes() if lock == DEVELOPMENT_LOCK else b"")
    return f"{lock.name} {hashlib.sha256(text).hexdigest()} {sys.version_info.major}.{sys.version_info.minor}"


def _sync(lock: Path) -> None:
    say(f"installing the Python packages of {lock.name} (a few minutes the first time)")
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    command = [str(SCRIPTS / "uv"), "pip", "sync", "--require-hashes", "--python", sys.executable, *quiet, str(lock)]
    environ = environment(**_cache_settings())
    STAMP.unlink(missing_ok=True)
    if subprocess.call(command, env=environ, cwd=ROOT) != 0:
        raise Stop("the Python packages could not be installed: check the network, then type the same command again")
    STAMP.write_text(_stamp(lock), "utf-8")


def _take_out_gpl_plugins() -> None:
    """Delete ifcopenshell's CGAL kernels: they are GPL, and every hybrid kernel would load them unasked."""
    for plugin in VENV.glob("lib*/python*/site-packages/ifcopenshell/ifcopenshell_geometry_kernel_cgal*"):
        plugin.unlink(missing_ok=True)


def _cache_settings() -> dict[str, str]:
    """uv's own cache where it can be written, else one in .venv; copies where links cannot lead."""
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "uv"
    cache = Path(os.environ.get("UV_CACHE_DIR") or usual)
    place = next(folder for folder in (cache, *cache.parents) if folder.exists())
    if not os.access(place, os.W_OK):
        return {"UV_CACHE_DIR": str(VENV / "uv-cache")}
    same_disk = place.stat().st_dev == VENV.stat().st_dev
    return {} if same_disk or "UV_LINK_MODE" in os.environ else {"UV_LINK_MODE": "copy"}


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows: two calls at once are on their own
        yield
        return
    with (VENV / "libraries.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
