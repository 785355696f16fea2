"""Settings: typed, saved whole, and unharmed by a damaged file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from twin_app.services.settings import Settings, schema
from twin_app.services.translations import LANGUAGES, catalogue


def test_a_value_is_saved_read_again_and_told_once(tmp_path: Path) -> None:
    path = tmp_path / "设置" / "settings.json"
    settings, heard = Settings(path), []
    settings.changed.connect(lambda key, value: heard.append((key, value)))
    settings.set("ui.theme", "show")
    settings.set("ui.theme", "show")
    assert Settings(path).get("ui.theme") == "show"
    assert heard == [("ui.theme", "show")]


@pytest.mark.parametrize(("key", "value"), [("ui.theme", "pink"), ("cache.limit_gb", 0), ("view.edges", 1)])
def test_a_value_that_cannot_be_is_refused(key: str, value: object) -> None:
    with pytest.raises(CityTwinError, match=r"settings\.bad_value"):
        Settings().set(key, value)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_damaged_file_gives_defaults(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("s") / "settings.json"
    path.write_bytes(data)
    assert Settings(path).get("ui.theme") == "office_light"


def test_one_bad_entry_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"ui.theme": "show", "cache.limit_gb": "many", "unknown.key": 1}', "utf-8")
    settings = Settings(path)
    assert settings.get("ui.theme") == "show"
    assert settings.get("cache.limit_gb") == 20
    assert [finding.arguments["key"] for finding in settings.findings] == ["cache.limit_gb", "unknown.key"]


def test_recent_items_come_first_once_and_are_bounded() -> None:
    settings = Settings()
    for name in ("a", "b", "a", *map(str, range(20))):
        settings.remember("recent.paths", name)
    assert settings.get("recent.paths")[0] == "19"
    assert len(settings.get("recent.paths")) == 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shown_setting_has_its_words(language: str) -> None:
    texts = catalogue(language)
    for spec in schema().values():
        if not spec.hidden:
            wanted = [f"settings.{spec.key}.{part}" for part in ("title", "tip")]
            wanted += [f"settings.{spec.key}.choice_{choice}" for choice in spec.choices]
            assert [key for key in wanted if key not in texts] == []
