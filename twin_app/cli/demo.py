"""generates (once) and opens the demo city"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from twin_app.cli.output import Output
from twin_app.cli.render import size_px, tell_problems
from twin_app.services.display import has_display
from twin_app.services.settings import chosen_language, user_settings
from twin_app.usecases.demo_city import demo_folder, make_demo
from twin_app.usecases.picture import PictureRequest, check_target, make_picture


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `demo`."""
    parser.add_argument("--dir", type=Path, metavar="DIR")
    parser.add_argument("--size", choices=("small", "district", "city"), default="district")
    parser.add_argument("--seed", type=int, default=7, metavar="N")
    parser.add_argument("--out", type=Path, metavar="PNG")
    parser.add_argument("--picture-size", type=size_px, default=(1600, 1000), metavar="WxH")


def run(args: argparse.Namespace, out: Output) -> int:
    """Generate the demo unless it is there, then open it, or draw it without a display."""
    start = time.perf_counter()
    if args.out is not None:
        check_target(args.out)
    folder = args.dir or demo_folder(args.size, args.seed)
    language = chosen_language(user_settings()) or out.tr.language
    demo = make_demo(folder, size=args.size, seed=args.seed, language=language, on_progress=out.progress)
    out.end_progress()
    picture_path = args.out or (None if has_display() else Path.cwd() / "citytwin-demo.png")
    code = 0
    if picture_path is not None:
        request = PictureRequest([demo.project], picture_path, args.picture_size)
        code = tell_problems(make_picture(request, on_progress=out.progress), out)
    value = {
        "project": str(demo.project),
        "objects": demo.objects,
        "buildings": demo.buildings,
        "seconds": round(time.perf_counter() - start, 3),
        "out": str(picture_path) if picture_path else None,
    }
    lines = [out.tr("cli.demo", project=value["project"], buildings=demo.buildings, objects=demo.objects)]
    if picture_path:
        lines.append(out.tr("cli.demo_picture", out=str(picture_path)))
    out.result(value, lines)
    if picture_path is None:
        from twin_app.app import run_window

        return run_window([demo.project])
    return code
