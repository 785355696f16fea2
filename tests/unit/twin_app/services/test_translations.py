"""The translator: language from the environment, late placeholders, missing keys that show themselves."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError, Finding
from twin_app.services.translations import LANGUAGES, Translator, catalogue, system_language


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"CITYTWIN_LANGUAGE": "zh_CN"}, "zh_CN"),
        ({"CITYTWIN_LANGUAGE": "en", "LC_ALL": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "zh_TW.UTF-8", "LANG": "de_DE.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_CN.GBK"}, "zh_CN"),
        ({"LANG": "Chinese (Simplified)_China.936"}, "zh_CN"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_language_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("CITYTWIN_LANGUAGE", "LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert system_language() == expected
    assert Translator().language == expected


def test_a_language_that_does_not_exist_falls_back_to_the_systems() -> None:
    assert Translator("tlh").language == "en"


def test_each_language_says_its_own() -> None:
    key = "doctor.title.memory"
    assert (Translator("en")(key), Translator("zh_CN")(key)) == ("Memory", "内存")


def test_switching_tells_once_and_changes_the_words() -> None:
    tr = Translator("en")
    heard: list[str] = []
    tr.changed.connect(heard.append)
    for language in ("zh_CN", "zh_CN", "nonsense", "en"):
        tr.language = language
    assert heard == ["zh_CN", "en"]
    assert tr.language == "en"


def test_placeholders_are_filled_and_a_forgotten_one_shows_itself() -> None:
    tr = Translator("en")
    assert tr("doctor.processors", count="8") == "8 usable"
    assert tr("doctor.processors") == "{count} usable"
    assert tr("doctor.disk", free="1.0") == "1.0 GiB free for the cache in {folder}"


def test_a_missing_key_shows_itself() -> None:
    tr = Translator("en")
    assert tr("no.such.key", count=1) == "no.such.key"
    assert not tr.has("no.such.key")
    assert tr.has("doctor.processors")


@pytest.mark.parametrize(
    "problem", [CityTwinError("doctor.processors", "here", count=3), Finding.info("doctor.processors", count=3)]
)
def test_errors_and_findings_become_sentences_without_their_place(problem: CityTwinError | Finding) -> None:
    assert Translator("en").error(problem) == "3 usable"


@given(st.text())
def test_arguments_are_never_taken_for_placeholders(value: str) -> None:
    """Names of files and objects come from anywhere: braces in them stay as they are."""
    assume(value.isprintable())
    for language in LANGUAGES:
        assert Translator(language)("doctor.ifc_fast", version=value) == f"ifclite-geom {value}"


def test_control_characters_of_arguments_are_not_shown() -> None:
    assert Translator("en")("doctor.ifc_fast", version="a\x1b[31m\nb\0") == "ifclite-geom a\ufffd[31m b\ufffd"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_catalogue_can_be_shown(language: str) -> None:
    tr = Translator(language)
    for key, text in catalogue(language).items():
        assert tr(key) == text.replace("{{", "{").replace("}}", "}")
