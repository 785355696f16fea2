"""The command line as a script sees it: exit codes, streams, and the keys of its JSON."""

from pathlib import Path

import pytest

from tests.support.commands import citytwin, grid, only_json

CONVERT_KEYS = {
    "source",
    "tileset",
    "format",
    "schema",
    "crs",
    "objects",
    "triangles",
    "points",
    "levels",
    "unmeshed",
    "warnings",
    "engine",
    "cached",
    "seconds",
    "first_geometry_seconds",
    "peak_rss_mb",
}
INFO_KEYS = {
    "format",
    "schema",
    "crs",
    "georeference",
    "bounds",
    "objects",
    "classes",
    "levels",
    "storeys",
    "warnings",
}


def test_convert_prints_its_contract_and_uses_its_cache(tmp_path: Path) -> None:
    source = grid(tmp_path / "坡 地.asc")
    first_code, first, noise = citytwin("convert", source, "--json")
    second_code, second, _ = citytwin("convert", source, "--json")
    (cold,), (warm,) = only_json(first), only_json(second)
    assert (first_code, second_code) == (0, 0)
    assert set(cold) >= CONVERT_KEYS
    assert (cold["cached"], warm["cached"]) == (False, True)
    assert cold["tileset"] == warm["tileset"]
    assert cold["triangles"] == 2 * 5 * 4 or cold["triangles"] == 2 * 6 * 5
    assert "Traceback" not in noise


def test_one_bad_file_of_two_is_exit_1_and_the_other_is_done(tmp_path: Path) -> None:
    good, bad = grid(tmp_path / "good.asc"), tmp_path / "bad.ifc"
    bad.write_bytes(b"")
    code, out, _ = citytwin("convert", bad, good, "--keep-going", "--json")
    error, report = sorted(only_json(out), key=lambda value: "error" not in value)
    assert code == 1
    assert set(error["error"]) == {"code", "message", "place"}
    assert report["source"] == str(good)


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "missing.ifc"),
        ("info", "missing.ifc"),
        ("convert",),
        ("bench", "nothing"),
        ("convert", "x", "--jobs", "0"),
    ],
)
def test_what_cannot_run_is_exit_2_with_one_error_and_no_traceback(arguments: tuple[str, ...]) -> None:
    code, out, err = citytwin(*arguments, "--json")
    (value,) = only_json(out)
    assert code == 2
    assert value["error"]["message"]
    assert "Traceback" not in err


def test_without_json_an_error_is_one_sentence_in_the_users_language() -> None:
    code, out, err = citytwin("info", "没有.ifc", language="zh_CN")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert any("\u4e00" <= letter <= "\u9fff" for letter in err.replace("没有.ifc", ""))


def test_info_of_a_folder_is_that_of_the_tileset_in_it(shared_data: Path) -> None:
    folder = shared_data / "tiles" / "1.1" / "MultipleContents"
    answers = [citytwin("info", path, "--json") for path in (folder, folder / "tileset.json")]
    assert [code for code, _, _ in answers] == [0, 0]
    assert only_json(answers[0][1]) == only_json(answers[1][1])


def test_info_prints_its_contract(tmp_path: Path) -> None:
    code, out, _ = citytwin("info", grid(tmp_path / "a.asc"), "--json")
    (value,) = only_json(out)
    assert code == 0
    assert set(value) >= INFO_KEYS
    assert value["bounds"][:2] == pytest.approx([500_000, 3_380_000], abs=10)


def test_no_display_is_said_and_not_tried() -> None:
    code, _, err = citytwin(DISPLAY="unset", WAYLAND_DISPLAY="unset")
    assert code == 2
    assert "render" in err


def test_an_unknown_word_is_not_taken_for_a_file() -> None:
    code, _, err = citytwin("conver", DISPLAY=":99999")
    assert code == 2
    assert "conver" in err
