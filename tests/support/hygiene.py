"""A pytest plug-in: whatever a test leaves behind or lets slip fails that test, with the place it came from.

Python warnings are errors by pyproject.toml. A test that means to make noise says so: it asks for ``caplog`` and
looks at the records itself, or carries ``@pytest.mark.makes_noise("why")``.
"""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import leftovers, noise

_GRACE_SECS = float(os.environ.get("CITYTWIN_TEST_GRACE_SECS", "3"))
_POLL_SECS = 0.02


def pytest_configure(config: pytest.Config) -> None:
    """Redirect everything a user owns to a temporary folder before the program is imported."""
    config.addinivalue_line("markers", "makes_noise(reason): may log warnings or make Qt and VTK complain")
    folder = tempfile.TemporaryDirectory(prefix="citytwin-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    for variable, name in _USER_FOLDERS.items():
        path = Path(folder.name, name)
        path.mkdir(mode=0o700)
        os.environ[variable] = str(path)
    os.environ.update({"CITYTWIN_LANGUAGE": "en", "TZ": "UTC", "NO_COLOR": "1"})
    os.environ["PYTHONPATH"] = os.pathsep.join(_python_path(config.rootpath))
    time.tzset()
    leftovers.remember_where_threads_start()
    _fix_hypothesis()


_USER_FOLDERS = {
    "CITYTWIN_CACHE_DIR": "citytwin-cache",
    "CITYTWIN_CONFIG_DIR": "citytwin-config",
    "CITYTWIN_DATA_DIR": "citytwin-data",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "runtime",
}


def _python_path(root: Path) -> list[str]:
    # Programs that a test starts elsewhere find the checkout, too.
    given = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    return given if str(root) in given else [*given, str(root)]


def _fix_hypothesis() -> None:
    from hypothesis import HealthCheck, settings

    slow_is_fine = [HealthCheck.too_slow, HealthCheck.data_too_large]
    settings.register_profile("here", deadline=None, max_examples=60, suppress_health_check=slow_is_fine)
    settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
    settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(autouse=True)
def clean_house(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test that leaves something behind; set up first, so it looks after all its fixtures are gone."""
    folder, variables = Path.cwd(), dict(os.environ)
    before = leftovers.Inventory.now()
    ears = noise.Ears()
    with ears.listening():
        yield
        left = _left_behind(before)
    complaints = [] if _may_make_noise(request) else ears.heard
    if Path.cwd() != folder:
        left.append(f"working folder changed to {Path.cwd()}")
        os.chdir(folder)
    left += _changed_variables(variables)
    if complaints or left:
        pytest.fail("\n".join([*complaints, *left]), pytrace=False)


def _left_behind(before: leftovers.Inventory) -> list[str]:
    end = time.monotonic() + _GRACE_SECS
    left = leftovers.Inventory.now().beyond(before)
    collected = False
    while left and time.monotonic() < end:
        if not collected:
            gc.collect()  # windows in reference cycles are not leaks; a full collection only when it matters
            collected = True
        leftovers.let_qt_delete()
        time.sleep(_POLL_SECS)
        left = leftovers.Inventory.now().beyond(before)
    return left


def _may_make_noise(request: pytest.FixtureRequest) -> bool:
    return "caplog" in request.fixturenames or request.node.get_closest_marker("makes_noise") is not None


def _changed_variables(before: dict[str, str]) -> list[str]:
    # pytest's own names the test and its phase; the others are set once, for the whole process, at start-up.
    own = {"PYTEST_CURRENT_TEST", "QT_QPA_PLATFORM", "QT_API", "SESSION_MANAGER", "CPL_LOG"}
    changed = sorted({k for k, v in os.environ.items() ^ before.items()} - own)
    for name in changed:
        if name in before:
            os.environ[name] = before[name]
        else:
            del os.environ[name]
    return [f"environment variable {name} left changed" for name in changed]
