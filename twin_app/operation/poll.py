"""Events from another system, asked for again and again by HTTP: a loop like a feed's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from loaders.model.errors import CityTwinError, Finding
from twin_app.live.feed import Lost
from twin_app.operation.exchange import MOST_BYTES, from_csv, from_geojson
from twin_app.operation.model import Step
from twin_app.operation.records import Reader
from twin_app.operation.store import EventStore

TIMEOUT_S = 20.0
SHORTEST_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class Polled:
    """What one question brought: ``new`` events; ``unchanged`` where the other side says that nothing is new."""

    new: int
    findings: tuple[Finding, ...] = ()
    unchanged: bool = False


class EventPoll:
    """Asks ``url`` for GeoJSON or CSV every ``interval_s`` and reports to ``store`` what it does not know yet."""

    def __init__(
        self,
        url: str,
        store: EventStore,
        reader: Reader,
        *,
        interval_s: float = 30.0,
        auth: tuple[str, str] | None = None,
        client: httpx.Client | None = None,
    ) -> None:
        self._url = url
        self._store = store
        self._reader = reader
        self._interval_s = max(interval_s, SHORTEST_INTERVAL_S)
        # Where it is sent on to another host, the password does not go along.
        made = httpx.Client(timeout=TIMEOUT_S, follow_redirects=True, auth=auth) if client is None else client
        self._client = made
        self._tag = ""

    def run(self, told: Callable[[Polled], None], stopped: threading.Event) -> None:
        """Ask until ``stopped``; raises `Lost` where asking again may help, `CityTwinError` where it would not."""
        while not stopped.is_set():
            told(self.ask())
            stopped.wait(self._interval_s)

    def ask(self) -> Polled:
        """Ask once; raises as `run` does."""
        data, kind, tag = self._got()
        if data is None:
            return Polled(0, unchanged=True)
        read = from_csv if "csv" in kind else from_geojson
        known = [event.id for event in self._store.events()]
        steps, findings = read(data, self._reader, known)
        self._report(steps)
        self._tag = tag  # only now: what could not be kept is asked for again
        return Polled(len(steps), tuple(one for one in findings if one.code != "event.known_already"))

    def _report(self, steps: list[Step]) -> None:
        if steps:
            self._store.take_all(steps)

    def _got(self) -> tuple[bytes | None, str, str]:
        headers = {"If-None-Match": self._tag} if self._tag else {}
        try:
            with self._client.stream("GET", self._url, headers=headers) as answer:
                if answer.status_code == httpx.codes.NOT_MODIFIED:
                    return None, "", self._tag
                self._judge(answer.status_code)
                return self._body(answer), answer.headers.get("content-type", ""), answer.headers.get("etag", "")
        except httpx.InvalidURL as error:
            raise CityTwinError("event.poll_failed", self._url, detail=str(error)) from error
        except httpx.HTTPError as error:
            detail = f"{type(error).__name__}: {error}"
            raise Lost(CityTwinError("event.poll_failed", self._url, detail=detail)) from error

    def _judge(self, status: int) -> None:
        if httpx.codes.is_success(status):
            return
        error = CityTwinError("event.poll_failed", self._url, detail=f"HTTP {status}")
        passing = status >= 500 or status in {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS}
        raise Lost(error) if passing else error

    def _body(self, answer: httpx.Response) -> bytes:
        data = bytearray()
        for part in answer.iter_bytes():
            data += part
            if len(data) > MOST_BYTES:
                raise CityTwinError("event.poll_failed", self._url, detail=f"> {MOST_BYTES} B")
        return bytes(data)
