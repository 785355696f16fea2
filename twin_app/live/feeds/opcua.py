"""Values of an OPC UA server by subscription. The library is an extra: ``citytwin[opcua]``."""

from __future__ import annotations

import importlib.util
import threading

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec
from twin_app.live.opcua.address import Address, address_of
from twin_app.live.port import Port
from twin_app.live.secrets import Secrets, password_of

LIBRARY = "asyncua"


class OpcUa:
    """One session with one server; the address's options are those of `twin_app.live.opcua.address`."""

    def __init__(self, address: Address, feed_id: str, secrets: Secrets = password_of) -> None:
        self.address = address
        self._feed_id = feed_id
        self._secrets = secrets

    def run(self, port: Port, stopped: threading.Event) -> None:
        """As `Feed.run`."""
        from twin_app.live.opcua.talk import Talk

        password = self._secrets(self._feed_id) if self.address.user else ""
        Talk(self.address, port, password).run(stopped)


def make(spec: FeedSpec) -> OpcUa:
    """The feed of a spec; raises `CityTwinError` ``opcua.not_installed``, or where the spec is wrong."""
    if importlib.util.find_spec(LIBRARY) is None:
        raise CityTwinError("opcua.not_installed", spec.id, command="pip install citytwin[opcua]")
    return OpcUa(address_of(spec), spec.id)
