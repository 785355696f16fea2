"""Child processes: what they say, and when they say nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from loaders.convert import processes

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ("error", "said"), [("EOFError('Ran out of input')", ""), ("ValueError('x')", "ValueError: x")]
)
def test_a_child_whose_program_died_as_it_began_says_nothing(error: str, said: str) -> None:
    code = f"import {processes.PRELOADED}\nraise {error}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1:] == ([said] if said else [])
