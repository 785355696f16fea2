"""What is recorded is read back as it was, and what is broken is told."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from tests.support.commands import ROOT
from twin_app.live.batch import Batch
from twin_app.live.recording import Recorder, feeds_in, read_parts
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.table import LatestTable
from twin_app.live.values import Observation, State

NAMES = ("a", "b", "c")
OBSERVATION = st.builds(
    Observation,
    key=st.sampled_from([f"f/{name}" for name in NAMES]),
    value=st.floats(-1e9, 1e9),
    time_us=st.integers(0, 10**15),
    quality=st.integers(0, 2),
    reason=st.integers(0, 8),
    state=st.integers(0, 4),
)


def table_of() -> LatestTable:
    table = LatestTable(clock_us=lambda: 2 * 10**15)
    link = Link(LinkKind.PLACE, place=(120.2, 30.3, 5.0))
    table.declare([StreamInfo("f/a", state=State.SIMULATED), StreamInfo("f/b", low=-5.0, link=link)])
    table.declare([StreamInfo("f/c", factor=2.0, offset=1.0, unit="Cel")])
    return table


def columns(parts: list[tuple[list[StreamInfo], Batch]]) -> list[tuple[object, ...]]:
    return [
        (infos[batch.rows[n]].key, *(getattr(batch, name)[n] for name in Batch.__slots__[1:]))
        for infos, batch in parts
        for n in range(len(batch))
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(OBSERVATION, min_size=1, max_size=20), min_size=1, max_size=4))
def test_a_recording_holds_what_was_recorded(turns: list[list[Observation]]) -> None:
    table = table_of()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "one.ctrec"
        recorder = Recorder(folder, table)
        batches = [batch for turn in turns if len(batch := table.accept(turn))]
        for batch in batches:
            recorder.listen(batch)
        recorder.close()
        parts = list(read_parts(folder)) if batches else []
    everything = list(table.infos())
    assert columns(parts) == columns([(everything, batch) for batch in batches])
    for infos, batch in parts:
        for info in infos:
            known = table.info(table.row_of(info.key) or 0)
            assert (info.link, info.state, info.low, info.unit) == (known.link, known.state, known.low, known.unit)
            assert (info.factor, info.offset) == (1.0, 0.0)
        simulated = [infos[row].key == "f/a" for row in batch.rows]
        assert np.all(batch.state[simulated] == State.SIMULATED)


def test_a_part_that_was_not_finished_harms_nothing_and_a_broken_one_is_told(tmp_path: Path) -> None:
    table = table_of()
    for value in (1.0, 2.0):
        recorder = Recorder(tmp_path, table)  # goes on where the one before ended
        recorder.listen(table.accept([Observation("f/a", value, 1)]))
        recorder.close()
    (tmp_path / "part-000002.unfinished").write_bytes(b"PAR1 half")
    assert [batch.values.tolist() for _, batch in read_parts(tmp_path)] == [[1.0], [2.0]]
    (tmp_path / "part-000002.parquet").write_bytes(b"PAR1 half")
    with pytest.raises(CityTwinError, match="recording_unreadable"):
        list(read_parts(tmp_path))


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CityTwinError, match="recording_unwritable"):
        Recorder(tmp_path / "file", table_of())
    with pytest.raises(CityTwinError, match="recording_unreadable"):
        list(read_parts(tmp_path / "none"))


KILLED = """
import sys, time
from pathlib import Path
from twin_app.live.recording import Recorder
from twin_app.live.table import LatestTable
from twin_app.live.values import Observation

table = LatestTable()
recorder = Recorder(Path(sys.argv[1]), table, part_s=0.05)
number = 0
while True:
    recorder.listen(table.accept([Observation(f"f/{n}", float(number), number) for n in range(200)]))
    number += 1
    time.sleep(0.001)
"""


def test_kill_9_loses_nothing_but_the_last_moment(tmp_path: Path) -> None:
    folder = tmp_path / "one.ctrec"
    for turn in range(3):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], cwd=ROOT)
        end, before = time.monotonic() + 30.0, len(list(folder.glob("part-*.parquet")))
        while len(list(folder.glob("part-*.parquet"))) < before + 4 + turn:
            assert time.monotonic() < end
            time.sleep(0.005)
        process.kill()
        process.wait()
    batches = [batch for _, batch in read_parts(folder)]
    assert len(batches) >= 15
    values = np.concatenate([batch.values for batch in batches]).reshape(-1, 200)
    assert np.all(values == values[:, :1])  # whole turns, as they were handed over
    steps = np.diff(values[:, 0])
    assert np.all((steps == 1.0) | (values[1:, 0] == 0.0))  # none missing within a run
    assert (values[:, 0] == 0.0).sum() == 3


def test_parts_are_counted_on_from_the_last(tmp_path: Path) -> None:
    table = table_of()
    for value in (1.0, 2.0, 3.0):
        recorder = Recorder(tmp_path, table)
        recorder.listen(table.accept([Observation("f/a", value, 1)]))
        recorder.close()
    (tmp_path / "part-000000.parquet").unlink()  # somebody needed room
    recorder = Recorder(tmp_path, table)
    recorder.listen(table.accept([Observation("g/a", 4.0, 1)]))
    recorder.close()
    assert [batch.values.tolist() for _, batch in read_parts(tmp_path)] == [[2.0], [3.0], [4.0]]
    assert feeds_in(tmp_path) == {"f", "g"}
