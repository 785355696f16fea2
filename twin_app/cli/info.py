"""what a source, tileset or project holds"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.cli.output import Output
from twin_app.usecases.describe import describe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `info`."""
    parser.add_argument("path", type=Path, metavar="PATH")


def run(args: argparse.Namespace, out: Output) -> int:
    """Describe one source, tileset or project; 1 when layers of a project cannot be read."""
    value, problems = describe(args.path, on_progress=out.progress)
    value["warnings"] = [out.sentence(problem) for problem in problems]
    out.result(value, _lines(value, out))
    return 1 if any(isinstance(problem, CityTwinError) for problem in problems) else 0


def _lines(value: dict[str, Any], out: Output) -> list[str]:
    tr = out.tr
    rows = [
        (tr("cli.info.format"), f"{value['format']} {value['schema'] or ''}".strip()),
        (tr("cli.info.crs"), value["crs"] or tr("cli.info.none")),
        (tr("cli.info.bounds"), _bounds(value["bounds"]) or tr("cli.info.none")),
        (tr("cli.info.objects"), f"{value['objects']:,}"),
        *([(tr("cli.info.points"), f"{value['points']:,}")] if value["points"] else []),
        (tr("cli.info.levels"), ", ".join(value["levels"])),
        (tr("cli.info.storeys"), ", ".join(value["storeys"]) or tr("cli.info.none")),
    ]
    rows += [(f"  {name}", f"{count:,}") for name, count in value["classes"].items()]
    return [f"{name}: {text}" for name, text in rows] + [f"! {warning}" for warning in value["warnings"]]


def _bounds(bounds: list[float] | None) -> str:
    if not bounds:
        return ""
    low, high = bounds[:3], bounds[3:]
    return " … ".join("(" + ", ".join(f"{v:.3f}" for v in corner) + ")" for corner in (low, high)) + " m"
