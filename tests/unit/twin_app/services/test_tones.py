"""Tones of alarms: what a WAV reader finds in them."""

import io
import wave

import numpy as np
import pytest

from twin_app.services.tones import PITCHES_HZ, PULSE_S, wav_of


@pytest.mark.parametrize("priority", [1, 2, 3, 4, 9])
def test_each_pulse_has_its_pitch_and_nothing_clicks(priority: int) -> None:
    with wave.open(io.BytesIO(wav_of(priority))) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_768
    pitches_hz = PITCHES_HZ.get(priority, PITCHES_HZ[4])
    assert np.abs(samples).max() < 0.5
    assert np.abs(np.diff(samples)).max() < 0.2
    step = len(samples) // len(pitches_hz)
    for at, pitch_hz in enumerate(pitches_hz):
        pulse = samples[at * step : at * step + round(PULSE_S * rate)]
        strongest_hz = np.argmax(np.abs(np.fft.rfft(pulse, 1 << 16))) * rate / (1 << 16)
        assert strongest_hz == pytest.approx(pitch_hz, rel=0.02)
