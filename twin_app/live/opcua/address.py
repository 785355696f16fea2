"""What the address and the options of an OPC UA feed say; nothing here needs the library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec
from twin_app.live.options import number_option, with_query

SCHEME = "opc.tcp"
PORT = 4840
EXAMPLE = "opc.tcp://name@server:4840/path"
OBJECTS = "i=85"  # the folder that everything a server shows lies below (OPC 10000-5, 8.2.4)
INTERVAL_S = 1.0
MOST_VARIABLES = 5_000
POLICIES = ("Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss")
MODES = ("SignAndEncrypt", "Sign")
_OPTIONS = frozenset(
    {"user", "nodes", "below", "most", "interval", "policy", "mode", "certificate", "key", "server_certificate"}
)
_NODE = re.compile(r"(ns=\d{1,5};)?([isgb])=.+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """``nodes`` are the variables that are named, else all below the node ``below`` are taken, ``most`` at most.

    ``policy`` is "" for a connection in the clear; ``certificate`` to ``server_certificate`` are files (PEM or DER).
    """

    url: str
    where: str
    user: str
    nodes: tuple[str, ...]
    below: str
    most: int
    interval_s: float
    policy: str
    mode: str
    certificate: str
    key: str
    server_certificate: str


def address_of(spec: FeedSpec) -> Address:
    """Read a spec; options may stand in the query of its address, nodes apart by ``|``.

    Raises `CityTwinError` ``opcua.bad_address``, ``opcua.bad_option``, ``live.bad_option`` or ``feed.password_in_url``.
    """
    spec = with_query(spec)
    parts = urlsplit(spec.url)
    if parts.password is not None:
        raise CityTwinError("feed.password_in_url", spec.id)
    try:
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        host, port = None, 0
    if parts.scheme.lower() != SCHEME or not host or parts.fragment:
        raise CityTwinError("opcua.bad_address", spec.id, example=EXAMPLE)
    given = spec.options
    for name in given:
        _check(spec, name, name in _OPTIONS)
    nodes = tuple(node.strip() for node in given.get("nodes", "").split("|") if node.strip())
    below = given.get("below", OBJECTS).strip()
    policy, mode = given.get("policy", ""), given.get("mode", MODES[0])
    _check(spec, "nodes", all(map(_NODE.fullmatch, nodes)))
    _check(spec, "below", bool(_NODE.fullmatch(below)))
    _check(spec, "policy", policy in ("", *POLICIES))
    _check(spec, "mode", mode in MODES)
    _check(spec, "certificate", bool(given.get("certificate")) == bool(policy))
    _check(spec, "key", bool(given.get("key")) == bool(policy))
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Address(
        url=f"{SCHEME}://{where}{parts.path}",
        where=where,
        user=unquote(parts.username or "") or given.get("user", ""),
        nodes=nodes,
        below=below,
        most=int(number_option(spec, "most", MOST_VARIABLES)),
        interval_s=number_option(spec, "interval", INTERVAL_S),
        policy=policy,
        mode=mode,
        certificate=given.get("certificate", ""),
        key=given.get("key", ""),
        server_certificate=given.get("server_certificate", ""),
    )


def _check(spec: FeedSpec, name: str, sound: bool) -> None:
    if not sound:
        raise CityTwinError("opcua.bad_option", spec.id, name=name, known=", ".join(sorted(_OPTIONS)))
