"""One small demo city shared by the tests of this folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twin_app.demo.generate import DemoCity, generate


@pytest.fixture(scope="session")
def progress() -> list[tuple[float, str]]:
    """What the generator reported."""
    return []


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory, progress: list[tuple[float, str]]) -> DemoCity:
    """The small demo city, generated once."""
    folder = tmp_path_factory.mktemp("demo")
    return generate(folder, size="small", seed=7, on_progress=lambda f, s: progress.append((f, s)))


@pytest.fixture(scope="session")
def folder(small_city: DemoCity) -> Path:
    """Where it lies."""
    return small_city.project.parent


@pytest.fixture(scope="session")
def buildings(folder: Path) -> dict[str, Any]:
    """The plain buildings' CityJSON document."""
    document: dict[str, Any] = json.loads((folder / "buildings.city.json").read_text("utf-8"))
    return document


@pytest.fixture(scope="session")
def plan(folder: Path) -> dict[str, Any]:
    """The plan's CityJSON document."""
    document: dict[str, Any] = json.loads((folder / "plan.city.json").read_text("utf-8"))
    return document
