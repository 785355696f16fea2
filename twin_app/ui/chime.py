"""Alarms by ear: a tone when one is raised, and again while the most urgent ones wait for somebody."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTimer
from PySide6.QtWidgets import QApplication

from twin_app.live.alarms.model import Kind, Transition
from twin_app.live.alarms.station import HIDDEN, UNACKNOWLEDGED, Standing
from twin_app.services.files import write_atomically
from twin_app.services.paths import data_folder
from twin_app.services.tones import wav_of
from twin_app.ui.context import UiContext

SETTING = "live.alarm_sound"
# Programs that play a WAV file, as systems have them; a bell where there is none.
PLAYERS = (("pw-play",), ("paplay",), ("aplay", "-q"), ("afplay",))
LEAST_GAP_S = 2.0  # in a flood, too, there is one tone at a time
AGAIN_MS = 10_000
URGENT = 2  # priorities up to this sound again until somebody acknowledges


class Chime(QObject):
    """Silent unless the user switched sound on."""

    def __init__(self, context: UiContext, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = context.workbench
        self._process = QProcess(self)
        self._played_s = -LEAST_GAP_S
        self._timer = QTimer(self)
        self._timer.setInterval(AGAIN_MS)
        self._timer.timeout.connect(self._again)
        self._workbench.live.alarms.told.connect(self._hear)
        self._workbench.settings.changed.connect(self._on_setting)

    def _hear(self, told: Sequence[Transition]) -> None:
        if not self._workbench.settings.get(SETTING):
            return
        raised = {one.alarm for one in told if one.kind is Kind.RAISED and one.mode == 0}
        priorities = [one.rule.priority for one in self._standing() if one.rule.id in raised]
        if priorities:
            self._play(min(priorities))
            self._timer.start()

    def _standing(self) -> list[Standing]:
        return [one for one in self._workbench.live.alarms.standing() if one.state not in HIDDEN]

    def _again(self) -> None:
        waiting = [one.rule.priority for one in self._standing() if one.state in UNACKNOWLEDGED]
        urgent = [priority for priority in waiting if priority <= URGENT]
        if urgent and self._workbench.settings.get(SETTING):
            self._play(min(urgent))
        else:
            self._timer.stop()

    def _on_setting(self, key: str, value: object) -> None:
        if key == SETTING and not value:
            self._timer.stop()
            self._process.kill()

    def _play(self, priority: int) -> None:
        if time.monotonic() - self._played_s < LEAST_GAP_S:
            return
        self._played_s = time.monotonic()
        play(self._process, _file(priority))

    def stop(self) -> None:
        """The window goes."""
        self._workbench.live.alarms.told.disconnect(self._hear)
        self._workbench.settings.changed.disconnect(self._on_setting)
        self._timer.stop()
        self._process.kill()
        self._process.waitForFinished(1000)


def play(process: QProcess, file: Path) -> None:
    """Play a WAV file by what the system has for it."""
    if sys.platform == "win32":
        import winsound

        winsound.PlaySound(str(file), winsound.SND_FILENAME | winsound.SND_ASYNC)
        return
    found = next((player for player in PLAYERS if shutil.which(player[0])), None)
    if found is None:
        QApplication.beep()
    elif process.state() is QProcess.ProcessState.NotRunning:
        process.start(found[0], [*found[1:], str(file)])


def _file(priority: int) -> Path:
    file = data_folder() / "sounds" / f"alarm-{priority}.wav"
    if not file.is_file():
        write_atomically(file, wav_of(priority))
    return file
