"""Short tones for alarms: the more urgent, the more pulses and the higher, so that they are told apart by ear."""

from __future__ import annotations

import io
import wave

import numpy as np

RATE_HZ = 22_050
PULSE_S, PAUSE_S, EDGE_S = 0.14, 0.09, 0.012
LOUDNESS = 0.35
# By the priority of an alarm, 1 first; the pitches of the pulses in hertz.
PITCHES_HZ: dict[int, tuple[float, ...]] = {
    1: (988.0, 1319.0, 988.0, 1319.0),
    2: (784.0, 988.0),
    3: (659.0,),
    4: (523.0,),
}


def wav_of(priority: int) -> bytes:
    """A WAV file, mono, 16 bit; what is less urgent than all that is known sounds like the last."""
    pulses = [_pulse(pitch_hz) for pitch_hz in PITCHES_HZ.get(priority, PITCHES_HZ[4])]
    samples = np.concatenate([np.concatenate([pulse, np.zeros(round(PAUSE_S * RATE_HZ))]) for pulse in pulses])
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes((samples * 32_767).astype("<i2").tobytes())
    return file.getvalue()


def _pulse(pitch_hz: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A tone with its octave, swelling and fading: an edge would click."""
    time_s = np.arange(round(PULSE_S * RATE_HZ)) / RATE_HZ
    tone = np.sin(2 * np.pi * pitch_hz * time_s) + 0.3 * np.sin(4 * np.pi * pitch_hz * time_s)
    edge = np.clip(np.minimum(time_s, time_s[-1] - time_s) / EDGE_S, 0.0, 1.0)
    swelling: np.ndarray[tuple[int], np.dtype[np.float64]] = LOUDNESS / 1.3 * tone * edge
    return swelling
