"""source → tileset folder"""

from __future__ import annotations

import argparse
from pathlib import Path

from loaders.convert import (
    ConvertEvent,
    ConvertOptions,
    ConvertReport,
    ManyListener,
    convert_many,
    convert_on_cluster,
    gather,
    is_source_folder,
)
from loaders.model.errors import CityTwinError
from loaders.model.events import Progress
from twin_app.cli.output import Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `convert`."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="DIR")
    parser.add_argument("--jobs", type=int, default=1, metavar="N")
    parser.add_argument("--engine", choices=("auto", "fast", "exact"), default="auto")
    parser.add_argument("--no-cache", action="store_true")
    parser.add_argument("--scheduler", metavar="ADDR")
    parser.add_argument("--keep-going", action="store_true")


def run(args: argparse.Namespace, out: Output) -> int:
    """Convert the files, one result a line as each is done; 0 all done, 1 some failed, 2 none could be read."""
    if args.jobs < 1:
        raise CityTwinError("cli.bad_arguments", "--jobs", detail=str(args.jobs))
    gathered = gather(args.files)
    sources = gathered.sources
    for problem in gathered.problems:
        out.error(problem)
    options = ConvertOptions(engine=args.engine, use_cache=not args.no_cache, out=args.out)
    shares: dict[Path, float] = {}

    def on_event(source: Path, event: ConvertEvent) -> None:
        if isinstance(event, Progress):
            shares[source] = event.fraction
            out.progress(sum(shares.values()) / len(sources), event.stage)

    def on_done(source: Path, outcome: ConvertReport | CityTwinError) -> None:
        shares[source] = 1.0
        if isinstance(outcome, CityTwinError):
            out.error(outcome)
        else:
            _print(outcome, out)
        if args.scheduler is not None:
            out.progress(sum(shares.values()) / len(sources), "cluster.progress")

    listener = ManyListener(on_event, on_done, out.finding)
    keep_going = args.keep_going or any(map(is_source_folder, args.files))
    if args.scheduler is None:
        outcomes = convert_many(sources, options, listener, jobs=args.jobs, keep_going=keep_going)
    else:
        outcomes = convert_on_cluster(sources, args.scheduler, options, listener, keep_going=keep_going)
    failed = len(gathered.problems) + sum(isinstance(outcome, CityTwinError) for outcome in outcomes)
    if not failed:
        return 0
    return 1 if any(isinstance(outcome, ConvertReport) for outcome in outcomes) else 2


def _print(report: ConvertReport, out: Output) -> None:
    value = report.as_json(out.sentence)
    line = out.tr(
        "cli.converted_points" if value["points"] else "cli.converted",
        source=value["source"],
        objects=value["objects"],
        triangles=value["triangles"],
        points=value["points"],
        seconds=round(value["seconds"], 2),
        tileset=value["tileset"],
    )
    out.result(value, [line, *(f"  {warning['message']}" for warning in value["warnings"])])
