"""Which tiles are read, kept and shown: a scheduler over tile trees that knows neither files nor graphics."""

from scenes.streaming.eye import Eye
from scenes.streaming.limits import Limits
from scenes.streaming.sink import Sink
from scenes.streaming.streamer import Streamer

__all__ = ["Eye", "Limits", "Sink", "Streamer"]
