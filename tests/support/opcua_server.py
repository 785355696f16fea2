"""A real OPC UA server for a test, in a thread of its own: a plant with a few variables, stopped and started again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from asyncua import Server, ua
from asyncua.crypto.permission_rules import User, UserRole

from tests.support.broker import free_port

SPACE = "urn:citytwin:tests"
logging.getLogger("asyncua").propagate = False  # it warns of what these tests mean to do


class Users:
    """Knows one user, and lets nobody in without a name where ``needed``."""

    def __init__(self, needed: bool) -> None:
        self.needed = needed

    def get_user(self, _server: Any, username: str | None = None, password: str | None = None, **_more: Any) -> Any:
        if not self.needed:
            return User(role=UserRole.Admin)
        return User(role=UserRole.User) if (username, password) == ("anna", "geheim") else None


class Plant:
    """``Plant/Line/Power`` with unit and range, ``Plant/Line/Running``; ``Plant/Note``, a text; ``Plant/Many``, a list.

    Calls from the test's thread are carried over into the server's.
    """

    def __init__(self, *, port: int = 0, needs_user: bool = False, extra: int = 0) -> None:
        self.port = port or free_port()
        self._needs_user = needs_user
        self._extra = extra
        self.nodes: dict[str, Any] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="opcua-server")
        self._server: Server | None = None
        self.prepare: Callable[[Server], Awaitable[None]] | None = None

    @property
    def url(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.port}/plant"

    def do(self, what: Awaitable[Any]) -> Any:
        async def done() -> Any:
            return await what

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(20.0)

    def start(self) -> None:
        if not self._thread.is_alive():
            self._thread.start()
        self.do(self._start())

    async def _start(self) -> None:
        self._server = server = Server(user_manager=Users(self._needs_user))
        await server.init()
        server.iserver.aspace._is_expected_variant_type = lambda *_given: True  # hostile servers change types
        server.set_endpoint(self.url)
        server.set_server_name("plant")
        if self.prepare is not None:
            await self.prepare(server)
        else:
            server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await server.register_namespace(SPACE)
        assert space == 2
        plant = await server.nodes.objects.add_object(_id("Plant"), "2:Plant")
        line = await plant.add_object(_id("Line"), "2:Line")
        power = await line.add_variable(_id("Power"), "2:Power", 1.5)
        units = ua.EUInformation()
        units.NamespaceUri = "http://www.opcfoundation.org/UA/units/un/cefact"
        units.UnitId = int.from_bytes(b"KWT", "big")
        units.DisplayName = ua.LocalizedText("kW")
        await power.add_property(0, "EngineeringUnits", units)
        await power.add_property(0, "InstrumentRange", ua.Range(-10.0, 1000.0))
        running = await line.add_variable(_id("Running"), "2:Running", True)
        note = await plant.add_variable(_id("Note"), "2:Note", "hello")
        many = await plant.add_variable(_id("Many"), "2:Many", [1.0, 2.0])
        await line.add_reference(plant, ua.ObjectIds.Organizes)  # round in a circle
        self.nodes = {"Power": power, "Running": running, "Note": note, "Many": many}
        for number in range(self._extra):
            await plant.add_variable(_id(f"X{number}"), f"2:X{number}", float(number))
        await server.start()

    def write(self, name: str, value: Any, status: int = 0, time: datetime | None = None) -> None:
        variant = value if isinstance(value, ua.Variant) else ua.Variant(value)
        told = ua.DataValue(variant, ua.StatusCode(status), time or datetime.now(UTC))
        assert self._server is not None
        self.do(self._server.write_attribute_value(self.nodes[name].nodeid, told))

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            self.do(server.stop())

    def close(self) -> None:
        self.stop()
        if self._thread.is_alive():
            self.do(_end_tasks())  # the library leaves those of sessions that were not closed
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5.0)
        with contextlib.suppress(RuntimeError):
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


async def _end_tasks() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _id(name: str) -> ua.NodeId:
    return ua.NodeId(name, 2)


@contextlib.contextmanager
def plant(**options: Any) -> Iterator[Plant]:
    """A plant that runs."""
    one = Plant(**options)
    try:
        one.start()
        yield one
    finally:
        one.close()
