"""Files that break their schema in one place: that place is lost and told, everything else is read."""

import os
import random
import re
import time
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.ifc.draft_tree import parents
from loaders.ifc.letters import escaped
from loaders.ifc.opening import READABLE
from loaders.ifc.values import printable
from loaders.model.errors import CityTwinError
from tests.unit.loaders.ifc.support import loaded, new_model


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    model = new_model()
    model.box("a")
    model.box("b", (5.0, 0.0, 0.0))
    return model.write(tmp_path_factory.mktemp("m") / "a.ifc").read_bytes()


def with_lines(text: bytes, *lines: str) -> bytes:
    end = text.index(b"ENDSEC;\nEND-ISO")
    return text[:end] + "\n".join(lines).encode() + b"\n" + text[end:]


def first(text: bytes, entity: str) -> int:
    found = re.search(rb"#(\d+)=" + entity.encode() + rb"\(", text)
    assert found
    return int(found[1])


def write(folder: Path, data: bytes) -> Path:
    path = folder / "m.ifc"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("schema", sorted(name for name in READABLE if name.startswith("IFC4")))
def test_every_edition_of_a_published_schema_gives_the_whole_model(tmp_path: Path, schema: str) -> None:
    model = new_model(READABLE[schema].removesuffix("_ADD2"))
    model.box("a")
    written = f"('{model.file.schema_identifier}')"
    text = model.write(tmp_path / "m.ifc").read_text()
    assert written in text
    result = loaded(write(tmp_path, text.replace(written, f"('{schema}')").encode()))
    assert result.opened.schema == schema
    assert result.column("name") == ["试验", "a"]
    assert set(result.column("engine")) == {None, "hybrid-manifold-opencascade"}
    assert result.findings == []


def test_the_final_edition_of_ifc2x3_is_ifc2x3(shared_data: Path, tmp_path: Path) -> None:
    data = (shared_data / "ifc" / "tall_building.ifc").read_bytes()
    result = loaded(write(tmp_path, data.replace(b"('IFC2X3')", b"('IFC2X3_FINAL')")), engine="fast")
    assert result.column("class").count("IfcProject") == 1
    assert result.findings == []


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    assert printable(["一", None, "a\ud800b"]) == ["一", None, "a?b"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_written_as_plain_bytes_is_read_and_told(tmp_path: Path, text: bytes, encoding: str) -> None:
    result = loaded(write(tmp_path, text.replace(b"'a'", "'一层 墙体'".encode(encoding))))
    assert result.column("name") == ["试验", "一层 墙体", "b"]
    assert [(f.code, f.arguments["encoding"]) for f in result.findings] == [("ifc.raw_letters", encoding)]


@given(st.text(st.characters(codec="utf-8", exclude_characters="'\\\0"), min_size=1))
def test_escaped_letters_are_the_same_letters(letters: str) -> None:
    data, _, count = escaped(f"('{letters}')".encode())
    assert data.isascii()
    assert count == (0 if letters.isascii() else 1)
    found = data.decode()
    for width, codec in ((2, "utf-16-be"), (4, "utf-32-be")):
        found = re.sub(rf"\\X{width}\\([0-9A-F]+)\\X0\\", lambda m, c=codec: bytes.fromhex(m[1]).decode(c), found)
    assert found == f"('{letters}')"


@pytest.mark.parametrize(
    "change", [lambda b: b"\xef\xbb\xbf" + b, lambda b: b + b"\0" * 9000, lambda b: b + b" \n" * 9000]
)
def test_marks_before_and_padding_after_do_no_harm(
    tmp_path: Path, text: bytes, change: Callable[[bytes], bytes]
) -> None:
    assert len(loaded(write(tmp_path, change(text))).bounds_m()) == 2


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")
def test_a_path_that_is_not_utf_8_opens(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / os.fsdecode(b"\xff\xfe.ifc")
    path.write_bytes(text)
    assert len(loaded(path).bounds_m()) == 2


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        (b"'a'", b"42", ["试验", "42", "b"]),
        (b"'a'", b"#1", ["试验", None, "b"]),
    ],
)
def test_a_name_that_is_none_costs_the_name(
    tmp_path: Path, text: bytes, old: bytes, new: bytes, names: list[str | None]
) -> None:
    result = loaded(write(tmp_path, text.replace(old, new)))
    assert result.column("name") == names
    assert len(result.bounds_m()) == 2


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda b: b.replace(b"=IFCWALL(", b"=IFCFOOBAR(", 1), "'IFCFOOBAR'"),
        (lambda b: re.sub(rb"(IFCWALL\(.*?)#\d+,#\d+,", rb"\1#99999,#99998,", b, count=1), "#99999"),
        (lambda b: re.sub(rb"IFCWALL\(.*\);", b"IFCWALL('x');", b, count=1), None),
    ],
)
def test_statements_that_mean_nothing_are_told(
    tmp_path: Path, text: bytes, change: Callable[[bytes], bytes], place: str | None
) -> None:
    result = loaded(write(tmp_path, change(text)))
    told = [f for f in result.findings if f.code == "ifc.statements"]
    assert len(told) == 1
    assert place is None or told[0].place == place
    assert len(result.bounds_m()) == 1


