"""The time that is looked at, in words and as people type it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from loaders.model.errors import CityTwinError
from twin_app.live.numbers import number_text
from twin_app.live.playback import Mode
from twin_app.live.values import US_PER_S, now_us
from twin_app.services.translations import Translator
from twin_app.usecases.workbench import Workbench

_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?")


def moment_text(time_us: int, now: int | None = None) -> str:
    """``12:03:05`` of today, ``2026-11-24 12:03:05`` of another day; local time."""
    moment = datetime.fromtimestamp(time_us // US_PER_S)
    today = datetime.fromtimestamp((now_us() if now is None else now) // US_PER_S).date()
    return moment.strftime("%H:%M:%S" if moment.date() == today else "%Y-%m-%d %H:%M:%S")


def time_of(text: str, now: int | None = None) -> int:
    """Microseconds since 1970 of a date and time, or of the last time that a clock showed ``12:03``; local time.

    Raises `CityTwinError` ``time.no_time``.
    """
    wanted, now = text.strip(), now_us() if now is None else now
    try:
        clock = _CLOCK.fullmatch(wanted)
        if clock is not None:
            today = datetime.fromtimestamp(now // US_PER_S)
            moment = today.replace(hour=int(clock[1]), minute=int(clock[2]), second=int(clock[3] or 0), microsecond=0)
            moment -= timedelta(days=1 if moment > today else 0)
        else:
            moment = datetime.fromisoformat(wanted)
        return round(moment.timestamp() * US_PER_S)
    except (ValueError, OverflowError, OSError) as error:
        raise CityTwinError("time.no_time", wanted[:40]) from error


def shown_text(workbench: Workbench) -> str:
    """What legends say of the time that their values are of: the clock, or that it stands still, or is played."""
    live = workbench.live
    if live.playback.is_live:
        return datetime.fromtimestamp(live.time_us() // US_PER_S).strftime("%H:%M:%S")
    return held_text(workbench.tr, live.playback.mode, live.time_us(), live.playback.speed)


def held_text(tr: Translator, mode: Mode, time_us: int, speed: float) -> str:
    """``Paused at 12:03:05``, ``Playing 12:03:05 at 10×``."""
    if mode is Mode.PLAYING:
        return tr("time.playing", at=moment_text(time_us), speed=number_text(speed))
    return tr("time.paused", at=moment_text(time_us))
