"""Truncated, empty, foreign and hostile files: one typed error or a finding, never a crash or a hang."""

import io
import os
import signal
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.ifc import culprits
from loaders.ifc.checks import text_findings
from loaders.ifc.culprits import sift
from loaders.ifc.format import FORMAT
from loaders.ifc.kernel_process import KernelProcess, Shape, mark_trying, read_shapes, write_shape
from loaders.ifc.letters import escaped, literal_where_wrong
from loaders.ifc.opening import Scratch, read_text
from loaders.model.errors import Cancelled, CityTwinError
from tests.unit.loaders.ifc.support import loaded, new_model


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    model = new_model()
    model.box("a")
    return model.write(tmp_path_factory.mktemp("m") / "a.ifc").read_bytes()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda b: b[: len(b) // 2], "ifc.truncated"),
        (lambda _b: b"", "ifc.not_step"),
        (lambda _b: os.urandom(5000), "ifc.not_step"),
        (lambda _b: b"(" * 10_000_000, "ifc.not_step"),
        (lambda b: b.replace(b"FILE_SCHEMA", b"FILE_SCHEME"), "ifc.no_schema"),
        (lambda b: b[: b.index(b"DATA;")] + b"DATA;" + b"(" * 10_000_000 + b"ENDSEC;END-ISO-10303-21;", "ifc."),
        (lambda b: b[: b.index(b"DATA;")] + b"DATA;\nENDSEC;\nEND-ISO-10303-21;\n", "ifc.empty"),
    ],
)
def test_each_fault_has_its_sentence(tmp_path: Path, text: bytes, change: Callable[[bytes], bytes], code: str) -> None:
    path = tmp_path / "bad.ifc"
    path.write_bytes(change(text))
    start = time.monotonic()
    with pytest.raises(CityTwinError) as caught:
        loaded(path)
    assert caught.value.code.startswith(code)
    assert time.monotonic() - start < 20


def test_doubled_ids_and_wrong_letters_are_told_and_the_rest_is_read(tmp_path: Path, text: bytes) -> None:
    lines = text.split(b"\n")
    wall = next(i for i, line in enumerate(lines) if b"IFCWALL(" in line)
    lines[wall] = lines[wall].replace(b"'a'", b"'\\X2\\58\\X0\\'")
    point = next(i for i, line in enumerate(lines) if b"IFCCARTESIANPOINT" in line)
    lines.insert(point + 1, lines[point])
    path = tmp_path / "odd.ifc"
    path.write_bytes(b"\n".join(lines))
    result = loaded(path)
    assert {"ifc.doubled_ids", "ifc.bad_letters"} <= {finding.code for finding in result.findings}
    assert len(result.chunks) == 1


@pytest.mark.parametrize(
    "wrong", [rb"\X2\ZZZZ\X0\\", rb"\X2\6B66", rb"\X4\6B\X0\\", rb"\X\G1", rb"\PZ\\", rb"\Q", rb"tail\\"[:-1]]
)
def test_no_wrong_directive_costs_the_file(tmp_path: Path, text: bytes, wrong: bytes) -> None:
    path = tmp_path / "odd.ifc"
    path.write_bytes(text.replace(b"'a'", b"'" + wrong + b" '", 1))
    result = loaded(path)
    assert "ifc.bad_letters" in {finding.code for finding in result.findings}
    assert len(result.chunks) == 1


@given(st.text(st.characters(codec="utf-16", exclude_characters="'"), max_size=40))
def test_right_directives_stay_as_they_are(letters: str) -> None:
    coded, _, _ = escaped(b"'" + letters.replace("\\", "\\\\").encode() + b"'")
    assert literal_where_wrong(coded) == (coded, 0)


def test_a_text_that_calls_itself_a_zip_is_read(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "a.ifczip"
    path.write_bytes(text)
    assert len(loaded(path).chunks) == 1


def test_a_shape_made_from_itself_is_left_out_and_told(tmp_path: Path) -> None:
    model = new_model()
    wall, other = model.box("a"), model.box("b")
    (item,) = wall.Representation.Representations[0].Items
    solid = model.file.create_entity("IfcBooleanResult", "UNION", item, item)
    solid.SecondOperand = solid
    wall.Representation.Representations[0].Items = (solid,)
    result = loaded(model.write(tmp_path / "a.ifc"))
    assert "ifc.placement_cycle" in {finding.code for finding in result.findings}
    assert [one.object_id for one in result.unmeshed] == [wall.GlobalId]
    (chunk,) = result.chunks
    assert set(chunk.rows.tolist()) == {result.row(other.GlobalId)}


@given(st.binary(max_size=300))
def test_the_text_checks_take_anything(data: bytes) -> None:
    for finding in text_findings(data):
        assert finding.arguments["count"] > 0
    assert FORMAT.sniff(Path("x.txt"), data) in range(101)


@given(st.data())
def test_any_change_of_a_file_ends_in_text_or_a_typed_error(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    junk = data.draw(st.binary(max_size=20))
    folder = tmp_path_factory.mktemp("h")
    (folder / "a.ifc").write_bytes(text[:at] + junk + text[at + len(junk) :])
    with Scratch() as scratch:
        code = ""
        try:
            assert read_text(folder / "a.ifc", scratch).schema
        except CityTwinError as error:
            code = error.code
        assert not code or code.startswith("ifc.")


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_a_zip_with_one_model_opens_whatever_its_member_is_called(tmp_path: Path, text: bytes) -> None:
    path = zipped(tmp_path / "m.ifczip", {"../../../evil.ifc": text})
    assert len(loaded(path).chunks) == 1
    assert not (tmp_path.parent.parent.parent / "evil.ifc").exists()


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, "ifc.zip_members"),
        ({"a.ifc": b"", "b.ifc": b""}, "ifc.zip_members"),
        ({"a.ifc": b"\0" * (80 << 20)}, "ifc.zip_too_large"),
    ],
)
def test_hostile_zips_are_refused(tmp_path: Path, members: dict[str, bytes], code: str) -> None:
    with pytest.raises(CityTwinError, match=code.replace(".", r"\.")):
        loaded(zipped(tmp_path / "m.ifczip", members))


