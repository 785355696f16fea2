"""values against targets"""

from __future__ import annotations

import argparse
from pathlib import Path

from loaders.model.errors import CityTwinError
from twin_app.cli.output import Output
from twin_app.live.numbers import NOTHING, quantity_text
from twin_app.live.values import now_us, time_us_of
from twin_app.usecases.indicators import Standing, standings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `indicators`."""
    parser.add_argument("project", type=Path, nargs="?", metavar="PROJECT")
    parser.add_argument("--pack", metavar="ID")
    parser.add_argument("--at", metavar="TIME")


def run(args: argparse.Namespace, out: Output) -> int:
    """Print them; 1 where a pack or a value of the user could not be read."""
    found, problems = standings(args.project, args.pack, _time_us(args.at))
    for problem in problems:
        out.note("indicator.problem", problem=out.sentence(problem))
    language = out.tr.language
    value = {"indicators": [one.as_json(language) for one in found]}
    out.result(value, [_line(one, out) for one in found])
    return 1 if problems else 0


def _time_us(text: str | None) -> int:
    try:
        return now_us() if text is None else time_us_of(text)
    except (ValueError, OverflowError) as error:
        raise CityTwinError("indicator.bad_time", "--at", time=str(text)[:40]) from error


def _line(one: Standing, out: Output) -> str:
    tr, indicator = out.tr, one.indicator
    value = quantity_text(one.value.value, indicator.unit, tr.language)
    target = quantity_text(indicator.target, indicator.unit, tr.language)
    state = tr(f"indicator.state.{one.value.state.name.lower()}")
    aim = "" if target == NOTHING else f" → {target}"
    return f"{indicator.name.of(tr.language)}: {state if one.value.missing else f'{value} ({state})'}{aim}"
