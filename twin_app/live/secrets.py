"""Passwords of feeds: in the system's keyring, or in an environment variable; never in a project."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable

from loaders.model.errors import CityTwinError

SERVICE = "citytwin"
Secrets = Callable[[str], str]  # from the id of a feed to its password, "" where there is none
VARIABLE = "CITYTWIN_PASSWORD_"


def password_of(feed_id: str) -> str:
    """The password kept for a feed, "" for none.

    ``CITYTWIN_PASSWORD_<ID>`` comes first, for machines without a keyring. Raises `CityTwinError`
    ``secrets.no_keyring`` where the system has none that answers.
    """
    given = os.environ.get(VARIABLE + re.sub(r"\W", "_", feed_id).upper())
    if given is not None:
        return given
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, feed_id) or ""
    except KeyringError as error:
        raise CityTwinError("secrets.no_keyring", feed_id, reason=str(error)) from error


def keep_password(feed_id: str, password: str) -> None:
    """Keep it, or with "" forget it; raises as `password_of` does."""
    import keyring
    from keyring.errors import KeyringError, PasswordDeleteError

    try:
        if password:
            keyring.set_password(SERVICE, feed_id, password)
        else:
            with contextlib.suppress(PasswordDeleteError):  # there was none
                keyring.delete_password(SERVICE, feed_id)
    except KeyringError as error:
        raise CityTwinError("secrets.no_keyring", feed_id, reason=str(error)) from error
