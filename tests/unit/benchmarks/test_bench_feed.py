"""The measurement of the MQTT feed, made short."""

from __future__ import annotations

import json

import pytest

from benchmarks import feed, flood
from benchmarks.broker import MOSQUITTO
from loaders.model.errors import CityTwinError


def test_a_message_has_the_size_that_is_told_and_its_number() -> None:
    for number in (0, 7, 9_999_999):
        message = flood.payload(number, "2026-11-23T12:00:00.000Z")
        assert len(message) == flood.NUM_BYTES
        assert json.loads(message)["v"] == number


@pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed")
def test_nothing_is_lost_at_a_low_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    short = {"RATE": 500, "SECONDS": 1.0, "RESTART_RATE": 300, "RESTART_SECONDS": 2.0, "RESTART_AT_S": 0.7}
    for name, value in short.items():
        monkeypatch.setattr(feed, name, value)
    told = feed.run(runs=1)
    assert told["sent"] > 400
    assert (told["lost"], told["bare_lost"]) == (0, 0)
    assert told["restart"]["sent"] > 500
    assert told["restart"]["lost"] == 0
    assert told["ours"] > 0.0 < told["theirs"]["bare paho"]


def test_a_missing_broker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.broker.MOSQUITTO", None)
    with pytest.raises(CityTwinError, match="no_broker"):
        feed.run(runs=1)
