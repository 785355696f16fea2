"""Themes and the search of the palette, which need no window."""

from __future__ import annotations

import pytest

from twin_app.commands.catalogue import build_registry
from twin_app.ui.fuzzy import find_commands, score
from twin_app.ui.theme import THEMES, contrast, load_theme, style_sheet

GROUNDS = ("window", "panel", "raised", "hover")
INKS = ("text", "text_muted", "accent", "success", "warning", "error", "info")
PAIRS = [(ink, ground) for ink in INKS for ground in GROUNDS]
PAIRS += [("selected_text", "selected"), ("accent_text", "accent"), ("accent_text", "accent_hover")]
PAIRS += [(f"alarm_{name}", ground) for name in ("critical", "high", "medium", "low") for ground in GROUNDS[:3]]
PAIRS += [("tool_tip_text", "tool_tip"), ("text", "accent_soft"), ("text", "pressed"), ("accent_two", "panel")]
# Shown only where the pointer is or as a state, never as text to be read on that ground.
NEVER_TOGETHER = {(ink, "hover") for ink in ("success", "warning", "error", "info")}


@pytest.mark.parametrize("name", THEMES)
def test_contrast(name: str) -> None:
    colours = load_theme(name).colours
    ratios = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in PAIRS if pair not in NEVER_TOGETHER}
    assert not {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < 4.5}


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("name", THEMES)
def test_themes_have_the_same_tokens(name: str) -> None:
    first = load_theme(THEMES[0])
    assert load_theme(name).colours.keys() == first.colours.keys()
    assert load_theme(name).sizes.keys() == first.sizes.keys()
    assert style_sheet(name)


@pytest.mark.parametrize(
    ("wanted", "better", "worse"),
    [
        ("top", "Top view", "Stop"),
        ("fit", "Fit", "Find it"),
        ("sp", "Section plane", "Clip"),
        ("剖切", "剖切盒", "清除剖切"),
    ],
)
def test_scores(wanted: str, better: str, worse: str) -> None:
    assert score(wanted, better) > score(wanted, worse)


def test_no_match_is_no_match() -> None:
    assert score("xyz", "Section plane") == 0


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_command_is_found_by_its_own_titles(language: str) -> None:
    registry = build_registry()
    for command in registry:
        if command.palette:
            for entry in find_commands(registry, "", language, []):
                if entry.command is command:
                    found = find_commands(registry, entry.title, language, [])
                    assert command in [other.command for other in found[:3]]


def test_recent_commands_come_first() -> None:
    found = find_commands(build_registry(), "", "en", ["view.top", "file.open"])
    assert [entry.command.id for entry in found[:2]] == ["view.top", "file.open"]
