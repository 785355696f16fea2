"""The talk with an OPC UA server, from one connect to the loss of it, in an event loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
import threading
from typing import Any

from asyncua import Client, ua
from asyncua.crypto import security_policies, uacrypto

from loaders.model.errors import CityTwinError, Finding
from twin_app.live.feed import Lost
from twin_app.live.opcua.address import Address
from twin_app.live.opcua.browsing import AT_ONCE, Browsing, Variable
from twin_app.live.opcua.values import observation_of
from twin_app.live.port import Port
from twin_app.live.streams import StreamInfo

ANSWER_S = 5.0
LOOK_S = 0.1
GOODBYE_S = 1.5
SESSION_MS = 600_000
WATCH_S = 5.0  # how often the server is asked whether it still is there
QUEUE = 16  # values of a variable that the server keeps between two messages
SHOWN = 200
_PASSWORD = frozenset({"BadUserAccessDenied", "BadIdentityTokenRejected", "BadIdentityTokenInvalid"})
_SECURITY = ("BadCertificate", "BadSecurity", "BadNonce", "BadApplicationSignature")


class Talk:
    """Of one feed; `run` returns when it is stopped, and raises as `Feed.run` does."""

    def __init__(self, address: Address, port: Port, password: str) -> None:
        self._address = address
        self._port = port
        self._password = password
        self._keys: dict[Any, str] = {}
        self._over: asyncio.Future[str] | None = None

    def run(self, stopped: threading.Event) -> None:
        """Talk until ``stopped``."""
        ears.listen_to(self._port)
        try:
            asyncio.run(self._until(stopped))
        finally:
            ears.forget()

    async def _until(self, stopped: threading.Event) -> None:
        asyncio.get_running_loop().set_exception_handler(_note_stray)
        talking = asyncio.create_task(self._talk())
        while not talking.done() and not stopped.is_set():
            await asyncio.wait({talking}, timeout=LOOK_S)
        if not talking.done():
            talking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await talking

    async def _talk(self) -> None:
        self._over = asyncio.get_running_loop().create_future()
        try:
            client = Client(self._address.url, timeout=ANSWER_S, watchdog_intervall=WATCH_S)
            client.session_timeout = SESSION_MS
            client.connection_lost_callback = self._on_lost
            try:
                await self._connect(client)
                variables = await self._find(client)
                await self._subscribe(client, variables)
                self._port.connected()
                raise Lost(CityTwinError("opcua.lost", self._address.where, reason=await self._over))
            finally:
                await _leave(client)
        except ua.UaError as error:
            raise self._told(error) from error
        except (OSError, TimeoutError) as error:
            raise Lost(self._unreachable(error)) from error
        except (ValueError, IndexError, struct.error) as error:  # what the library makes of rubbish
            raise Lost(CityTwinError("opcua.refused", self._address.where, reason=_words(error))) from error

    async def _connect(self, client: Client) -> None:
        address = self._address
        if address.user:
            client.set_user(address.user)
            client.set_password(self._password)
        if address.policy:
            await self._secure(client)
        await client.connect()
        encrypted = address.policy and address.mode == "SignAndEncrypt"
        if address.user and self._password and not encrypted:
            policy = client.server_policy(ua.UserTokenType.UserName).SecurityPolicyUri
            if policy in ("", None, security_policies.SecurityPolicyNone.URI):
                self._port.findings.append(Finding.warning("opcua.password_in_clear", address.where))

    async def _secure(self, client: Client) -> None:
        address = self._address
        try:
            certificate = await uacrypto.load_certificate(address.certificate)
            client.application_uri = _application_uri(certificate) or client.application_uri
            if address.server_certificate:
                await uacrypto.load_certificate(address.server_certificate)
            await uacrypto.load_private_key(address.key)
        except (OSError, ValueError, TypeError) as error:
            raise CityTwinError("opcua.certificate", address.where, reason=_words(error)) from error
        if not address.server_certificate:
            self._port.findings.append(
                Finding.warning("opcua.server_unproven", address.where, option="server_certificate")
            )
        await client.set_security(
            getattr(security_policies, f"SecurityPolicy{address.policy}"),
            address.certificate,
            address.key,
            server_certificate=address.server_certificate or None,
            mode=getattr(ua.MessageSecurityMode, address.mode),
        )

    async def _find(self, client: Client) -> list[Variable]:
        address, browsing = self._address, Browsing(client)
        if address.nodes:
            return await browsing.named(address.nodes)
        found = await browsing.below(address.below, address.most)
        if browsing.cut:
            told = Finding.warning("opcua.too_many", address.where, most=len(found), option="below")
            self._port.findings.append(told)
        if not found:
            raise Lost(CityTwinError("opcua.nothing", address.where, node=address.below))
        return found

    async def _subscribe(self, client: Client, variables: list[Variable]) -> None:
        interval_ms = 1000.0 * self._address.interval_s
        subscription = await client.create_subscription(interval_ms, self)
        for at in range(0, len(variables), AT_ONCE):
            some = variables[at : at + AT_ONCE]
            infos = [_info(self._port.feed_id, one) for one in some]
            self._port.declare(infos)
            self._keys.update({one.node.nodeid: info.key for one, info in zip(some, infos, strict=True)})
            nodes = [one.node for one in some]
            told = await subscription.subscribe_data_change(nodes, queuesize=QUEUE, sampling_interval=interval_ms)
            refused = [one for one, answer in zip(some, told, strict=True) if isinstance(answer, ua.StatusCode)]
            for one in refused:
                self._port.findings.append(Finding.warning("opcua.not_watched", one.node_id[:SHOWN]))
            if len(refused) == len(variables):
                raise CityTwinError("opcua.no_node", variables[0].node_id[:SHOWN])

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        """Called by the library for every value."""
        self._port.message()
        told = data.monitored_item.Value
        try:
            status = 0 if told.StatusCode is None else told.StatusCode.value
            self._port.put(observation_of(self._keys[node.nodeid], value, status, told.SourceTimestamp))
        except CityTwinError as error:
            self._port.invalid(error)
        except Exception as mistake:  # noqa: BLE001 - the library would log a mistake of ours and go on
            if self._over is not None and not self._over.done():
                self._over.set_exception(mistake)

    def status_change_notification(self, notification: Any) -> None:
        """Called by the library when the server ends the subscription, or goes."""
        self._end(notification.Status.name)

    async def _on_lost(self, error: Exception) -> None:
        self._end(_words(error))

    def _end(self, reason: str) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_result(reason)

    def _told(self, error: ua.UaError) -> CityTwinError | Lost:
        """Final where trying again does not help."""
        address = self._address
        name = ua.StatusCode(error.code).name if isinstance(error, ua.UaStatusCodeError) else ""
        if name in _PASSWORD:
            return CityTwinError("opcua.password", address.where, user=address.user or "-")
        if name.startswith(_SECURITY) or "No matching endpoints" in str(error):
            policy = f"{address.policy}, {address.mode}" if address.policy else "None"
            return CityTwinError("opcua.security", address.where, policy=policy, reason=name or _words(error))
        if name in {"BadNodeIdUnknown", "BadNodeIdInvalid"}:
            return CityTwinError("opcua.no_node", address.nodes[0] if address.nodes else address.below)
        return Lost(CityTwinError("opcua.refused", address.where, reason=name or _words(error)))

    def _unreachable(self, error: Exception) -> CityTwinError:
        return CityTwinError("opcua.unreachable", self._address.where, reason=_words(error))


def _info(feed_id: str, one: Variable) -> StreamInfo:
    return StreamInfo(key=f"{feed_id}/{one.node_id}", name=one.name, unit=one.unit, low=one.low, high=one.high)


def _application_uri(certificate: Any) -> str:
    """The name in a certificate that the client must go by (OPC 10000-6, 6.2.2), "" where there is none."""
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return str(uris[0]) if uris else ""


async def _leave(client: Client) -> None:
    """Say goodbye where somebody listens; nothing is left running."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(client.disconnect(), GOODBYE_S)
    with contextlib.suppress(Exception):
        client.disconnect_socket()


def _words(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:SHOWN]


def _note_stray(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What asyncio would log: errors of the library's tasks that nobody waits for, after a connection went."""
    ears.note("asyncio", str(context.get("exception") or context.get("message", "")))


class _Ears(logging.Handler):
    """The library logs much; its warnings become findings of the feed in whose thread they arise."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._ports: dict[int, Port] = {}

    def listen_to(self, port: Port) -> None:
        """Have what is logged in this thread told to ``port``."""
        self._ports[threading.get_ident()] = port

    def forget(self) -> None:
        """This thread ends."""
        self._ports.pop(threading.get_ident(), None)

    def emit(self, record: logging.LogRecord) -> None:
        """As `logging.Handler`."""
        self.note(record.name, record.getMessage())

    def note(self, who: str, text: str) -> None:
        """Tell the port of this thread, if there is one."""
        port = self._ports.get(threading.get_ident())
        if port is not None:
            port.findings.append(Finding.info("opcua.library", who, text=text[:SHOWN]))


ears = _Ears()
_library = logging.getLogger("asyncua")
_library.addHandler(ears)
_library.propagate = False
