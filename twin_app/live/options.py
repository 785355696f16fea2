"""Options of feeds: texts in the project file, numbers in the code."""

from __future__ import annotations

import math
from urllib.parse import unquote

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec


def number_option(spec: FeedSpec, name: str, otherwise: float) -> float:
    """A positive number; raises `CityTwinError` ``live.bad_option``."""
    text = spec.options.get(name)
    if text is None:
        return otherwise
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 < value < math.inf:
        raise CityTwinError("live.bad_option", spec.id, name=name, value=text)
    return value


def with_query(spec: FeedSpec) -> FeedSpec:
    """A spec whose address has no query: what stood there is among its options, which count for more."""
    plain, mark, query = spec.url.partition("?")
    if not mark:
        return spec
    options = {name: unquote(value) for name, _, value in (part.partition("=") for part in query.split("&")) if name}
    return FeedSpec(spec.id, plain, spec.name, spec.mapping, spec.enabled, options | spec.options)
