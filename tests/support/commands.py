"""Commands in processes of their own, as a script runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def environment(language: str = "en", **variables: str) -> dict[str, str]:
    """The variables of a command; ``unset`` takes one away."""
    values = {**os.environ, "PYTHONPATH": str(ROOT), "CITYTWIN_LANGUAGE": language, **variables}
    return {key: value for key, value in values.items() if value != "unset"}


def command_line(*arguments: str | Path) -> list[str]:
    """What starts a command in this interpreter."""
    return [sys.executable, "-m", "twin_app", *map(str, arguments)]


def citytwin(*arguments: str | Path, language: str = "en", **variables: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command in a process of its own."""
    done = subprocess.run(
        command_line(*arguments),
        capture_output=True,
        cwd=ROOT,
        env=environment(language, **variables),
        timeout=200,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def grid(path: Path) -> Path:
    """A small ASCII elevation grid: a plane rising to the east."""
    rows = "\n".join(" ".join(str(10.0 + column) for column in range(6)) for _ in range(5))
    path.write_text(f"ncols 6\nnrows 5\nxllcorner 500000\nyllcorner 3380000\ncellsize 10\nNODATA_value -9999\n{rows}\n")
    return path


def only_json(stdout: str) -> list[dict[str, Any]]:
    """Every line as JSON; anything else on standard output fails."""
    return [json.loads(line) for line in stdout.splitlines()]
