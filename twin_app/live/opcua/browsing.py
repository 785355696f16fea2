"""Which variables a server has: those named, or all below a node, with their names, units and bounds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from asyncua import Client, ua

from loaders.model.errors import CityTwinError
from twin_app.live.opcua.values import unit_of

AT_ONCE = 100  # nodes in one request: small servers refuse more
MOST_NODES = 50_000
MOST_LEVELS = 20
MOST_PAGES = 1_000
_SERVER = ua.NodeId(ua.ObjectIds.Server)
_HAS_PROPERTY = ua.NodeId(ua.ObjectIds.HasProperty)
_NUMBERS = frozenset(
    {ua.VariantType.Boolean, ua.VariantType.SByte, ua.VariantType.Byte, ua.VariantType.Int16, ua.VariantType.UInt16}
    | {ua.VariantType.Int32, ua.VariantType.UInt32, ua.VariantType.Int64, ua.VariantType.UInt64}
    | {ua.VariantType.Float, ua.VariantType.Double}
)
# Number, Integer, UInteger and Enumeration stand above the types of numbers (OPC 10000-5, 12.2).
_NUMBER_TYPES = frozenset({kind.value for kind in _NUMBERS} | {26, 27, 28, 29})


@dataclass(slots=True)
class Variable:
    """``names`` are those of the way to it; ``low`` and ``high`` are what its instrument can measure."""

    node: Any
    names: tuple[str, ...]
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    properties: dict[str, Any] = field(default_factory=dict)  # browse name -> node

    @property
    def node_id(self) -> str:
        """As a mapping or an option writes it."""
        return str(self.node.nodeid.to_string())

    @property
    def name(self) -> str:
        """The last two names of the way to it."""
        return " · ".join(self.names[-2:]) or self.node_id


class Browsing:
    """Of one connection. ``cut`` tells afterwards that there was more than was looked at."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.cut = False

    async def named(self, node_ids: Sequence[str]) -> list[Variable]:
        """The variables of these ids, whatever they hold; raises `CityTwinError` ``opcua.bad_node``."""
        nodes = [self._node(node_id) for node_id in node_ids]
        names = await self._read(nodes, ua.AttributeIds.DisplayName)
        found = [Variable(node, (_text(name),) if _text(name) else ()) for node, name in zip(nodes, names, strict=True)]
        for variable, references in await self._below(found):
            _note_properties(variable, references, self._client)
        await self._describe(found)
        return found

    async def below(self, node_id: str, most: int) -> list[Variable]:
        """The variables that hold one number each, nearest first; raises `CityTwinError` ``opcua.bad_node``."""
        level = [Variable(self._node(node_id), ())]
        seen, found = {level[0].node.nodeid, _SERVER}, list[Variable]()
        for _ in range(MOST_LEVELS):
            deeper: list[Variable] = []
            for parent, references in await self._below(level):
                _note_properties(parent, references, self._client)
                for child, is_variable in self._children(parent, references):
                    if child.node.nodeid not in seen and len(seen) < MOST_NODES:
                        seen.add(child.node.nodeid)
                        deeper.append(child)
                        found += [child] if is_variable else []
            level = deeper
            if not level:
                break
        self.cut = bool(level) or len(seen) >= MOST_NODES
        numbers = await self._only_numbers(found)
        self.cut = self.cut or len(numbers) > most
        await self._describe(numbers[:most])
        return numbers[:most]

    def _node(self, node_id: str) -> Any:
        try:
            return self._client.get_node(ua.NodeId.from_string(node_id))
        except ua.UaError as error:
            raise CityTwinError("opcua.bad_node", node_id[:200], example="ns=2;s=Name") from error

    def _children(self, parent: Variable, references: Iterable[Any]) -> Iterator[tuple[Variable, bool]]:
        for one in references:
            is_variable = one.NodeClass == ua.NodeClass.Variable
            if _is_child(one):
                name = (one.DisplayName.Text or one.BrowseName.Name or "")[:200]
                yield Variable(self._client.get_node(_local(one.NodeId)), (*parent.names, name)), is_variable

    async def _below(self, parents: Sequence[Variable]) -> list[tuple[Variable, list[Any]]]:
        found = []
        for some in _groups(parents):
            parameters = ua.BrowseParameters()
            parameters.NodesToBrowse = [_question(one.node.nodeid) for one in some]
            for parent, result in zip(some, await self._client.uaclient.browse(parameters), strict=True):
                found.append((parent, await self._all(result)))
        return found

    async def _all(self, result: Any) -> list[Any]:
        references = list(result.References or ())
        for _ in range(MOST_PAGES):
            if not result.ContinuationPoint or len(references) >= MOST_NODES:
                break
            parameters = ua.BrowseNextParameters()
            parameters.ContinuationPoints = [result.ContinuationPoint]
            result = (await self._client.uaclient.browse_next(parameters))[0]
            references += result.References or ()
        return references

    async def _only_numbers(self, variables: Sequence[Variable]) -> list[Variable]:
        nodes = [one.node for one in variables]
        values = await self._read(nodes, ua.AttributeIds.Value)
        kinds = await self._read(nodes, ua.AttributeIds.DataType)
        return [one for one, value, kind in zip(variables, values, kinds, strict=True) if _is_number(value, kind)]

    async def _describe(self, variables: Sequence[Variable]) -> None:
        for name in ("EngineeringUnits", "InstrumentRange"):
            having = [one for one in variables if name in one.properties]
            values = await self._read([one.properties[name] for one in having], ua.AttributeIds.Value)
            for one, told in zip(having, values, strict=True):
                value = None if told.Value is None else told.Value.Value
                if isinstance(value, ua.EUInformation):
                    one.unit = unit_of(value.NamespaceUri, value.UnitId, value.DisplayName.Text)
                elif isinstance(value, ua.Range) and value.Low < value.High:
                    one.low, one.high = float(value.Low), float(value.High)

    async def _read(self, nodes: Sequence[Any], attribute: Any) -> list[Any]:
        told: list[Any] = []
        for some in _groups(nodes):
            told += await self._client.read_attributes(some, attribute)
        return told


