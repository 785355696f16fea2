"""The system packages that the window, the tests and Chinese text need, on Debian and its descendants."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable

from places import Stop, say

# What Qt's xcb plug-in, VTK's X11 and EGL windows and GDAL load and the wheels do not carry.
WINDOW = (
    "libdbus-1-3",
    "libegl1",
    "libexpat1",
    "libfontconfig1",
    "libfreetype6",
    "libgl1",
    "libglib2.0-0",
    "libglx0",
    "libstdc++6",
    "libwayland-cursor0",
    "libwayland-egl1",
    "libx11-6",
    "libx11-xcb1",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-shm0",
    "libxcb-sync1",
    "libxcb-xfixes0",
    "libxcb-xkb1",
    "libxcursor1",
    "libxkbcommon-x11-0",
    "libxkbcommon0",
    "zlib1g",
)
# Good to have where nothing better is there: software OpenGL and a font with Chinese characters.
COMFORT = ("fontconfig", "fonts-noto-cjk", "libegl-mesa0", "libgl1-mesa-dri", "libglx-mesa0")
TESTS = ("mosquitto", "postgresql", "x11-utils", "xauth", "xdotool", "xvfb")


def ensure(*, tests: bool) -> None:
    """Install what is missing when root; else name the command, and stop where nothing works without it.

    Machines without dpkg are left alone: there the distribution's own names apply.
    """
    if not shutil.which("dpkg-query"):
        return
    needed = WINDOW + (TESTS if tests else ())
    missing = _missing((*needed, *COMFORT))
    if not missing:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install(missing)
        return
    sentence = f"some system packages are missing: type: sudo apt-get install {' '.join(missing)}"
    if set(missing) & set(needed):
        raise Stop(sentence)
    say(sentence)


def _missing(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that no installed package is or provides (libglib2.0-0t64 provides libglib2.0-0)."""
    shown = "${db:Status-Status}\t${Package}, ${Provides}\n"
    listed = subprocess.run(["dpkg-query", "-W", "-f", shown], capture_output=True, text=True, check=False).stdout
    installed: set[str] = set()
    for line in listed.splitlines():
        status, _, provided = line.partition("\t")
        if status == "installed":
            installed |= {part.split()[0].split(":")[0] for part in provided.split(",") if part.strip()}
    return [name for name in names if name not in installed]


def _install(names: list[str]) -> None:
    say(f"installing system packages: {' '.join(names)}")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-qq", "-o", "Dpkg::Use-Pty=0"]
    install = ["apt-get", *options, "install", "--no-install-recommends", *names]
    for command in (["apt-get", *options, "update"], install):
        done = subprocess.run(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode != 0:
            say(done.stdout.strip()[-2000:])
            raise Stop(f"apt-get failed: check the network and the package sources, then type: {' '.join(install)}")
