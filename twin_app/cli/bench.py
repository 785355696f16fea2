"""a measurement side by side with its alternative, in one run"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.registry import BENCHES
from twin_app.cli.output import Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `bench`."""
    parser.add_argument("name", choices=tuple(BENCHES), metavar="NAME".join(BENCHES))
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    parser.add_argument("--minutes", type=float, default=30.0, metavar="N")


def run(args: argparse.Namespace, out: Output) -> int:
    """Measure and print."""
    value = BENCHES[args.name](args.files or None, args.runs, args.minutes)
    theirs = ", ".join(f"{name} {figure:.4g}" for name, figure in value["theirs"].items())
    line = f"{value['bench']}: {value['ours']:.4g} {value['unit']} / {theirs} → {value['ratio']:.3g}"
    out.result(value, [line])
    return 0
