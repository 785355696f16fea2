"""a picture"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from loaders.model.errors import CityTwinError
from loaders.model.tables import CimLevel
from twin_app.cli.output import Output
from twin_app.usecases.picture import Picture, PictureRequest, make_picture

LARGEST_SIDE_PX = 16384
LARGEST_MEMORY_MB = 256_000


def size_px(text: str) -> tuple[int, int]:
    """``1280x800`` as two numbers."""
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)
    if not match or not all(16 <= int(side) <= LARGEST_SIDE_PX for side in match.groups()):
        raise argparse.ArgumentTypeError(f"{text} (WxH, 16…{LARGEST_SIDE_PX})")
    return int(match[1]), int(match[2])


def level(text: str) -> tuple[str, int]:
    """``CIM4`` or ``4`` for everything, ``house.ifc=CIM4`` for a source: its name, or "", and the number."""
    match = re.fullmatch(r"(?:(.+)=)?(?:CIM)?([1-7])", text, re.IGNORECASE)
    if not match:
        raise argparse.ArgumentTypeError(f"{text} (CIM1…CIM7, NAME=CIMn)")
    return match[1] or "", int(match[2])


def memory_mb(text: str) -> int:
    """Megabytes, as many as the setting allows."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LARGEST_MEMORY_MB:
        raise argparse.ArgumentTypeError(f"{text} (1…{LARGEST_MEMORY_MB})")
    return int(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `render`."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--out", type=Path, required=True, metavar="PNG")
    parser.add_argument("--size", type=size_px, default=(1280, 800), metavar="WxH")
    parser.add_argument("--view", default="", metavar="NAME")
    parser.add_argument(
        "--level",
        type=level,
        action="append",
        default=[],
        metavar="CIMn",
    )
    parser.add_argument("--select", nargs="+", default=[], metavar="ID")
    parser.add_argument("--colour-by", default="", metavar="COLUMN")
    parser.add_argument(
        "--section",
        action="append",
        default=[],
        metavar="AXIS=M",
    )
    parser.add_argument("--theme", default="office_light", choices=("office_light", "office_dark", "show"))
    parser.add_argument("--memory-limit", type=memory_mb, default=0, metavar="MB")
    parser.add_argument("--engine", choices=("auto", "fast", "exact"), default="auto")


def run(args: argparse.Namespace, out: Output) -> int:
    """Draw the paths; 1 when one of several could not be drawn, 2 when none could."""
    levels = dict(args.level)
    request = PictureRequest(
        paths=args.paths,
        out=args.out,
        size_px=args.size,
        view=args.view,
        level=levels.pop("", int(CimLevel.PARTS)),
        layer_levels=levels,
        select=args.select,
        colour_by=args.colour_by,
        sections=args.section,
        theme=args.theme,
        engine=args.engine,
        memory_mb=args.memory_limit,
    )
    picture = make_picture(request, on_progress=out.progress)
    code = tell_problems(picture, out)
    counts = {"triangles": picture.triangles_drawn, "points": picture.points_drawn}
    line = out.tr("cli.rendered_points" if picture.points_drawn else "cli.rendered", out=str(args.out), **counts)
    out.result(picture.as_json(), [line])
    return code


def tell_problems(picture: Picture, out: Output) -> int:
    """Say on standard error what is not in a picture; 1 when a source is missing, raises when all are."""
    failures = [problem for problem in picture.problems if isinstance(problem, CityTwinError)]
    if failures and not picture.layers:
        raise failures[0]
    for problem in picture.problems:
        if isinstance(problem, CityTwinError):
            out.note("cli.not_drawn", problem=out.sentence(problem))
        else:
            out.finding(problem)
    return 1 if failures else 0
