"""Whose a vertex or an instance is: EXT_mesh_features, EXT_instance_features, ``_BATCHID`` of 3D Tiles 1.0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from loaders.tiles.gltf_document import Document

NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """``ids`` (n,) of each vertex or instance, `NONE` where it is nobody's; ``table`` the property table, or `NONE`."""

    ids: NDArray[np.int64]
    table: int = NONE


class Teller(Protocol):
    """Hears of what is left out."""

    def add(self, what: str, count: int = 1) -> None:
        """Note something left out."""


def features_of(
    document: Document, primitive: dict[str, Any], attributes: dict[str, NDArray[Any]], told: Teller
) -> Features:
    """The first set of feature ids of a primitive that can be told by vertex."""
    count = len(attributes["POSITION"])
    extension = document.extension("EXT_mesh_features", primitive)
    for one in (extension or {}).get("featureIds", ()):
        if "texture" in one:
            told.add("EXT_mesh_features texture")
            continue
        if "attribute" in one:
            found = attributes.get(f"_FEATURE_ID_{int(one['attribute'])}")
            if found is None:
                continue
            ids = np.rint(found.astype(np.float64)).ravel().astype(np.int64)
        else:
            ids = np.arange(count)
        return Features(_without_null(ids, one), int(one.get("propertyTable", NONE)))
    for name in ("_BATCHID", "BATCHID", "_FEATURE_ID_0"):
        if name in attributes:
            return Features(np.rint(attributes[name].astype(np.float64)).ravel().astype(np.int64))
    return Features(np.full(count, NONE, np.int64))


def instance_features(document: Document, node: dict[str, Any]) -> Features | None:
    """The first set of feature ids of a node's instances; None where there is none."""
    extension = document.extension("EXT_instance_features", node)
    instancing = document.extension("EXT_mesh_gpu_instancing", node)
    if extension is None or instancing is None:
        return None
    attributes = instancing["attributes"]
    for one in extension.get("featureIds", ()):
        table = int(one.get("propertyTable", NONE))
        if "attribute" in one:
            name = f"_FEATURE_ID_{int(one['attribute'])}"
            if name in attributes:
                ids = np.rint(document.accessor(attributes[name]).astype(np.float64)).ravel().astype(np.int64)
                return Features(_without_null(ids, one), table)
            continue
        count = len(document.accessor(next(iter(attributes.values()))))
        return Features(np.arange(count), table)
    return None


def _without_null(ids: NDArray[np.int64], one: dict[str, Any]) -> NDArray[np.int64]:
    null = one.get("nullFeatureId")
    return ids if null is None else np.where(ids == int(null), NONE, ids)
