"""The doctor: true answers here, the right bad answer for each thing that is missing, words in both languages."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import sys
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.key_uses import ROOT
from twin_app.services import doctor, doctor_probes
from twin_app.services.child import NoAnswer
from twin_app.services.doctor import Check, run_checks
from twin_app.services.translations import Translator, catalogue

NAMES = ["python", "qt", "opengl", "font", "ifc_exact", "ifc_fast", "gdal", "proj", "disk", "memory", "processors"]


def _only(monkeypatch: pytest.MonkeyPatch, name: str) -> Check:
    with monkeypatch.context() as patch:
        patch.setattr(doctor, "_CHECKS", {name: doctor._CHECKS[name]})
        return run_checks(Translator("en"))[0]


def _children_answer(monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any]) -> None:
    def answer(question: Any, *arguments: Any, timeout_s: float) -> Any:
        assert timeout_s > 0
        return answers.get(" ".join([question.__name__, *arguments]), doctor_probes.BOX_TRIANGLES)

    monkeypatch.setattr(doctor, "answer_of_child", answer)


def test_this_machine_gets_true_answers() -> None:
    checks = {check.name: check for check in run_checks(Translator("en"))}
    assert list(checks) == NAMES
    assert checks["python"].ok
    assert sys.version.split()[0] in checks["python"].detail
    for name, package in (("ifc_exact", "ifcopenshell"), ("ifc_fast", "ifclite-geom")):
        assert checks[name].ok
        assert importlib.metadata.version(package) in checks[name].detail
    assert "hybrid-manifold-opencascade, opencascade" in checks["ifc_exact"].detail
    assert checks["proj"].ok
    assert "CGCS2000" in checks["proj"].detail
    assert checks["gdal"].ok
    assert checks["processors"].detail.startswith(str(len(os.sched_getaffinity(0))))


def test_the_systems_language_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYTWIN_LANGUAGE", "zh_CN")
    monkeypatch.setattr(doctor, "_CHECKS", {"memory": doctor._memory})
    assert run_checks()[0].title == "内存"


def test_the_box_is_a_box_to_both_engines() -> None:
    for kernel in ("opencascade", "hybrid-manifold-opencascade"):
        assert doctor_probes.mesh_exact(kernel) == doctor_probes.BOX_TRIANGLES
    assert doctor_probes.mesh_fast() == doctor_probes.BOX_TRIANGLES


def test_every_key_of_the_code_has_its_words_and_every_word_a_key() -> None:
    code = (ROOT / "twin_app/services/doctor.py").read_text("utf-8")
    asked = set(re.findall(r'_(?:good|bad)\(\s*"(\w+)"', code))
    asked |= {name for pair in re.findall(r'_good\("(\w+)" if .+? else "(\w+)"', code) for name in pair}
    written = {key.removeprefix("doctor.") for key in catalogue("en") if key.startswith("doctor.")}
    assert asked | {f"title.{name}" for name in NAMES} == written


@pytest.mark.parametrize(
    ("name", "answers", "ok", "words"),
    [
        ("ifc_exact", {"mesh_exact opencascade": NoAnswer("gone")}, False, "cannot mesh a box (gone)"),
        ("ifc_exact", {f"mesh_exact {doctor.FIRST_KERNEL}": NoAnswer("gone")}, True, "slower kernel only (gone)"),
        ("ifc_exact", {"mesh_exact opencascade": 11}, False, "cannot mesh a box (11)"),
        ("ifc_fast", {"mesh_fast": 11}, False, "cannot mesh a box (11)"),
        ("gdal", {"gdal": {"version": "3.1", "drivers": ["GTiff", "PNG", "JPEG", "AAIGrid"]}}, False, "lacks SRTMHGT"),
        ("gdal", {"gdal": NoAnswer("gone")}, False, "cannot be used (gone)"),
        ("proj", {"proj": NoAnswer("gone")}, False, "cannot transform to EPSG:4547 (gone)"),
    ],
)
def test_answers_of_children(
    monkeypatch: pytest.MonkeyPatch, name: str, answers: dict[str, Any], ok: bool, words: str
) -> None:
    _children_answer(monkeypatch, answers)
    check = _only(monkeypatch, name)
    assert check.ok is ok
    assert words in check.detail


@pytest.mark.parametrize(
    ("found", "ok", "words"),
    [
        ({"ok": False, "renderer": "", "version": "", "weak": True}, False, "install a graphics driver"),
        ({"ok": True, "renderer": "llvmpipe (LLVM)", "version": "4.5", "weak": True}, True, "without a graphics card"),
        ({"ok": True, "renderer": "Quadro", "version": "4.6", "weak": False}, True, "Quadro, OpenGL 4.6"),
    ],
)
def test_opengl(monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], ok: bool, words: str) -> None:
    monkeypatch.setattr("scenes.visuals.gl.gl_info", lambda: found)
    check = _only(monkeypatch, "opengl")
    assert check.ok is ok
    assert words in check.detail


@pytest.mark.parametrize(
    ("name", "package", "ok"), [("ifc_exact", "ifcopenshell", False), ("ifc_fast", "ifclite-geom", True)]
)
def test_missing_engines(monkeypatch: pytest.MonkeyPatch, name: str, package: str, ok: bool) -> None:
    monkeypatch.setattr(doctor, "_version", lambda asked: "" if asked == package else "1.0")
    check = _only(monkeypatch, name)
    assert check.ok is ok
    assert f"{package} is not installed" in check.detail


@pytest.mark.parametrize(
    ("version", "python", "display", "ok", "words"),
    [
        ("6.11.3", (3, 11), ":0", True, "display :0"),
        ("6.11.3", (3, 11), "", True, "no display"),
        ("6.12.0", (3, 11), ":0", False, "aborts"),
        ("6.12.0", (3, 12), ":0", True, "display :0"),
        ("", (3, 11), ":0", False, "not installed"),
    ],
)
def test_qt(
    monkeypatch: pytest.MonkeyPatch, version: str, python: tuple[int, int], display: str, *, ok: bool, words: str
) -> None:
    monkeypatch.setattr(doctor, "_version", lambda _package: version)
    monkeypatch.setattr(doctor, "find_spec", lambda _name: object())
    monkeypatch.setattr(doctor, "sys", SimpleNamespace(version_info=python, platform="linux"))
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    check = _only(monkeypatch, "qt")
    assert check.ok is ok
    assert words in check.detail


def test_a_full_or_locked_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setenv("CITYTWIN_CACHE_DIR", str(tmp_path / "not" / "yet"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage(10, 9, int(1.5 * doctor.GIB)))
    full = _only(monkeypatch, "disk")
    assert not full.ok
    assert "Only 1.5 GiB" in full.detail
    assert str(tmp_path) in full.detail
    monkeypatch.setattr(os, "access", lambda _place, _mode: False)
    assert "cannot be written" in _only(monkeypatch, "disk").detail
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize(("gib", "ok"), [(2.0, False), (3.8, True), (16.0, True)])
def test_memory(monkeypatch: pytest.MonkeyPatch, gib: float, ok: bool) -> None:
    monkeypatch.setattr(doctor, "memory_bytes", lambda: int(gib * doctor.GIB))
    check = _only(monkeypatch, "memory")
    assert check.ok is ok
    assert f"{gib:.1f} GiB" in check.detail


def test_fonts_without_fontconfig_are_found_by_file_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fonts = tmp_path / "Fonts"
    fonts.mkdir()
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(doctor, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.setenv("WINDIR", str(tmp_path))
    (fonts / "arial.ttf").touch()
    assert not _only(monkeypatch, "font").ok
    (fonts / "msyh.ttc").touch()
    assert _only(monkeypatch, "font").detail == "Chinese text is shown with msyh"
