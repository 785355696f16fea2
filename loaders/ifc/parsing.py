"""From a checked text to ifcopenshell's model, with what its parser complains of."""

from __future__ import annotations

import re
from typing import Any

from loaders.ifc.opening import Text
from loaders.model.errors import CityTwinError, Finding

_PLACE = re.compile(r"#\d+|'[A-Za-z0-9_]+'")


def parse(text: Text) -> tuple[Any, list[Finding]]:
    """The model, and one finding about the statements that the parser could not take as they are.

    Those are unknown entities, references to nothing, wrong numbers of attributes. Raises
    `CityTwinError` ``ifc.syntax`` or ``ifc.empty``.
    """
    import ifcopenshell

    logger = _logger(ifcopenshell)
    try:
        model = ifcopenshell.open(str(text.path), logger=logger)
    except (RuntimeError, OSError, ValueError, ifcopenshell.Error) as error:
        raise CityTwinError("ifc.syntax", str(text.source), reason=str(error)[:200]) from error
    if not (model.by_type("IfcProject") or model.by_type("IfcRoot")):  # a list of all roots takes its time
        raise CityTwinError("ifc.empty", str(text.source))
    model.parser_log = logger  # the library writes to it as long as the model lives
    messages = [str(one.message) for one in logger.log_messages()]
    if not messages:
        return model, []
    place = _PLACE.search(messages[0])
    return model, [Finding.error("ifc.statements", place[0] if place else "", count=len(messages))]


def _logger(ifcopenshell: Any) -> Any:
    logger = ifcopenshell.logger()
    logger.output_format(logger.FMT_INMEMORY)
    logger.verbosity(logger.LOG_WARNING)
    return logger
