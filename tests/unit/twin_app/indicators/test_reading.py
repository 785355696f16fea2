"""Reading packs: what is wrong is told with its place, and the rest goes on."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from twin_app.indicators.definitions import Direction, Level, Pack
from twin_app.indicators.reading import pack_of, read_pack
from twin_app.indicators.registry import all_packs, pack_of_id

HEAD = '[pack]\nid = "own"\nname = { zh = "自用", en = "Own" }\n'
GOOD = '[[indicator]]\nid = "good"\nname = { zh = "好", en = "Good" }\nunit = "%"\n'


def read(body: str) -> tuple[Pack, set[tuple[str, str]]]:
    pack, findings = pack_of(HEAD + body, "own.toml")
    return pack, {(finding.code.removeprefix("indicator."), finding.place) for finding in findings}


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ('colour = "red"', "unknown_key", "own.toml: bad: colour"),
        ('unit = "furlong"', "unit.unknown", "own.toml: bad: unit = furlong"),
        ('target = "many"', "bad_value", "own.toml: bad: target"),
        ("target = nan", "bad_value", "own.toml: bad: target"),
        ("target = true", "bad_value", "own.toml: bad: target"),
        ("year = 26", "bad_value", "own.toml: bad: year"),
        ('direction = "up"', "bad_value", "own.toml: bad: direction"),
        ('direction = "band"', "no_band", "own.toml: bad: band"),
        ("valid = [9, 1]", "bad_value", "own.toml: bad: valid"),
        ("interval_s = -1", "bad_value", "own.toml: bad: interval_s"),
        ('scope = ["city"]', "bad_value", "own.toml: bad: scope"),
        ('display = "m"', "unit.unlike", "own.toml: bad: display"),
        ('group = "none"', "unknown_group", "own.toml: bad: none"),
        ('definition = { zh = "有" }', "no_words", "own.toml: bad: definition.en"),
        ("model = [1]", "bad_value", "own.toml: bad: model"),
        ('threshold = [{ level = "X", value = 1 }]', "bad_threshold", "own.toml: bad: threshold 1"),
        ('threshold = [{ level = "H" }]', "bad_threshold", "own.toml: bad: threshold 1"),
        (
            'threshold = [{ level = "H", value = 1 }, { level = "L", value = 2 }]',
            "limits_crossed",
            "own.toml: bad",
        ),
    ],
)
def test_one_wrong_line_is_one_finding_and_the_others_are_read(line: str, code: str, place: str) -> None:
    unit = "" if line.startswith("unit") else 'unit = "%"\n'
    bad = f'[[indicator]]\nid = "bad"\nname = {{ zh = "坏", en = "Bad" }}\n{unit}{line}\n'
    pack, found = read(bad + GOOD)
    assert found == {(code, place)}
    assert pack.indicator("good") is not None
    assert (pack.indicator("bad") is None) == (code == "unit.unknown")


def test_a_doubled_id_keeps_the_first() -> None:
    pack, found = read(GOOD + GOOD.replace("%", "m"))
    assert found == {("doubled", "own.toml: good")}
    assert [one.unit for one in pack.indicators] == ["%"]


def test_an_indicator_without_id_is_told_by_its_number() -> None:
    pack, found = read(GOOD + '[[indicator]]\nname = { zh = "无", en = "None" }\n')
    assert found == {("bad_value", "own.toml: indicator 2: id")}
    assert len(pack.indicators) == 1


def test_a_name_in_one_language_stands_for_both() -> None:
    pack, found = read('[[indicator]]\nid = "one"\nname = { zh = "只有中文" }\n')
    assert found == {("no_words", "own.toml: one: name.en")}
    assert pack.indicators[0].name.en == "只有中文"


def test_everything_that_can_be_said_is_read() -> None:
    pack, found = read(
        """
[[group]]
id = "g"
name = { zh = "组", en = "Group" }
[[indicator]]
id = "all"
name = { zh = "全", en = "All" }
unit = "Pa"
display = "kPa"
group = "g"
band = [1, 9]
baseline = 2
baseline_year = 2021
target = 5
year = 2026
valid = [0, 10]
streams = "pressure"
[[indicator.threshold]]
level = "HH"
value = 9.5
dead_band = 0.1
on_delay_s = 3
off_delay_s = 4
[[indicator.threshold]]
level = "L"
value = 1
"""
    )
    (one,) = pack.indicators
    assert found == set()
    assert (one.direction, one.band, one.display, one.streams) == (Direction.BAND, (1.0, 9.0), "kPa", "pressure")
    assert [limit.level for limit in one.thresholds] == [Level.L, Level.HH]
    assert (one.low, one.high, one.baseline_year) == (0.0, 10.0, 2021)
    assert math.isclose(one.thresholds[1].dead_band, 0.1)
    assert one.thresholds[1].beyond(9.5)
    assert not one.thresholds[0].beyond(1.1)


@pytest.mark.parametrize("text", ["", "[pack]", "pack = 1", '[pack]\nid = "A B"', "x = ", "[" * 5000, "a = 1\na = 2"])
def test_what_is_no_pack_says_so(text: str) -> None:
    with pytest.raises(CityTwinError, match=r"indicator\.(unreadable|no_pack)"):
        pack_of(text, "x.toml")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abz_", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = [
    "id",
    "name",
    "unit",
    "display",
    "group",
    "band",
    "target",
    "year",
    "valid",
    "threshold",
    "model",
    "clause",
    "x",
]


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08x}" for c in value if not 0xD800 <= ord(c) < 0xE000) + '"'
    return '"nothing"' if value is None else str(value)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), values, max_size=6), max_size=4))
def test_any_indicator_is_read_or_told_and_never_a_crash(indicators: list[dict[str, object]]) -> None:
    body = "".join("[[indicator]]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in one.items()) for one in indicators)
    pack, findings = pack_of(HEAD + body + GOOD, "own.toml")
    assert pack.indicator("good") is not None
    lost = len(indicators) + 1 - len(pack.indicators)
    assert lost <= len(findings)


def test_packs_of_the_user_lie_beside_settings_and_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYTWIN_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "config" / "indicators").mkdir(parents=True)
    (tmp_path / "indicators").mkdir()
    (tmp_path / "config" / "indicators" / "a.toml").write_text(HEAD + GOOD, "utf-8")
    (tmp_path / "indicators" / "坏.toml").write_bytes(b"\xff\xfe")
    replacing = HEAD.replace("own", "building-operation") + GOOD
    (tmp_path / "indicators" / "b.toml").write_text(replacing, "utf-8")
    packs, problems = all_packs(tmp_path / "x.citytwin")
    assert [problem.code for problem in problems] == ["indicator.unreadable"]
    assert len(pack_of_id(packs, "building-operation").indicators) == 1
    assert pack_of_id(packs, "own").origin.endswith("a.toml")
    with pytest.raises(CityTwinError, match=r"indicator\.unknown_pack"):
        pack_of_id(packs, "other")


def test_a_file_that_is_too_large_or_absent(tmp_path: Path) -> None:
    with pytest.raises(CityTwinError, match=r"indicator\.unreadable"):
        read_pack(tmp_path / "absent.toml")
    (tmp_path / "large.toml").write_text("#" * (4 * 1024 * 1024 + 1))
    with pytest.raises(CityTwinError, match=r"indicator\.unreadable"):
        read_pack(tmp_path / "large.toml")
