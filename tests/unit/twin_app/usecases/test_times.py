"""Times as people type and read them."""

from __future__ import annotations

from datetime import datetime

import pytest

from loaders.model.errors import CityTwinError
from twin_app.live.playback import Mode
from twin_app.live.values import US_PER_S
from twin_app.services.translations import Translator
from twin_app.usecases.times import held_text, moment_text, time_of

NOW = datetime(2026, 11, 25, 12, 0, 0)
NOW_US = round(NOW.timestamp() * US_PER_S)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("11:30", datetime(2026, 11, 25, 11, 30)),
        ("12:00:01", datetime(2026, 11, 24, 12, 0, 1)),  # not yet today: it was yesterday
        ("8：05：30", datetime(2026, 11, 25, 8, 5, 30)),
        ("2026-11-24 08:30", datetime(2026, 11, 24, 8, 30)),
        (" 2026-11-24T08:30:15 ", datetime(2026, 11, 24, 8, 30, 15)),
    ],
)
def test_a_time_is_understood(text: str, wanted: datetime) -> None:
    assert time_of(text, NOW_US) == round(wanted.timestamp() * US_PER_S)


def test_a_zone_counts() -> None:
    assert time_of("2026-11-24T08:30:00+00:00", NOW_US) == 1795509000 * US_PER_S


@pytest.mark.parametrize("text", ["", "soon", "25:00", "12:61", "2026-13-01", "9" * 50])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(CityTwinError) as caught:
        time_of(text, NOW_US)
    assert caught.value.code == "time.no_time"


def test_a_moment_names_its_day_unless_it_is_today() -> None:
    assert moment_text(NOW_US, NOW_US) == "12:00:00"
    assert moment_text(NOW_US - 86_400 * US_PER_S, NOW_US) == "2026-11-24 12:00:00"


def test_what_is_held_says_how() -> None:
    tr = Translator("en")
    assert held_text(tr, Mode.PAUSED, 0, 1.0).startswith("Paused at 1970-01-01 ")
    assert held_text(tr, Mode.PLAYING, 0, 60.0).endswith(" at 60×")
