"""The MQTT feed under load: a real broker, 10 000 topics, 100 bytes of JSON; what is lost, and what a message costs.

Beside it a bare client that decodes each message and keeps the latest value in a dictionary.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.broker import Broker, flooding, running
from benchmarks.flood import NUM_BYTES, NUM_TOPICS
from benchmarks.open import machine
from twin_app.live.batch import Batch
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.registry import make_feed
from twin_app.live.hub import Hub
from twin_app.live.recent import Recent

RATE, SECONDS = 10_000, 20.0  # QoS 0, each run
RESTART_RATE, RESTART_SECONDS, RESTART_AT_S = 3_000, 10.0, 4.0  # QoS 1, once
QUIET_S = 1.5
TOPIC = "dt/v1/bench/#"


def run(runs: int = 3) -> dict[str, Any]:
    """Microseconds of CPU time a message, of the feed with hub, table and recent values; losses of all runs."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as broker:
        ours = [_feed(broker) for _ in range(runs)]
        bare = [_bare(broker) for _ in range(runs)]
        restart = _over_a_restart(broker)
    ours_us, bare_us = (float(np.median([one["cpu_us"] for one in many])) for many in (ours, bare))
    return {
        "bench": "feed",
        "unit": "µs CPU a message",
        "ours": ours_us,
        "theirs": {"bare paho": bare_us},
        "ratio": bare_us / ours_us,
        "runs": runs,
        "topics": NUM_TOPICS,
        "bytes": NUM_BYTES,
        "rate": RATE,
        "seconds": runs * SECONDS,
        "sent": sum(one["sent"] for one in ours),
        "lost": sum(one["lost"] for one in ours),
        "bare_lost": sum(one["lost"] for one in bare),
        "cores": max(one["cores"] for one in ours),
        "restart": restart,
        "machine": machine(),
    }


def _feed(broker: Broker) -> dict[str, float]:
    hub, recent = Hub(), Recent()
    hub.on_batch.append(recent.take)
    _start(hub, broker, "0")
    port = hub.port("f")
    try:
        return _flooded(broker, lambda: 0 if port is None else port.counts.messages - port.counts.dropped)
    finally:
        hub.close()


def _bare(broker: Broker) -> dict[str, float]:
    latest: dict[str, float] = {}
    came = [0]

    def on_message(_client: Client, _data: Any, message: Any) -> None:
        came[0] += 1
        latest[message.topic] = msgspec.json.decode(message.payload)["v"]

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.on_message = on_message
    client.connect("127.0.0.1", broker.port)
    client.subscribe(TOPIC, 0)
    client.loop_start()
    try:
        return _flooded(broker, lambda: came[0])
    finally:
        client.disconnect()
        client.loop_stop()


def _start(hub: Hub, broker: Broker, qos: str) -> None:
    connected = threading.Event()

    def note(_feed_id: str, status: Any) -> None:
        if status.state is FeedState.CONNECTED:
            connected.set()

    hub.status_changed.connect(note)
    hub.start("f", make_feed(FeedSpec("f", f"mqtt://127.0.0.1:{broker.port}/{TOPIC}", options={"qos": qos})))
    connected.wait(10.0)


def _flooded(broker: Broker, received: Callable[[], int]) -> dict[str, float]:
    begin_s, start_s = time.process_time(), time.monotonic()
    with flooding(broker.port, RATE, SECONDS, 0) as process:
        sent = int(process.communicate()[0])
    _quiet(received)
    cpu_s = time.process_time() - begin_s
    came = received()
    return {
        "cpu_us": 1e6 * cpu_s / max(1, came),
        "sent": sent,
        "lost": sent - came,
        "cores": cpu_s / (time.monotonic() - start_s),
    }


def _quiet(received: Callable[[], int]) -> None:
    """Wait until nothing more comes."""
    before, since_s = received(), time.monotonic()
    while time.monotonic() - since_s < QUIET_S:
        time.sleep(0.05)
        if (now := received()) != before:
            before, since_s = now, time.monotonic()


def _over_a_restart(broker: Broker) -> dict[str, Any]:
    """QoS 1 while the broker ends and comes back; each message's value is its number, so that each can be missed."""
    seen: set[float] = set()

    def listen(batch: Batch) -> None:
        seen.update(batch.values.tolist())

    hub = Hub()
    hub.on_batch.append(listen)
    _start(hub, broker, "1")
    with flooding(broker.port, RESTART_RATE, RESTART_SECONDS, 1) as process:
        time.sleep(RESTART_AT_S)
        broker.stop()
        time.sleep(0.5)
        broker.start()
        sent = int(process.communicate()[0])
    _quiet(lambda: len(seen))
    hub.close()
    return {"rate": RESTART_RATE, "qos": 1, "sent": sent, "lost": sent - len(seen)}
