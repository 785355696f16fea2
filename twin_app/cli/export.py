"""hand-over to other programs"""

from __future__ import annotations

import argparse
from pathlib import Path

from loaders.handover.registry import FORMATS
from twin_app.cli.output import Output
from twin_app.usecases.exporting import export_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `export`."""
    parser.add_argument("path", type=Path, metavar="PATH")
    parser.add_argument("--to", choices=tuple(FORMATS), required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="PATH")


def run(args: argparse.Namespace, out: Output) -> int:
    """Write what is in ``PATH``; 1 when a layer of a project could not be opened, 2 when none could."""
    handover = export_path(args.path, args.to, args.out, out.progress)
    for problem in handover.problems:
        out.note("cli.not_exported", problem=out.sentence(problem))
    for note in handover.notes:
        out.finding(note)
    line = out.tr("cli.exported", out=str(handover.out), objects=handover.objects, bytes=handover.num_bytes)
    out.result(handover.as_json(), [line])
    return 1 if handover.problems else 0
