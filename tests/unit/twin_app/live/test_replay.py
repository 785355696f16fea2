"""A recording that is played gives the same values again, marked as what they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.model.errors import CityTwinError
from twin_app.live.batch import Batch
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.registry import make_feed
from twin_app.live.feeds.replay import ReplayFeed
from twin_app.live.hub import Hub
from twin_app.live.recording import Recorder, read_parts, span_us
from twin_app.live.streams import StreamInfo
from twin_app.live.table import LatestTable
from twin_app.live.values import Observation, State, now_us


def played(folder: Path, **options: str) -> tuple[Hub, list[tuple[float, int, int]]]:
    hub, seen = Hub(), []

    def listen(batch: Batch) -> None:
        seen.extend(zip(batch.values.tolist(), batch.source_us.tolist(), batch.state.tolist(), strict=True))

    hub.on_batch.append(listen)
    hub.start("r", make_feed(FeedSpec("r", str(folder), options=options)))
    end = time.monotonic() + 10.0
    while hub.feeds()["r"].state != FeedState.ENDED:
        assert time.monotonic() < end
        time.sleep(0.01)
    hub.close()
    return hub, seen


def test_a_recording_is_played_as_it_was(tmp_path: Path) -> None:
    table = LatestTable()
    table.declare([StreamInfo("f/a", state=State.SIMULATED)])
    folder = tmp_path / "one.ctrec"
    recorder = Recorder(folder, table)
    for number in range(50):
        recorder.listen(table.accept([Observation("f/a", float(number), 1_000_000 + number)]))
    recorder.close()
    hub, seen = played(folder, speed="1000", time="original")
    assert seen == [(float(n), 1_000_000 + n, State.SIMULATED) for n in range(50)]
    assert hub.table.infos()[0].key == "r/a"
    assert hub.table.infos()[0].provenance == "replay one.ctrec"
    assert hub.table.infos()[0].state == State.SIMULATED


def test_streams_of_the_same_name_from_two_feeds_stay_apart(tmp_path: Path) -> None:
    table = LatestTable()
    recorder = Recorder(tmp_path / "two.ctrec", table, part_s=0.01)
    recorder.listen(table.accept([Observation("f/a", 1.0, 1)]))
    time.sleep(0.1)  # a part of one feed alone
    recorder.listen(table.accept([Observation("g/a", 2.0, 2), Observation("g/x/b", 3.0, 3)]))
    recorder.close()
    hub, seen = played(tmp_path / "two.ctrec", speed="1000", time="original")
    latest = dict(zip((info.key for info in hub.table.infos()), hub.table.latest().value.tolist(), strict=True))
    assert latest == {"r/f/a": 1.0, "r/g/a": 2.0, "r/g/x/b": 3.0}
    assert len(seen) == 3


def test_times_are_moved_to_now(tmp_path: Path) -> None:
    table = LatestTable(clock_us=lambda: 5_000_000)
    recorder = Recorder(tmp_path / "one.ctrec", table)
    recorder.listen(table.accept([Observation("f/a", 1.0, 4_000_000)]))
    recorder.close()
    _, ((_, source_us, _),) = played(tmp_path / "one.ctrec")
    assert 1_000_000 <= now_us() - source_us < 11_000_000


@pytest.mark.parametrize("options", [{"speed": "0"}, {"speed": "x"}, {"loop": "yes", "time": "original"}, {"x": "1"}])
def test_wrong_options_are_told(options: dict[str, str]) -> None:
    with pytest.raises(CityTwinError, match="replay_option"):
        make_feed(FeedSpec("r", "one.ctrec", options=options))


def recorded(folder: Path) -> Path:
    """A value a second for a minute, in six parts."""
    now = {"s": 1_000}
    table = LatestTable(clock_us=lambda: now["s"] * 1_000_000)
    recorder = Recorder(folder, table, part_s=3600.0)
    for second in range(60):
        now["s"] = 1_000 + second
        recorder.listen(table.accept([Observation("f/a", float(second))]))
        if second % 10 == 9:
            recorder.close()
            recorder = Recorder(folder, table, part_s=3600.0)
    recorder.close()
    return folder


def test_a_recording_tells_its_span_and_is_read_from_a_time_on(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "one.ctrec")
    assert span_us(folder) == (1_000_000_000, 1_059_000_000)
    parts = [batch.values.tolist() for _, batch in read_parts(folder, 1_025_000_000)]
    assert parts[0][0] == 20.0  # whole parts
    assert len(parts) == 4
    assert list(read_parts(folder, 2_000_000_000)) == []


def test_a_recording_is_scrubbed_hurried_and_looped_while_it_plays(tmp_path: Path) -> None:
    feed = make_feed(FeedSpec("r", str(recorded(tmp_path / "one.ctrec")), options={"speed": "0.001"}))
    assert isinstance(feed, ReplayFeed)
    seen: list[float] = []
    hub = Hub(beat_s=0.01)
    hub.on_batch.append(lambda batch: seen.extend(batch.values.tolist()))
    hub.start("r", feed)

    def until(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 10.0
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.01)

    until(lambda: seen == [0.0])
    assert hub.feed("r") is feed
    feed.seek(1_040_000_000)
    until(lambda: seen == [0.0, 40.0])
    assert feed.at_us == 1_040_000_000
    feed.loop = True
    feed.play_at(100.0)
    until(lambda: seen[2:22] == [*map(float, range(41, 60)), 0.0])  # goes on where it was, and from the beginning
    hub.close()
