"""The manual says what the program does: keys, command names and options are those of the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from twin_app.services.translations import catalogue

ROOT = Path(__file__).resolve().parents[2]
MANUALS = {"en": ROOT / "docs/manual/en/quick-start.md", "zh_CN": ROOT / "docs/manual/zh/quick-start.md"}


def _text(language: str) -> str:
    return MANUALS[language].read_text("utf-8")


@pytest.mark.parametrize("language", MANUALS)
def test_keys_do_what_the_manual_says(language: str) -> None:
    registry = pytest.importorskip("twin_app.commands.catalogue").build_registry()
    titles = {command.shortcut: catalogue(language)[command.title_key] for command in registry if command.shortcut}
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", _text(language), re.MULTILINE)
    keys = {key: title for key, title in rows if not key.startswith("CITYTWIN_")}
    assert len(keys) > 20
    assert keys == {key: titles.get(key) for key in keys}


@pytest.mark.parametrize("language", MANUALS)
def test_commands_in_bold_are_commands(language: str) -> None:
    named = set(re.findall(r"\*\*(.+?)\*\*", _text(language)))
    titles = {text for key, text in catalogue(language).items() if key.startswith("command.")}
    assert named
    assert named <= titles


def test_both_languages_tell_the_same() -> None:
    def outline(text: str) -> list[str]:
        return [line.split(" ")[0] for line in text.splitlines() if line.startswith(("#", "| `", "./run"))]

    assert outline(_text("en")) == outline(_text("zh_CN"))


@pytest.mark.parametrize("document", [*MANUALS.values(), ROOT / "README.md", ROOT / "README.zh-CN.md"])
def test_command_lines_are_understood(document: Path) -> None:
    cli = pytest.importorskip("twin_app.cli")
    lines = re.findall(r"^\./run app ([a-z].*)$", document.read_text("utf-8"), re.MULTILINE)
    for line in lines:
        arguments = shlex.split(re.split(r"\s#", line)[0])  # an address may hold a # of its own
        assert cli.build_parser().parse_args(arguments).command == arguments[0]
    assert lines or "quick-start" not in document.name


def test_variables_are_read_by_the_program() -> None:
    code = "".join(file.read_text("utf-8") for part in ("loaders", "twin_app") for file in (ROOT / part).rglob("*.py"))
    named = set(re.findall(r"`(CITYTWIN_\w+)`", _text("en")))
    assert len(named) == 4
    assert all(name in code for name in named)
