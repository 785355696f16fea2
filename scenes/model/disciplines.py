"""Disciplines: who made a model, or what a layer is about."""

from __future__ import annotations

import enum

from loaders.model.formats import LayerKind


class Discipline(enum.StrEnum):
    """Who made a model, or what it is about; in the order in which they are listed."""

    ARCHITECTURE = "architecture"
    STRUCTURE = "structure"
    MEP = "mep"  # services of several kinds, or of an unknown one
    HVAC = "hvac"
    PLUMBING = "plumbing"
    ELECTRICAL = "electrical"
    INTERIOR = "interior"
    LANDSCAPE = "landscape"
    CIVIL = "civil"
    CITY = "city"
    SURVEY = "survey"
    IMAGERY = "imagery"
    TERRAIN = "terrain"
    OTHER = "other"


_OF_KIND = {
    LayerKind.BUILDING: Discipline.OTHER,
    LayerKind.CITY: Discipline.CITY,
    LayerKind.IMAGERY: Discipline.IMAGERY,
    LayerKind.TERRAIN: Discipline.TERRAIN,
}


def discipline_of_kind(kind: LayerKind) -> Discipline:
    """What a layer belongs to of which nothing but its kind is known."""
    return _OF_KIND.get(kind, Discipline.SURVEY)


def discipline_from(text: str | None) -> Discipline | None:
    """The discipline of that name, None for any other text."""
    return Discipline(text) if text in tuple(Discipline) else None
