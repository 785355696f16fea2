"""A real PostgreSQL server for a test: a cluster of its own in a temporary folder, started, cut, started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.support.broker import free_port

_INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
_PATH = os.pathsep.join([*(str(folder) for folder in reversed(_INSTALLED)), os.environ.get("PATH", "")])
INITDB, POSTGRES = shutil.which("initdb", path=_PATH), shutil.which("postgres", path=_PATH)


class Cluster:
    """Nobody but this machine reaches it; whoever is on it needs no password."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="citytwin-postgres-"))
        self.port = free_port()
        # The server refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        assert INITDB
        command = [INITDB, "-D", str(self._data), "-U", "city", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(command, user=self._user, cwd=self.folder, check=True, capture_output=True)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"postgresql://city:secret@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        assert POSTGRES
        settings = (f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}")
        command = [POSTGRES, "-D", str(self._data), *(part for one in settings for part in ("-c", one))]
        self._process = subprocess.Popen(
            command, user=self._user, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 20.0
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            assert time.monotonic() < end, "PostgreSQL did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """At once: connections are cut."""
        if self._process is not None:
            self._process.send_signal(2)  # SIGINT: fast shutdown
            self._process.wait(20.0)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
