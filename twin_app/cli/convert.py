"""source → tileset folder"""

from __future__ import annotations

import argparse
from pathlib import Path

from loaders.convert import ConvertOptions, ConvertReport, convert_many
from loaders.model.errors import CityTwinError
from loaders.model.events import Progress
from twin_app.cli.output import Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `convert`."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the tilesets here instead of the cache")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="files at the same time")
    parser.add_argument("--engine", choices=("auto", "fast", "exact"), default="auto")
    parser.add_argument("--no-cache", action="store_true", help="convert anew even if the result is known")
    parser.add_argument("--keep-going", action="store_true", help="go on after a file that failed")


def run(args: argparse.Namespace, out: Output) -> int:
    """Convert the files, one result a line; 0 all done, 1 some failed, 2 none could be read."""
    if args.jobs < 1:
        raise CityTwinError("cli.bad_arguments", "--jobs", detail=str(args.jobs))
    options = ConvertOptions(engine=args.engine, use_cache=not args.no_cache, out=args.out)
    done = failed = 0

    def on_event(_source: Path, event: object) -> None:
        if isinstance(event, Progress):
            out.progress(event.fraction, event.stage)

    outcomes = convert_many(args.files, options, jobs=args.jobs, keep_going=args.keep_going, on_event=on_event)
    for _source, outcome in outcomes:
        if isinstance(outcome, CityTwinError):
            failed += 1
            out.error(outcome)
        else:
            done += 1
            _print(outcome, out)
    if not failed:
        return 0
    return 1 if done else 2


def _print(report: ConvertReport, out: Output) -> None:
    value = report.as_json()
    value["warnings"] = [out.sentence(finding) for finding in report.findings]
    line = out.tr(
        "cli.converted",
        source=value["source"],
        objects=value["objects"],
        triangles=value["triangles"],
        seconds=round(value["seconds"], 2),
        tileset=value["tileset"],
    )
    out.result(value, [line, *(f"  {warning}" for warning in value["warnings"])])
