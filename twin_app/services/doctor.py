"""What this machine has of what the program needs; each answer is found out, not assumed.

What could take the program down with it (OpenGL drivers, meshing kernels) is tried in a child process.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from loaders.convert import cache_folder
from twin_app.services import doctor_probes
from twin_app.services.child import answer_of_child
from twin_app.services.display import has_display
from twin_app.services.machine import memory_bytes
from twin_app.services.translations import Translator

GIB = 1 << 30
MIN_PYTHON = (3, 11)
MIN_DISK_GIB = 2.0
MIN_MEMORY_GIB = 4.0
FIRST_KERNEL, SAFE_KERNEL = "hybrid-manifold-opencascade", "opencascade"
_FONT_MARKS = ("cjk", "msyh", "simsun", "simhei", "pingfang", "wqy", "sourcehan", "uming", "ukai", "droidsansfallback")


@dataclass(frozen=True, slots=True)
class Check:
    """One answer: ``name`` is stable and meant for scripts, ``title`` and ``detail`` are in the reader's language."""

    name: str
    ok: bool
    detail: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class _Answer:
    """``key`` under ``doctor.`` in the catalogues, with its arguments."""

    ok: bool
    key: str
    arguments: dict[str, str]


def run_checks(tr: Translator | None = None) -> list[Check]:
    """All checks in a fixed order, their words by ``tr`` (default: the system's language). Takes some seconds."""
    words = tr or Translator()
    checks = []
    for name, check in _CHECKS.items():
        answer = check()
        detail = words(f"doctor.{answer.key}", **answer.arguments)
        checks.append(Check(name, answer.ok, detail, words(f"doctor.title.{name}")))
    return checks


def _good(key: str, **arguments: str) -> _Answer:
    return _Answer(True, key, arguments)


def _bad(key: str, **arguments: str) -> _Answer:
    return _Answer(False, key, arguments)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _python() -> _Answer:
    found = platform.python_version()
    if sys.version_info < MIN_PYTHON:
        return _bad("python_old", version=found, minimum=".".join(map(str, MIN_PYTHON)))
    return _good("python", version=found, system=f"{platform.system()} {platform.machine()}")


def _qt() -> _Answer:
    version = _version("PySide6-Essentials")
    if not version or find_spec("PySide6") is None:
        return _bad("qt_missing")
    if version == "6.12.0" and sys.version_info < (3, 12):
        return _bad("qt_broken", version=version)
    if not has_display():
        return _good("qt_no_display", version=version)
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or platform.system()
    return _good("qt", version=version, display=display)


def _opengl() -> _Answer:
    from scenes.visuals.gl import gl_info

    found = gl_info()
    if not found["ok"]:
        return _bad("opengl_failed")
    arguments = {"renderer": found["renderer"], "version": found["version"]}
    return _good("opengl_software", **arguments) if found["weak"] else _good("opengl", **arguments)


def _font() -> _Answer:
    names = _listed_fonts() or _font_files()
    return _good("font", name=names[0]) if names else _bad("font_missing")


def _listed_fonts() -> list[str]:
    lister = shutil.which("fc-list")
    if lister is None:
        return []
    try:
        done = subprocess.run([lister, ":lang=zh-cn", "family"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    families = {line.split(",")[0].strip() for line in done.stdout.decode("utf-8", "replace").splitlines()}
    # A simplified-Chinese face first: the others draw some characters differently.
    return sorted((family for family in families if family), key=lambda family: (" SC" not in family, family))


def _font_files() -> list[str]:
    if sys.platform == "win32":
        folders = [Path(os.environ.get("WINDIR", "C:/Windows"), "Fonts")]
    elif sys.platform == "darwin":
        folders = [Path("/System/Library/Fonts"), Path("/Library/Fonts")]
    else:
        folders = [Path("/usr/share/fonts"), Path.home() / ".local/share/fonts"]
    files = (file for folder in folders if folder.is_dir() for file in folder.rglob("*.[to]t[fc]"))
    return sorted({file.stem for file in files if any(mark in file.stem.lower() for mark in _FONT_MARKS)})


def _ifc_exact() -> _Answer:
    version = _version("ifcopenshell")
    if not version:
        return _bad("ifc_exact_missing")
    working = {name: answer_of_child(doctor_probes.mesh_exact, name, timeout_s=60.0) for name in _KERNELS}
    able = [name for name, triangles in working.items() if triangles == doctor_probes.BOX_TRIANGLES]
    if SAFE_KERNEL not in able:
        return _bad("ifc_exact_failed", version=version, reason=str(working[SAFE_KERNEL]))
    if FIRST_KERNEL not in able:
        return _good("ifc_exact_slow", version=version, reason=str(working[FIRST_KERNEL]))
    return _good("ifc_exact", version=version, kernels=", ".join(able))


_KERNELS = (FIRST_KERNEL, SAFE_KERNEL)


def _ifc_fast() -> _Answer:
    version = _version("ifclite-geom")
    if not version:
        return _good("ifc_fast_missing")  # optional: the exact engine does everything, later
    triangles = answer_of_child(doctor_probes.mesh_fast, timeout_s=60.0)
    if triangles != doctor_probes.BOX_TRIANGLES:
        return _bad("ifc_fast_failed", version=version, reason=str(triangles))
    return _good("ifc_fast", version=version)


def _gdal() -> _Answer:
    found = answer_of_child(doctor_probes.gdal, timeout_s=60.0)
    if not isinstance(found, dict):
        return _bad("gdal_failed", reason=str(found))
    missing = [name for name in ("GTiff", "AAIGrid", "SRTMHGT", "JPEG", "PNG") if name not in found["drivers"]]
    if missing:
        return _bad("gdal_drivers", version=found["version"], missing=", ".join(missing))
    return _good("gdal", version=found["version"], drivers=str(len(found["drivers"])))


def _proj() -> _Answer:
    found = answer_of_child(doctor_probes.proj, timeout_s=60.0)
    if not isinstance(found, dict):
        return _bad("proj_failed", reason=str(found))
    return _good("proj", version=found["version"], name=found["name"])


def _disk() -> _Answer:
    cache = cache_folder()
    place = next(folder for folder in (cache, *cache.parents) if folder.exists())
    free_gib = shutil.disk_usage(place).free / GIB
    arguments = {"free": f"{free_gib:.1f}", "folder": str(cache), "minimum": f"{MIN_DISK_GIB:.0f}"}
    if not os.access(place, os.W_OK):
        return _bad("disk_read_only", **arguments)
    return _good("disk", **arguments) if free_gib >= MIN_DISK_GIB else _bad("disk_full", **arguments)


def _memory() -> _Answer:
    total = memory_bytes()
    if total is None:
        return _good("memory_unknown")
    arguments = {"total": f"{total / GIB:.1f}", "minimum": f"{MIN_MEMORY_GIB:.0f}"}
    # A machine sold with 4 GB shows a little less.
    return _good("memory", **arguments) if total >= 0.9 * MIN_MEMORY_GIB * GIB else _bad("memory_low", **arguments)


def _processors() -> _Answer:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return _good("processors" if usable > 1 else "processors_one", count=str(usable))


_CHECKS: dict[str, Callable[[], _Answer]] = {
    "python": _python,
    "qt": _qt,
    "opengl": _opengl,
    "font": _font,
    "ifc_exact": _ifc_exact,
    "ifc_fast": _ifc_fast,
    "gdal": _gdal,
    "proj": _proj,
    "disk": _disk,
    "memory": _memory,
    "processors": _processors,
}
