"""Where things are in a checkout, and how the tasks speak and start programs. Standard library only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")


class Stop(Exception):
    """Nothing more can be done; its text says in one sentence why and what to type."""


def say(text: str) -> None:
    """One progress line on standard error: standard output belongs to the program that is started."""
    sys.stderr.write(f"run: {text}\n")
    sys.stderr.flush()


def environment(**more: str) -> dict[str, str]:
    """This process's environment with the checkout importable, plus ``more``."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def python(*arguments: str, environ: dict[str, str] | None = None, cwd: Path | None = ROOT) -> int:
    """The exit code of the virtual environment's Python run with ``arguments``."""
    return subprocess.call([sys.executable, *arguments], env=environ or environment(), cwd=cwd)
