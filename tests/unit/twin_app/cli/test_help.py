"""The help of every command, in both languages, without a word left out."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest

from twin_app.cli import COMMANDS, build_parser, run
from twin_app.services.translations import LANGUAGES, Translator


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _parsers(below)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_argument_has_its_words(language: str) -> None:
    for parser in _parsers(build_parser(tr=Translator(language))):
        text = parser.format_help()
        assert not re.search(r"\bhelp\.[a-z_.]+", text), text
        if language == "zh_CN":
            assert "usage:" not in text
            assert "options" not in text


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run([name, "--help"])
    assert ended.value.code == 0
    assert f"citytwin {name} [-h]" in capsys.readouterr().out