def test_a_part_of_itself_keeps_its_shape_and_is_told(tmp_path: Path, text: bytes) -> None:
    wall = first(text, "IFCWALL")
    line = f"#960=IFCRELAGGREGATES('3kTvXnbbzCWw8lcMd1dR4o',$,$,$,#{wall},(#{wall}));"
    start = time.monotonic()
    result = loaded(write(tmp_path, with_lines(text, line)))
    assert time.monotonic() - start < 10
    assert [(f.code, f.place) for f in result.findings] == [("ifc.tree_cycle", f"#{wall}")]
    assert len(result.bounds_m()) == 2
    assert result.column("parent")[1] == -1


def test_a_property_that_holds_itself_costs_itself(tmp_path: Path, text: bytes) -> None:
    wall = first(text, "IFCWALL")
    lines = (
        "#900=IFCCOMPLEXPROPERTY('x',$,'u',(#900));",
        "#903=IFCPROPERTYSINGLEVALUE('good',$,IFCLABEL('yes'),$);",
        "#901=IFCPROPERTYSET('1kTvXnbbzCWw8lcMd1dR4o',$,'P',$,(#900,#903));",
        f"#902=IFCRELDEFINESBYPROPERTIES('2kTvXnbbzCWw8lcMd1dR4o',$,$,$,(#{wall}),#901);",
    )
    result = loaded(write(tmp_path, with_lines(text, *lines)))
    assert [(f.code, f.place) for f in result.findings] == [("ifc.malformed", "#900")]
    assert result.values(1)["P.good"] == "yes"


def test_a_unit_defined_by_itself_is_taken_for_the_metre(tmp_path: Path, text: bytes) -> None:
    unit = first(text, "IFCSIUNIT")
    lines = (
        "#950=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);",
        f"#951=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(1.0),#{unit});",
    )
    changed = re.sub(
        rb"IFCSIUNIT\(\*,\.LENGTHUNIT\.,\$,\.METRE\.\)",
        b"IFCCONVERSIONBASEDUNIT(#950,.LENGTHUNIT.,'F',#951)",
        with_lines(text, *lines),
    )
    result = loaded(write(tmp_path, changed))
    assert result.tables.extras["length_unit_m"] == 1.0
    assert len(result.bounds_m()) == 2


def test_a_zip_from_a_mac_opens(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "m.ifczip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m.ifc", text)
        archive.writestr("__MACOSX/._m.ifc", b"\0\5\x16\7")
    assert len(loaded(path).bounds_m()) == 2


def test_errors_name_the_users_own_file(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "m.ifczip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m.ifc", text[: text.index(b"DATA;")] + b"DATA;\nENDSEC;\nEND-ISO-10303-21;\n")
    with pytest.raises(CityTwinError) as caught:
        loaded(path)
    assert (caught.value.code, caught.value.place) == ("ifc.empty", str(path))


