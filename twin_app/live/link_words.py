"""Links as messages hold them: ``{"guid": "2O2Fr…"}``, ``{"code": "AHU-1", "property": "Tag"}``, ``{"place": […]}``."""

from __future__ import annotations

import math
from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.live.streams import Link, LinkKind
from twin_app.live.values import is_number

MOST_CHARACTERS = 1024
_KINDS = tuple(kind for kind in LinkKind if kind is not LinkKind.NONE)


def document_of(link: Link) -> dict[str, Any] | None:
    """A link for a message, None where there is none."""
    if link.kind is LinkKind.NONE:
        return None
    if link.kind is LinkKind.PLACE:
        told: dict[str, Any] = {"place": list(link.place or ())}
        return told | {"name": link.target} if link.target else told
    told = {link.kind.value: link.target}
    return told | {"property": link.property_name} if link.property_name else told


def link_of(document: Any, name: str) -> Link:
    """What a message says that its stream belongs to; raises `CityTwinError` ``feed.wrong_link``."""
    kinds = [kind for kind in _KINDS if isinstance(document, dict) and kind.value in document]
    if len(kinds) != 1:
        raise CityTwinError("feed.wrong_link", name, found=str(document)[:80])
    told = document[kinds[0].value]
    if kinds[0] is LinkKind.PLACE:
        return Link(LinkKind.PLACE, _text(document.get("name", ""), name), place=_place(told, name))
    return Link(kinds[0], _text(told, name), _text(document.get("property", ""), name))


def _text(told: Any, name: str) -> str:
    if not isinstance(told, str) or len(told) > MOST_CHARACTERS:
        raise CityTwinError("feed.wrong_link", name, found=str(told)[:80])
    return told


def _place(told: Any, name: str) -> tuple[float, float, float]:
    if not isinstance(told, list) or len(told) not in {2, 3} or not all(map(is_number, told)):
        raise CityTwinError("feed.wrong_link", name, found=str(told)[:80])
    longitude, latitude, height = (float(part) for part in (*told, 0.0)[:3])
    if abs(longitude) > 180.0 or abs(latitude) > 90.0 or not math.isfinite(height):
        raise CityTwinError("feed.no_place", name)
    return longitude, latitude, height
