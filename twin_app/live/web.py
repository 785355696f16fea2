"""JSON from web servers, politely and with limits: sizes, times, and no host but the one the user named."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec, Lost
from twin_app.live.secrets import password_of

TIMEOUT_S = 15.0
MOST_BYTES = 64_000_000
MOST_REDIRECTS = 5
_TRY_AGAIN = frozenset({408, 425, 429, *range(500, 600)})


class Web:
    """GETs of one host over one connection. ``auth`` is user and password; ``ca_file`` trusts one more authority.

    What comes from another host than ``base_url``'s is refused, redirects and next pages, too. Not for several threads.
    """

    def __init__(self, base_url: str, *, auth: tuple[str, str] | None = None, ca_file: str = "") -> None:
        self.base_url = base_url
        self._host = _host(base_url)
        if self._host[1] == "":
            raise CityTwinError("web.bad_url", base_url)
        self._tags: dict[str, tuple[str, Any]] = {}
        self._client = httpx.Client(
            timeout=TIMEOUT_S, auth=auth, verify=trust(ca_file), headers={"Accept": "application/json"}
        )

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._client.close()

    def json(self, url: str, params: Mapping[str, str] | None = None) -> Any:
        """What lies there; what has not changed since the last time is not sent again (ETag).

        Raises `Lost` where trying again may help, else `CityTwinError` ``web.…``.
        """
        target = str(httpx.URL(urljoin(self.base_url, url)).copy_merge_params(dict(params or {})))
        for _ in range(MOST_REDIRECTS):
            if _host(target) != self._host:
                raise CityTwinError("web.other_host", target, host=urlsplit(target).netloc)
            answer, where = self._once(target)
            if where is None:
                return answer
            target = urljoin(target, where)
        raise CityTwinError("web.redirects", target)

    def _once(self, url: str) -> tuple[Any, str | None]:
        """The answer, or where to look instead."""
        tag, known = self._tags.get(url, ("", None))
        headers = {"If-None-Match": tag} if tag else {}
        try:
            with self._client.stream("GET", url, headers=headers) as response:
                if response.status_code == 304:
                    return known, None
                if response.has_redirect_location:
                    return None, response.headers["location"]
                _check(response, url)
                value = _decoded(_body(response, url), url)
                if "etag" in response.headers:
                    self._tags = {url: (response.headers["etag"], value)}  # one: pages do not come again
                return value, None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Lost(CityTwinError("web.unreachable", url, host=self._host[1], reason=_words(error))) from error


def web_of(spec: FeedSpec, base_url: str) -> Web:
    """To the server of a feed, as its options ``user`` and ``ca`` say; the password is the keyring's."""
    user = spec.options.get("user", "")
    return Web(base_url, auth=(user, password_of(spec.id)) if user else None, ca_file=spec.options.get("ca", ""))


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2].lower()


def trust(ca_file: str) -> ssl.SSLContext:
    """The system's authorities and one more; raises `CityTwinError` ``web.bad_ca``."""
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(Path(ca_file))
        except (OSError, ssl.SSLError) as error:
            raise CityTwinError("web.bad_ca", ca_file, reason=str(error)) from error
    return context


def _check(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status in (401, 403):
        raise CityTwinError("web.denied", url, status=status)
    if status in _TRY_AGAIN:
        raise Lost(CityTwinError("web.busy", url, status=status))
    if status >= 400:
        raise CityTwinError("web.refused", url, status=status)


def _body(response: httpx.Response, url: str) -> bytes:
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > MOST_BYTES:
            raise CityTwinError("web.too_large", url, megabytes=MOST_BYTES // 1_000_000)
        parts.append(part)
    return b"".join(parts)


def _decoded(body: bytes, url: str) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise CityTwinError("web.not_json", url, reason=str(error)[:200]) from error


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