def test_a_zip_that_is_cut_is_damaged(tmp_path: Path, text: bytes) -> None:
    path = zipped(tmp_path / "m.ifczip", {"a.ifc": text * 3})
    data = bytearray(path.read_bytes())
    data[60:120] = os.urandom(60)
    path.write_bytes(data)
    with pytest.raises(CityTwinError, match=r"ifc\.zip_damaged"):
        loaded(path)


# -- the sacrificial process ------------------------------------------------------------------------

TRIANGLE = Shape(
    0, np.eye(3), np.array([[0, 1, 2]], np.int32), np.zeros(1, np.int32), np.array([[1, 0, 0, 1]], np.float32)
)


def killing(guilty: set[int]) -> Callable[[Sequence[int]], Callable[[IO[bytes]], None]]:
    """A kernel that kills its process at certain elements."""

    def work_for(ids: Sequence[int]) -> Callable[[IO[bytes]], None]:
        def work(file: IO[bytes]) -> None:
            for step_id in ids:
                mark_trying(file, step_id)
                if step_id in guilty:
                    os.kill(os.getpid(), signal.SIGSEGV)
                write_shape(file, replace(TRIANGLE, step_id=step_id))
                file.flush()

        return work

    return work_for


@pytest.mark.parametrize("share", [8, 100])
@pytest.mark.parametrize("guilty", [set(), {0}, {5, 6, 30}, set(range(40))])
def test_every_culprit_is_found_and_every_other_element_delivered_once(
    guilty: set[int], share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(culprits, "SMALLEST_SHARE", share)
    outcomes = list(sift(killing(guilty), range(40), lambda: None))
    found = [one for one in outcomes if isinstance(one, int)]
    delivered = [one.step_id for one in outcomes if isinstance(one, Shape)]
    assert sorted(found) == sorted(guilty)
    assert sorted(delivered) == sorted(set(range(40)) - guilty)


def test_what_shares_a_culprits_shape_is_not_tried() -> None:
    alike = frozenset({5, 6, 30})
    outcomes = list(sift(killing({5, 6, 30}), range(40), lambda: None, alike=lambda _i: alike))
    assert sorted(one for one in outcomes if isinstance(one, int)) == [5, 6, 30]
    assert len(outcomes) == 40


def test_a_kernel_that_hangs_is_killed() -> None:
    def hang(_file: IO[bytes]) -> None:
        time.sleep(60)

    process = KernelProcess(hang, silence_limit_secs=0.2)
    start = time.monotonic()
    assert list(process.shapes(lambda: None)) == []
    process.close()
    assert time.monotonic() - start < 2
    assert not process.finished


def test_cancelling_ends_the_process() -> None:
    def hang(_file: IO[bytes]) -> None:
        time.sleep(60)

    def cancel() -> None:
        raise Cancelled

    process = KernelProcess(hang)
    with pytest.raises(Cancelled):
        list(process.shapes(cancel))
    start = time.monotonic()
    process.close()
    assert time.monotonic() - start < 2


@given(
    st.lists(st.tuples(st.integers(1, 10**12), st.integers(0, 5), st.integers(0, 4)), max_size=5), st.integers(0, 400)
)
def test_records_survive_being_cut_anywhere(sizes: list[tuple[int, int, int]], cut: int) -> None:
    shapes = [
        Shape(
            i,
            np.arange(n * 3.0).reshape(-1, 3),
            np.zeros((t, 3), np.int32),
            np.zeros(t, np.int32),
            np.ones((1, 4), np.float32),
        )
        for i, n, t in sizes
    ]
    file = io.BytesIO()
    for shape in shapes:
        write_shape(file, shape)
    data = file.getvalue()
    first = read_shapes(data[:cut], 0)
    second = read_shapes(data[first.end :], 0)
    found = first.shapes + second.shapes
    assert [s.step_id for s in found] == [s.step_id for s in shapes]
    assert all((a.vertices_m == b.vertices_m).all() for a, b in zip(found, shapes, strict=True))