def _question(node_id: Any) -> Any:
    question = ua.BrowseDescription()
    question.NodeId = node_id
    question.ReferenceTypeId = ua.NodeId(ua.ObjectIds.HierarchicalReferences)
    question.NodeClassMask = ua.NodeClass.Object | ua.NodeClass.Variable
    question.ResultMask = ua.BrowseResultMask.All
    return question


def _note_properties(variable: Variable, references: Iterable[Any], client: Client) -> None:
    for one in references:
        if one.ReferenceTypeId == _HAS_PROPERTY and one.BrowseName.NamespaceIndex == 0:
            variable.properties[one.BrowseName.Name] = client.get_node(_local(one.NodeId))


def _is_child(reference: Any) -> bool:
    elsewhere = bool(getattr(reference.NodeId, "ServerIndex", 0))
    return reference.ReferenceTypeId != _HAS_PROPERTY and not elsewhere


def _local(node_id: Any) -> Any:
    """An id without the server and the URI that references carry."""
    return ua.NodeId(node_id.Identifier, node_id.NamespaceIndex, node_id.NodeIdType)


def _is_number(value: Any, kind: Any) -> bool:
    """By what it holds; where that is nothing now, by its declared type."""
    variant = value.Value
    if variant is not None and variant.VariantType is not ua.VariantType.Null:
        return variant.VariantType in _NUMBERS and not variant.is_array
    declared = None if kind.Value is None else kind.Value.Value
    return isinstance(declared, ua.NodeId) and declared.NamespaceIndex == 0 and declared.Identifier in _NUMBER_TYPES


def _text(told: Any) -> str:
    value = None if told.Value is None else told.Value.Value
    return (value.Text or "")[:200] if isinstance(value, ua.LocalizedText) else ""


def _groups(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(things), AT_ONCE):
        yield things[at : at + AT_ONCE]