def test_the_tree_of_a_draft_is_that_of_the_published_schema(shared_data: Path, tmp_path: Path) -> None:
    data = (shared_data / "ifc" / "tall_building.ifc").read_bytes()
    whole = loaded(shared_data / "ifc" / "tall_building.ifc")
    draft = loaded(write(tmp_path, data.replace(b"('IFC2X3')", b"('IFC2X4_RC1')")))
    assert draft.opened.schema == "IFC2X4_RC1"

    def tree(column: str, ids: list[int], rows: list[int]) -> dict[int, int | None]:
        kinds = dict(zip(whole.column("step_id"), whole.column("class"), strict=True))
        kept = [(i, row) for i, row in zip(ids, rows, strict=True) if kinds[i] not in ("IfcSite", "IfcProject")]
        return {i: ids[row] if row >= 0 else None for i, row in kept}

    for column in ("parent", "storey"):
        found = tree(column, draft.column("step_id"), draft.column(column))
        expected = tree(column, whole.column("step_id"), whole.column(column))
        assert found == {i: expected[i] for i in found}
    assert len(draft.bounds_m()) == len(whole.bounds_m())


@given(st.binary(max_size=200))
def test_the_draft_tree_takes_anything(data: bytes) -> None:
    found = parents(b"#1=IFCRELAGGREGATES('x',$,$,$,#2,(#3));#9=IFCRELNESTS(" + data.replace(b";", b"") + b");")
    assert found[3] == 2


# -- any token of a small file replaced by any other ------------------------------------------------

_TOKEN = re.compile(rb"'[^']*'|#\d+|\.[A-Z_0-9]+\.|-?\d+\.?\d*(?:E[-+]?\d+)?|\$|\*|IFC[A-Z0-9]+")
_JUNK = (b"$", b"*", b"#2", b"#9999", b"'x'", b"-1", b"1.E308", b"42", b".U.", b"(#1,#2)", b"()", b"IFCLABEL('z')", b"")


def mutated(text: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    lines = text.split(b"\n")
    body = [i for i, line in enumerate(lines) if line.startswith(b"#")]
    for _ in range(chance.choice((1, 1, 3))):
        i = chance.choice(body)
        tokens = list(_TOKEN.finditer(lines[i]))[1:]
        if tokens:
            token = chance.choice(tokens)
            lines[i] = lines[i][: token.start()] + chance.choice(_JUNK) + lines[i][token.end() :]
    return b"\n".join(lines)


def fate(path: Path) -> str:
    """What becomes of a load in a process of its own: ``read``, ``refused``, or what went wrong."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        outcome = "read"
        try:
            loaded(path)
        except CityTwinError:
            outcome = "refused"
        except BaseException:  # noqa: BLE001 - the parent judges it
            outcome = traceback.format_exc()
        os.write(theirs, outcome.encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        outcome = pipe.read()
    status = os.waitpid(pid, 0)[1]
    return outcome or f"died: {status}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each example needs a fork")
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1 << 32))
def test_no_change_of_a_file_does_worse_than_a_typed_error(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, seed: int
) -> None:
    assert fate(write(tmp_path_factory.mktemp("h"), mutated(text, seed))) in ("read", "refused")


def test_a_shape_that_only_the_fast_engine_can_make_is_shown_and_told(tmp_path: Path) -> None:
    model = new_model()
    model.box("a")
    file = model.file
    corners = file.createIfcCartesianPointList3D(((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))
    faces = file.createIfcTriangulatedFaceSet(corners, None, None, ((1, 2, 3), (1, 2, 9), (1, 3, 4), (2, 3, 4)))
    shape = file.createIfcShapeRepresentation(model.body, "Body", "Tessellation", [faces])
    broken = model.box("b")
    broken.Representation = file.createIfcProductDefinitionShape(None, None, [shape])
    result = loaded(model.write(tmp_path / "m.ifc"))
    assert result.column("engine")[result.row(broken.GlobalId)] == "fast"
    assert [(f.code, f.place, f.arguments) for f in result.findings] == [
        ("ifc.only_fast", f"#{broken.id()}", {"count": 1})
    ]
