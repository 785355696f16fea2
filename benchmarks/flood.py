"""A process that publishes at a steady rate: ``python -m benchmarks.flood PORT RATE SECONDS QOS``."""

from __future__ import annotations

import sys
import time

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from twin_app.live.values import now_us, text_of_time

NUM_TOPICS = 10_000
NUM_BYTES = 100
SLICE_S = 0.01
ACKNOWLEDGED_S = 60.0


def payload(number: int, time_text: str) -> bytes:
    """A message of `NUM_BYTES` in our own convention; its value is its number."""
    text = f'{{"v":{number},"t":"{time_text}","q":"good","u":"Cel"'
    return f'{text},"n":"{"x" * (NUM_BYTES - len(text) - 8)}"}}'.encode()


def topic(number: int) -> str:
    """The topic of a message."""
    return f"dt/v1/bench/asset{number % NUM_TOPICS:05d}/value"


def main(port: int, rate: int, seconds: float, qos: int) -> int:
    """Publish, wait until the broker has it, and tell how many messages there were."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-flood", protocol=MQTTv5)
    client.max_inflight_messages_set(2_000)
    client.reconnect_delay_set(1, 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    start_s, sent = time.monotonic(), 0
    last = None
    while (now_s := time.monotonic() - start_s) < seconds:
        time_text = text_of_time(now_us())
        for number in range(sent, min(round(now_s * rate), round(seconds * rate))):
            last = client.publish(topic(number), payload(number, time_text), qos)
            sent = number + 1
        time.sleep(SLICE_S)
    if last is not None and qos:
        last.wait_for_publish(ACKNOWLEDGED_S)
    time.sleep(0.5)
    client.disconnect()
    client.loop_stop()
    return sent


if __name__ == "__main__":
    number, rate, seconds, qos = sys.argv[1:]
    print(main(int(number), int(rate), float(seconds), int(qos)))  # noqa: T201 - read by the measurement
