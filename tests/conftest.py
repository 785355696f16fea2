"""What every test has: a clean house afterwards, its own user folders, one language, and the real files."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["tests.support.hygiene"]

_WINDOW_TESTS = Path(__file__).resolve().parent / "gui"
_SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_configure() -> None:
    """Who runs the tests in the background may have Ctrl+C ignored, which programs that tests start would inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a display Qt ends the whole process, so tests of the window are skipped, and say so."""
    if sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        return
    for item in items:
        if _WINDOW_TESTS in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="there is no display: ./run test brings one"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files beside the checkout; the test is skipped where it is missing."""
    if not _SHARED_DATA.is_dir():
        pytest.skip("the real files (../shared/data) are not on this machine")
    return _SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def _conversion_processes() -> Iterator[None]:
    """Ends the warm child processes of conversions with the session."""
    yield
    try:
        from loaders.convert import shutdown
    except ImportError:
        return
    shutdown()
