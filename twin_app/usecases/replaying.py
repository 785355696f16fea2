"""A recording that plays: gone to another place of it, faster or slower, again and again."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedState
from twin_app.live.feeds.replay import ReplayFeed
from twin_app.live.recording import span_us
from twin_app.live.values import US_PER_S
from twin_app.usecases.feeds import chosen
from twin_app.usecases.workbench import Workbench

FASTEST = 100_000.0
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*[%％]")
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?")


def played(workbench: Workbench) -> ReplayFeed | None:
    """The recording that is chosen in the live panel, while it plays."""
    feed = workbench.live.feed(workbench.current_feed_id)
    is_over = workbench.live.status(workbench.current_feed_id).state is FeedState.ENDED
    return feed if isinstance(feed, ReplayFeed) and not is_over else None


def go(workbench: Workbench, text: str) -> None:
    """Go on from ``50 %`` of it, or from a time within it. Raises `CityTwinError` ``time.…``."""
    feed = _playing(workbench)
    if not feed.shifted:
        raise CityTwinError("time.original", str(feed.folder))  # what is older replaces nothing newer
    first_us, last_us = span_us(feed.folder)
    at_us = _place(text.strip(), first_us, last_us)
    if not first_us <= at_us <= last_us:
        told = [datetime.fromtimestamp(one // US_PER_S).strftime("%Y-%m-%d %H:%M:%S") for one in (first_us, last_us)]
        raise CityTwinError("time.outside", text[:40], begin=told[0], end=told[1])
    feed.seek(at_us)


def _place(text: str, first_us: int, last_us: int) -> int:
    share, clock = _PERCENT.fullmatch(text), _CLOCK.fullmatch(text)
    if share is not None:
        return first_us + round((last_us - first_us) * float(share[1]) / 100.0)
    try:
        if clock is None:
            return round(datetime.fromisoformat(text).timestamp() * US_PER_S)
        day = datetime.fromtimestamp(first_us // US_PER_S)
        moment = day.replace(hour=int(clock[1]), minute=int(clock[2]), second=int(clock[3] or 0), microsecond=0)
        at_us = round(moment.timestamp() * US_PER_S)
        return at_us if at_us >= first_us - US_PER_S else at_us + 86_400 * US_PER_S  # it runs past midnight
    except (ValueError, OverflowError, OSError) as error:
        raise CityTwinError("time.no_place", text[:40]) from error


def play_at(workbench: Workbench, text: str) -> None:
    """Another speed, as ``10``; kept in the project. Raises `CityTwinError` ``time.no_speed``."""
    feed = _playing(workbench)
    try:
        speed = float(text.strip().rstrip("×x"))
    except ValueError:
        speed = 0.0
    if not 0.0 < speed <= FASTEST:
        raise CityTwinError("time.no_speed", text[:40])
    feed.play_at(speed)
    _keep(workbench, "speed", f"{speed:g}")


def switch_loop(workbench: Workbench) -> None:
    """Play it again and again, or to its end; kept in the project."""
    feed = _playing(workbench)
    if not feed.shifted:
        raise CityTwinError("time.original", str(feed.folder))
    feed.loop = not feed.loop
    _keep(workbench, "loop", "yes" if feed.loop else "no")


def _playing(workbench: Workbench) -> ReplayFeed:
    feed = played(workbench)
    if feed is None:
        raise CityTwinError("time.none_played", "")
    return feed


def _keep(workbench: Workbench, name: str, value: str) -> None:
    spec = chosen(workbench)
    workbench.live.note(msgspec.structs.replace(spec, options={**spec.options, name: value}))
    workbench.project.touch()
