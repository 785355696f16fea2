"""A question to a child process: answers, crashes, hangs and mistakes all come back as values."""

from __future__ import annotations

import math
import os
import signal
import sys
import time

import pytest

from twin_app.services.child import NoAnswer, answer_of_child


def test_an_answer_comes_back() -> None:
    assert answer_of_child(math.factorial, 5, timeout_s=30) == 120


def test_a_mistake_comes_back_in_words() -> None:
    answer = answer_of_child(math.sqrt, -1.0, timeout_s=30)
    assert isinstance(answer, NoAnswer)
    assert answer.startswith("ValueError:")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_crash_is_an_answer() -> None:
    assert answer_of_child(signal.raise_signal, signal.SIGSEGV, timeout_s=30) == "the process ended with -11"
    assert answer_of_child(os._exit, 3, timeout_s=30) == "the process ended with 3"


def test_a_hang_ends_in_time() -> None:
    started_s = time.monotonic()
    answer = answer_of_child(time.sleep, 60, timeout_s=0.5)
    assert isinstance(answer, NoAnswer)
    assert time.monotonic() - started_s < 10


def test_output_of_the_child_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    assert answer_of_child(os.system, "echo noise; echo noise >&2", timeout_s=30) == 0
    assert capfd.readouterr() == ("", "")
