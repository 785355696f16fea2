"""Both languages are complete, say the same, and hold exactly what the code asks for."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.key_uses import ROOT, Uses, collect, uses
from twin_app.services.translations import LANGUAGES, catalogue

FOLDER = ROOT / "assets" / "translations"
# Keys that are put together from parts the code does not spell: their fixed beginnings, and why.
DYNAMIC_PREFIXES = {
    "command.": "Command.title_key and tip_key; checked against the registry below",
    "visuals.": "scenes.visuals.words reads its own table, being below the translator",
    "settings.": "made from assets/settings.toml; checked against it below",
}
# Words that Chinese texts keep: names of products, formats, libraries, packages and units.
LATIN_WORDS = {
    *("iso", "top", "bottom", "north", "south", "east", "west"),  # typed after --view
    *("objects", "properties", "houses", "observations", "events"),  # views of `query`
    "Alt",
    "Ctrl",
    "Dask",
    "Debian",
    "English",
    "box",
    "Delete",
    "Esc",
    "GiB",
    "Home",
    "KB",
    "Linux",
    "MB",
    "Mesa",
    "Parquet",
    "PySide6-Essentials",
    "Python",
    "Qt",
    "Shift",
    "Tiles",
    "Windows",
    "citytwin",
    "cm",
    "dask",
    "distributed",
    "fonts-noto-cjk",
    "glb",
    "help",
    "host",
    "ifclite-geom",
    "ifcopenshell",
    "install",
    "km",
    "libegl1",
    "libgl1-mesa-dri",
    "mm",
    "ms",
    "pip",
    "binary",
    "port",
    "psycopg",
    "px",
    "pyproj",
    "rasterio",
    "scheduler",
    "tcp",
    "worker",
}
CJK = re.compile(r"[\u3400-\u9fff]")


def _texts(language: str) -> dict[str, str]:
    return catalogue(language)


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _without_placeholders(text: str) -> str:
    return re.sub(r"\{[^}]*\}", " ", text)


def test_languages_have_the_same_keys() -> None:
    zh, en = set(_texts("zh_CN")), set(_texts("en"))
    assert zh == en, f"only Chinese: {sorted(zh - en)}; only English: {sorted(en - zh)}"


def test_languages_have_the_same_files() -> None:
    names = {language: {file.name for file in (FOLDER / language).glob("*.toml")} for language in LANGUAGES}
    assert names["zh_CN"] == names["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_in_two_files(language: str) -> None:
    owner: dict[str, str] = {}
    twice = []
    for file in sorted((FOLDER / language).glob("*.toml")):
        for key in _flat(tomllib.loads(file.read_text("utf-8"))):
            if key in owner:
                twice.append(f"{key} in {owner[key]} and {file.name}")
            owner[key] = file.name
    assert not twice


def _flat(table: dict[str, object], prefix: str = "") -> list[str]:
    keys = []
    for name, value in table.items():
        keys += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]
    return keys


def test_placeholders_are_the_same() -> None:
    en = _texts("en")
    zh = _texts("zh_CN")
    other = {key: (en[key], zh[key]) for key in en if _placeholders(en[key]) != _placeholders(zh.get(key, ""))}
    assert not other


def test_placeholders_are_plain_names() -> None:
    odd = [
        k
        for language in LANGUAGES
        for k, t in _texts(language).items()
        for p in _placeholders(t)
        if not p.isidentifier()
    ]
    assert not odd


def test_keys_of_calls_exist() -> None:
    known = _texts("en")
    missing = sorted({f"{use.key} at {use.place}" for use in uses().calls if use.key not in known})
    assert not missing


def test_calls_fill_every_placeholder() -> None:
    known = _texts("en")
    lacking = []
    for use in uses().calls:
        if use.arguments is not None and use.key in known:
            unfilled = _placeholders(known[use.key]) - use.arguments
            lacking += [f"{use.key} at {use.place} lacks {sorted(unfilled)}"] if unfilled else []
    assert not lacking


def test_no_key_is_unused() -> None:
    found = uses()
    asked = found.literals | {use.key for use in found.calls}
    prefixes = (*found.prefixes, *DYNAMIC_PREFIXES)
    unused = sorted(key for key in _texts("en") if key not in asked and not key.startswith(prefixes))
    assert not unused


def test_commands_have_their_texts() -> None:
    catalogue_module = pytest.importorskip("twin_app.commands.catalogue")
    registry = catalogue_module.build_registry()
    wanted = {key for command in registry for key in (command.title_key, command.tip_key)}
    written = {key for key in _texts("en") if key.startswith("command.")}
    assert wanted == written, f"no text: {sorted(wanted - written)}; no command: {sorted(written - wanted)}"


def test_settings_have_their_texts() -> None:
    written = _texts("en")
    lacking = []
    for key, setting in _settings(tomllib.loads((ROOT / "assets" / "settings.toml").read_text("utf-8"))):
        wanted = [f"settings.{key}.title", f"settings.{key}.tip"]
        wanted += [f"settings.{key}.choice_{choice}" for choice in setting.get("choices", [])]
        lacking += [text for text in wanted if text not in written and not setting.get("hidden")]
    assert not lacking


def _settings(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, value in table.items():
        if isinstance(value, dict) and "type" in value:
            yield prefix + name, value
        elif isinstance(value, dict):
            yield from _settings(value, f"{prefix}{name}.")


def test_chinese_texts_are_chinese() -> None:
    foreign = {}
    for key, text in _texts("zh_CN").items():
        # What is typed (options, commands, file names) is the same in every language.
        spoken = re.sub(r"(?<!\w)--?[a-z-]+|citytwin [a-z]+|\w+\.[a-z]+|\.[a-z]+", " ", _without_placeholders(text))
        words = re.findall(r"[A-Za-z][A-Za-z0-9-]*", spoken)
        # Abbreviations and names in mixed case (IFC, CityJSON, OpenGL) stay as they are in Chinese.
        plain = [w for w in words if len(w) > 1 and not re.search(r"[A-Z].*[A-Z]|_", w) and w not in LATIN_WORDS]
        if plain:
            foreign[key] = plain
    assert not foreign


def test_english_texts_are_english() -> None:
    assert not {k: t for k, t in _texts("en").items() if CJK.search(t.replace("城市孪生", "").replace("中文", ""))}


def test_sentences_end_alike() -> None:
    en, zh = _texts("en"), _texts("zh_CN")
    unlike = {}
    for key, text in en.items():
        for western, chinese in ((".", "。"), ("…", "…"), ("?", "？")):
            if text.endswith(western) != zh.get(key, "").endswith(chinese):
                unlike[key] = (text, zh.get(key))
    assert not unlike


def test_titles_are_no_sentences() -> None:
    titles = [(k, t) for language in LANGUAGES for k, t in _texts(language).items() if k.rpartition(".")[2] == "title"]
    assert not [(key, text) for key, text in titles if text.endswith((".", "。", "!", "！"))]


def test_chinese_punctuation_is_full_width() -> None:
    half_width = {k: t for k, t in _texts("zh_CN").items() if re.search(r"[\u3400-\u9fff][,:;!?()]", t)}
    assert not half_width


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_tidy(language: str) -> None:
    untidy = {k: t for k, t in _texts(language).items() if not t.strip() or t != t.strip() or "..." in t or "  " in t}
    assert not untidy


def test_the_scan_sees_every_form() -> None:
    """The scan itself: without this, the tests above could pass by seeing nothing."""
    code = """
raise CityTwinError("a.one", path, size=1)
Finding.warning("a.two", place, **more)
Finding(Severity.INFO, "a.three")
self.tr("a.four" if x else "a.five", n=1)
yield Progress(0.5, "a.six")
submit(key, title_key="a.seven")
workbench.messages.info("a.eight")
text = f"a.group.{name}"
table = {"x": "a.nine"}
"""
    found = Uses()
    collect(ast.parse(code), "here", found)
    keys = {use.key: use.arguments for use in found.calls}
    assert set(keys) == {f"a.{n}" for n in ("one", "two", "three", "four", "five", "six", "seven", "eight")}
    assert keys["a.one"] == {"size"}
    assert keys["a.two"] is None
    assert found.prefixes == {"a.group."}
    assert "a.nine" in found.literals
