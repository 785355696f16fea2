"""A screen of our own for the tests: Xvfb on a free display, so that no result depends on the desktop."""

from __future__ import annotations

import os
import select
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from places import Stop

SIZE = "1600x1000x24"
_START_TIMEOUT_SECS = 30.0


@contextmanager
def own_screen() -> Iterator[dict[str, str]]:
    """The environment of programs that shall open their windows on a fresh Xvfb; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="citytwin-run-") as runtime_dir:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SIZE, "-nolisten", "tcp", "-noreset"]
        try:
            server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
        except OSError as error:
            raise Stop(f"Xvfb could not be started ({error.strerror}): install it, then try again") from error
        finally:
            os.close(writing)
        try:
            yield {"DISPLAY": f":{_display_number(reading)}", "XDG_RUNTIME_DIR": runtime_dir, **_PLAIN_X11}
        finally:
            os.close(reading)
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


# A desktop's own choices must not reach the tests.
_PLAIN_X11 = {"QT_QPA_PLATFORM": "xcb", "WAYLAND_DISPLAY": "", "XDG_SESSION_TYPE": "x11", "QT_SCALE_FACTOR": "1"}


def _display_number(reading: int) -> int:
    ready, _, _ = select.select([reading], [], [], _START_TIMEOUT_SECS)
    text = os.read(reading, 32).decode("ascii").strip() if ready else ""
    if not text.isdigit():
        raise Stop("Xvfb gave no display: type Xvfb :99 to see why")
    return int(text)
