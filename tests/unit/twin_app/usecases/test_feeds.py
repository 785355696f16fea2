"""Addresses of feeds: what is kept of them, and where passwords go."""

from __future__ import annotations

import pytest

from twin_app.live.feeds.mqtt_address import address_of
from twin_app.live.secrets import password_of
from twin_app.usecases import feed_runs, feeds


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://ann:s%40fe@host:1884/city/#", ("mqtt://host:1884/city/#", "ann", "s@fe")),
        ("mqtt://host/city/+/#", ("mqtt://host/city/+/#", "", "")),
        ("https://ann@host/a?b=c@d#e", ("https://host/a?b=c@d#e", "ann", "")),
        ("wss://a@a@host/x", ("wss://host/x", "a@a", "")),
        ("values.csv", ("values.csv", "", "")),
    ],
)
def test_user_and_password_are_taken_out_and_nothing_else(url: str, expected: tuple[str, str, str]) -> None:
    assert feeds.without_password(url) == expected


def test_a_password_on_the_command_line_is_known_to_the_feed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYTWIN_PASSWORD_FEED", "before")  # put back afterwards
    spec = feed_runs.spec_of("mqtt://ann:secret@host/city/#", feed_runs.FEED)
    address = address_of(spec)
    assert (address.user, address.topic) == ("ann", "city/#")
    assert password_of(feed_runs.FEED) == "secret"
    assert "secret" not in str(spec)
