"""Options of feeds: texts in the project file, numbers in the code."""

from __future__ import annotations

import math

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
