"""Passwords of feeds: in the system's keyring, never in a project."""

from __future__ import annotations

from collections.abc import Callable

from loaders.model.errors import CityTwinError

SERVICE = "citytwin"
Secrets = Callable[[str], str | None]  # from the id of a feed to its password, None where there is none


def password_of(feed_id: str) -> str | None:
    """The password that the keyring holds for a feed; raises `CityTwinError` ``feed.keyring`` where there is none."""
    import keyring
    from keyring.errors import KeyringError

    try:
        found: str | None = keyring.get_password(SERVICE, feed_id)
    except KeyringError as error:
        raise CityTwinError("feed.keyring", feed_id, detail=str(error) or type(error).__name__) from error
    return found


def keep_password(feed_id: str, password: str) -> None:
    """Put a feed's password into the keyring; raises as `password_of` does."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, feed_id, password)
    except KeyringError as error:
        raise CityTwinError("feed.keyring", feed_id, detail=str(error) or type(error).__name__) from error
