"""The command feed: recorded, played, simulated, sent to a real broker and taken back, ended by Ctrl+C."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.broker import MOSQUITTO, Broker
from tests.support.commands import ROOT, citytwin, command_line, environment, only_json
from tests.support.waiting import until
from twin_app.live.batch import Batch
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.registry import make_feed
from twin_app.live.hub import Hub
from twin_app.live.recording import read_parts
from twin_app.live.values import State
from twin_app.usecases import feed_runs

KEYS = {"source", "messages", "streams", "dropped", "invalid", "seconds"}


def test_what_is_simulated_is_recorded_and_played_again(tmp_path: Path) -> None:
    recording = tmp_path / "a.ctrec"
    arguments = ("--interval", "0.5", "--seconds", "2", "--to", recording, "--json")
    code, out, noise = citytwin("feed", "simulate", "building-operation", *arguments)
    [told] = only_json(out)
    assert (code, noise) == (0, "")
    assert set(told) == KEYS
    assert told["streams"] == 140
    assert told["messages"] >= 3 * 130
    values = [batch for _, batch in read_parts(recording)]
    assert sum(map(len, values)) == told["messages"]
    assert {int(state) for batch in values for state in batch.state} == {State.SIMULATED}
    code, out, _ = citytwin("feed", "replay", recording, "--speed", "100", "--json")
    assert code == 0
    assert only_json(out)[0]["messages"] == told["messages"]


@pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed")
def test_what_is_sent_to_a_broker_comes_back_with_its_stamp(tmp_path: Path) -> None:
    broker, hub, seen = Broker(tmp_path), Hub(), []

    def listen(batch: Batch) -> None:
        seen.extend(batch.state.tolist())

    hub.on_batch.append(listen)
    broker.start()
    try:
        url = f"mqtt://127.0.0.1:{broker.port}/dt/v1/#"
        hub.start("f", make_feed(FeedSpec("f", url)))
        until(lambda: hub.feeds()["f"].state is FeedState.CONNECTED)
        to = f"mqtt://127.0.0.1:{broker.port}/dt/v1/river"
        told = feed_runs.simulate(
            "sensor-fields", {"interval": "0.2"}, to=to, seconds=1.5, language="en", on_status=lambda _: None
        )
        assert told.dropped == 0
        until(lambda: len(seen) == told.messages)
    finally:
        hub.close()
        broker.stop()
    assert set(seen) == {State.SIMULATED}
    assert hub.port("f").counts.invalid == 0  # type: ignore[union-attr]
    keys = {info.key for info in hub.table.infos()}
    assert len(keys) == told.streams
    assert "f/river/S01/traffic.flow" in keys


def test_ctrl_c_ends_a_recording_tidily_with_its_result(tmp_path: Path) -> None:
    source, out = tmp_path / "a.ctsim", tmp_path / "a.ctrec"
    source.write_text('{"streams": [{"id": "t", "model": {"kind": "constant", "value": 1}, "interval_s": 0.1}]}')
    command = command_line("feed", "record", source, out, "--json")
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until(lambda: any(out.glob("part-*.parquet")))
    process.send_signal(signal.SIGINT)
    printed, noise = process.communicate(timeout=30)
    assert (process.returncode, noise) == (0, "")
    told = json.loads(printed)
    assert told["source"] == str(source)
    assert told["messages"] == sum(len(batch) for _, batch in read_parts(out)) > 30


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("record", "mqtt://127.0.0.1:1/x", "{}/a.ctrec", "--seconds", "0.5"), "feed.mqtt_unreachable"),
        (("record", "x.csv", "{}/a.txt"), "feed.record_suffix"),
        (("record", "nothing://x", "{}/a.ctrec"), "live.unknown_feed"),
        (("replay", "{}/none.ctrec"), "feed.recording_unreadable"),
        (("replay", "mqtt://host/x"), "feed.not_played"),
        (("simulate", "nothing"), "indicator.unknown_pack"),
        (("simulate", "{}/none.citytwin"), "project.unreadable"),
        (("simulate", "building-operation", "--seed", "x"), "feed.sim_option"),
        (("simulate", "building-operation", "--to", "mqtt://127.0.0.1:1/dt/v1/x"), "feed.mqtt_unreachable"),
        (("simulate", "building-operation", "--to", "mqtt://127.0.0.1:1/other"), "feed.to_topic"),
        (("simulate", "building-operation", "--to", "https://x/"), "feed.to_unknown"),
        (("simulate", "building-operation", "--seconds", "0"), "cli.bad_arguments"),
        ((), "cli.bad_arguments"),
    ],
)
def test_what_cannot_run_is_told(
    arguments: tuple[str, ...], code: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    from twin_app.cli import run

    given = [one.format(tmp_path) for one in arguments]
    assert run(["feed", *given, "--json"]) == 2
    assert json.loads(capfdbinary.readouterr().out)["error"]["code"] == code
    assert not list(tmp_path.glob("*/part-*"))


def test_nothing_is_recorded_over(tmp_path: Path) -> None:
    (tmp_path / "a.ctrec").mkdir()
    code, out, _ = citytwin("feed", "record", "sim://sensor-fields", tmp_path / "a.ctrec", "--json")
    assert code == 2
    assert only_json(out)[0]["error"]["code"] == "feed.record_exists"
