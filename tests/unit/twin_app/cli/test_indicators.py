"""`citytwin indicators`: the plan against what a project knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import citytwin, only_json
from twin_app.services.project import DeclaredRecord, ProjectRecord, write_project

KEYS = {"id", "name", "value", "unit", "target", "baseline", "state", "provenance", "age_s", "progress", "alarm"}
PLAN = "wuhan-digital-economy-2026"


@pytest.fixture(autouse=True)
def _no_packs_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYTWIN_CONFIG_DIR", str(tmp_path / "config"))


def test_without_a_project_every_value_is_missing() -> None:
    code, out, _ = citytwin("indicators", "--pack", PLAN, "--json")
    (printed,) = only_json(out)
    assert code == 0
    assert len(printed["indicators"]) == 22
    assert all(set(one) == KEYS for one in printed["indicators"])
    assert {(one["value"], one["state"], one["progress"]) for one in printed["indicators"]} == {(None, "missing", None)}


def test_stated_values_count_from_their_time_on(tmp_path: Path) -> None:
    project = tmp_path / "城.citytwin"
    stated = DeclaredRecord("plan.computing", 750.0, "", "王工", "统计公报", "2026-01-01T00:00:00Z")
    write_project(project, ProjectRecord(declared=[stated]))
    values = {}
    for at in ("2025-12-31T00:00:00Z", "2026-01-01T01:00:00Z"):
        _, out, _ = citytwin("indicators", project, "--pack", PLAN, "--at", at, "--json")
        (printed,) = only_json(out)
        values[at] = next(one for one in printed["indicators"] if one["id"] == "plan.computing")
    before, after = values.values()
    assert (before["value"], before["state"]) == (None, "missing")
    assert (after["value"], after["state"], after["progress"], after["age_s"]) == (750.0, "declared", 0.5, 3600.0)
    assert after["provenance"] == "王工; 统计公报"


@pytest.mark.parametrize("arguments", [("--pack", "none"), ("--at", "soon"), ("absent.citytwin",)])
def test_what_cannot_be_answered_is_exit_2(arguments: tuple[str, ...]) -> None:
    code, out, noise = citytwin("indicators", *arguments, "--json")
    (printed,) = only_json(out)
    assert code == 2
    assert set(printed["error"]) == {"code", "message", "place"}
    assert "Traceback" not in noise
