"""A program with its window, and models to open in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loaders.model.formats import LayerKind
from tests.gui import models
from tests.gui.driving import WAIT_MS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from twin_app.ui.main_window import MainWindow


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The one application of the session."""
    from twin_app.app import application

    return application()


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tileset folders by name: ``office``, ``ground``."""
    root = tmp_path_factory.mktemp("models")
    return {
        "office": models.office().write(root / "office"),
        "ground": models.ground().write(root / "ground", LayerKind.TERRAIN),
    }


@pytest.fixture
def window(qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[MainWindow]:
    """A fresh window, shown, with settings of its own."""
    from PySide6.QtTest import QTest

    from twin_app.app import build_window, build_workbench

    monkeypatch.setenv("CITYTWIN_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("CITYTWIN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CITYTWIN_LANGUAGE", "en")
    made = build_window(build_workbench())
    made.resize(1280, 800)
    made.show()
    assert QTest.qWaitForWindowExposed(made, WAIT_MS)
    made.activateWindow()
    QTest.qWait(20)
    yield made
    made.shut_down()
    made.close()
    made.deleteLater()
    qapp.processEvents()
