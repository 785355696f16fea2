"""Values by MQTT 3.1.1 and 5: for the eye (QoS 0) or without a loss (QoS 1 and a session that the broker keeps)."""

from __future__ import annotations

import ssl
import threading
import time
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from loaders.model.errors import CityTwinError, Finding
from twin_app.live.feed import FeedSpec, Lost
from twin_app.live.feeds.mqtt_address import MOST_PACKET_BYTES, Address, address_of
from twin_app.live.mapping import Mapping, mapping_for
from twin_app.live.port import Port
from twin_app.live.rules import Rule, read_rules
from twin_app.live.secrets import Secrets, password_of

CONNECT_S = 5.0
WAIT_S = 0.2
SNAPSHOT_S = 3.0  # without a retained message for so long, the snapshot has ended
# Trying again does not help against these.
_FINAL = {
    "Bad user name or password": "feed.mqtt_password",
    "Not authorized": "feed.mqtt_password",
    "Client identifier not valid": "feed.mqtt_refused",
    "Unsupported protocol version": "feed.mqtt_version",
    "Banned": "feed.mqtt_refused",
    "Bad authentication method": "feed.mqtt_refused",
}


class MqttFeed:
    """One connection to one broker. Messages are acknowledged after the port has them."""

    def __init__(self, address: Address, feed_id: str, rules: tuple[Rule, ...], secrets: Secrets = password_of) -> None:
        self.address = address
        self._feed_id = feed_id
        self._rules = rules
        self._secrets = secrets
        self._mapping: Mapping | None = None
        self._subscribed = False

    def run(self, port: Port, stopped: threading.Event) -> None:
        """As `Feed.run`."""
        self._mapping = mapping_for(port, self._rules, self._mapping)
        talk = _Talk(self.address, port, self._mapping, subscribed=self._subscribed)
        try:
            talk.connect(self._secrets(self._feed_id) if self.address.user else None)
            while not stopped.is_set():
                talk.turn()
                self._subscribed = self._subscribed or talk.subscribed
        finally:
            talk.close()


class _Talk:
    """From one connect to the loss of it."""

    def __init__(self, address: Address, port: Port, mapping: Mapping, *, subscribed: bool) -> None:
        self.subscribed = subscribed
        self._address = address
        self._port = port
        self._mapping = mapping
        self._error: CityTwinError | Lost | None = None
        self._granted = False
        self._num_retained = 0
        self._retained_s = 0.0
        self._snapshot_told = address.expected == 0
        self._client = client_of(address)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def connect(self, password: str | None) -> None:
        """Open the connection; raises `Lost`, or `CityTwinError` where certificates are wrong."""
        address, client = self._address, self._client
        if address.user:
            client.username_pw_set(address.user, password)
        if address.tls:
            client.tls_set_context(tls_context(address))
        extra: dict[str, Any] = {}
        if address.version == "5":
            wanted = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            wanted.MaximumPacketSize = MOST_PACKET_BYTES
            if address.qos:
                wanted.SessionExpiryInterval = address.expiry_s
            extra = {"clean_start": address.qos == 0, "properties": wanted}
        try:
            client.connect(address.host, address.port, address.keepalive_s, **extra)
        except ssl.SSLCertVerificationError as error:
            raise CityTwinError("feed.mqtt_certificate", address.host, detail=error.verify_message) from error
        except (OSError, ValueError) as error:
            raise Lost(CityTwinError("feed.mqtt_unreachable", self._where, detail=str(error))) from error
        self._started_s = time.monotonic()

    @property
    def _where(self) -> str:
        return f"{self._address.host}:{self._address.port}"

    def turn(self) -> None:
        """Take in what comes, for a moment; raises what ended the connection."""
        result = self._client.loop(WAIT_S)
        if self._error is not None:
            raise self._error
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise Lost(CityTwinError("feed.mqtt_lost", self._where))
        if not self._granted and time.monotonic() - self._started_s > 2 * CONNECT_S:
            raise Lost(CityTwinError("feed.mqtt_silent", self._where))
        if self._granted and not self._snapshot_told and time.monotonic() - self._retained_s > SNAPSHOT_S:
            self._tell_snapshot()

    def close(self) -> None:
        """Say goodbye where somebody listens. A session that is to be kept is kept."""
        self._client.disconnect()
        self._client.loop(0.0)

    def _on_connect(
        self, client: Client, _data: Any, flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            said = str(code)
            final = _FINAL.get(said)
            if final == "feed.mqtt_password":
                self._error = CityTwinError("feed.mqtt_password", self._where, user=self._address.user or "-")
            elif final == "feed.mqtt_version":
                self._error = CityTwinError("feed.mqtt_version", self._where, version=self._address.version)
            else:
                error = CityTwinError("feed.mqtt_refused", self._where, detail=said)
                self._error = error if final else Lost(error)
        elif flags.session_present and self.subscribed:
            self._ready()  # subscribing again would send the whole snapshot again, into the queue of what was missed
        else:
            client.subscribe(self._address.topic, self._address.qos)

    def _on_subscribe(
        self, _client: Client, _data: Any, _number: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if any(code.is_failure for code in codes):
            self._error = CityTwinError("feed.mqtt_topic", self._address.topic, detail=str(codes[0]))
        else:
            self._ready()

    def _ready(self) -> None:
        self.subscribed = self._granted = True
        self._retained_s = time.monotonic()
        self._port.connected()

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        if message.retain:
            self._num_retained += 1
            self._retained_s = time.monotonic()
        try:
            topic = message.topic
        except UnicodeDecodeError:
            self._port.message()
            self._port.invalid(CityTwinError("feed.no_rule", self._where))
            return
        self._mapping.take(topic, bytes(message.payload))

    def _tell_snapshot(self) -> None:
        self._snapshot_told = True
        expected = self._address.expected
        if self._num_retained < expected:
            told = {"found": self._num_retained, "expected": expected}
            self._port.findings.append(Finding.warning("feed.mqtt_snapshot", self._where, **told))


def client_of(address: Address) -> Client:
    """A client that says what an address says, not connected yet."""
    fifth = address.version == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=address.client_id,
        clean_session=None if fifth else address.qos == 0,
        protocol=MQTTv5 if fifth else MQTTv311,
    )
    client.connect_timeout = CONNECT_S
    return client


class _Socket(ssl.SSLSocket):
    """Closed where it does not come to terms; the client would leave it open."""

    def do_handshake(self, block: bool = False) -> None:
        """As `ssl.SSLSocket.do_handshake`."""
        try:
            super().do_handshake(block)
        except (OSError, ValueError):
            self.close()
            raise


def tls_context(address: Address) -> ssl.SSLContext:
    """What the options of an address trust and show; raises `CityTwinError` ``feed.mqtt_certificate``."""
    try:
        context = ssl.create_default_context(cafile=address.ca or None)
        context.sslsocket_class = _Socket
        if address.certificate:
            context.load_cert_chain(address.certificate, address.key or None, password="")
    except (OSError, ValueError) as error:
        raise CityTwinError("feed.mqtt_certificate", address.host, detail=str(error)) from error
    return context


def make(spec: FeedSpec) -> MqttFeed:
    """The feed of a spec; raises `CityTwinError` where spec or mapping file are wrong."""
    return MqttFeed(address_of(spec), spec.id, read_rules(spec.mapping))
