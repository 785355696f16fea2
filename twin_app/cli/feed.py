"""live data: recorded, played, simulated"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from loaders.model.errors import CityTwinError
from twin_app.cli.output import Output
from twin_app.live.feed import FeedState, FeedStatus
from twin_app.usecases import feed_runs
from twin_app.usecases.feed_runs import FeedRun


def positive(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text} (> 0)")
    return value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `feed`."""
    commands = parser.add_subparsers(dest="feed_command", required=True, metavar="record | replay | simulate")
    record, replay, simulate = (commands.add_parser(name, help=name) for name in ("record", "replay", "simulate"))
    record.add_argument("source", metavar="SOURCE")
    record.add_argument("out", type=Path, metavar="OUT")
    record.add_argument("--mapping", default="", metavar="FILE")
    replay.add_argument("file", metavar="FILE")
    replay.add_argument("--speed", type=positive, default=1.0, metavar="X")
    simulate.add_argument("pack", metavar="PACK|PROJECT")
    for name in ("seed", "interval", "faults", "count"):
        simulate.add_argument(f"--{name}", metavar="N")
    for one in (replay, simulate):
        one.add_argument("--to", default="", metavar="SOURCE")
    for one in (record, simulate):
        one.add_argument("--seconds", type=positive, default=0.0, metavar="N")
    for one in (record, replay, simulate):
        # Told to the parser above, too: it stands before or after the command's own.
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def run(args: argparse.Namespace, out: Output) -> int:
    """Run it to its end or to Ctrl+C, and print what came; 1 where it broke off by itself."""
    told = _RUNS[args.feed_command](args, out)
    counts = {name: getattr(told, name) for name in ("messages", "streams", "dropped", "invalid", "seconds")}
    out.result(told.as_json(), [out.tr("feed.run", source=told.source, **counts)])
    return 1 if told.broken else 0


def _record(args: argparse.Namespace, out: Output) -> FeedRun:
    return feed_runs.record(
        args.source, args.out, mapping=args.mapping, seconds=args.seconds, on_status=lambda status: _tell(out, status)
    )


def _replay(args: argparse.Namespace, out: Output) -> FeedRun:
    return feed_runs.play(args.file, speed=args.speed, to=args.to, on_status=lambda status: _tell(out, status))


def _simulate(args: argparse.Namespace, out: Output) -> FeedRun:
    names = ("seed", "interval", "faults", "count")
    options = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    return feed_runs.simulate(
        args.pack,
        options,
        to=args.to,
        seconds=args.seconds,
        language=out.tr.language,
        on_status=lambda status: _tell(out, status),
    )


_RUNS: dict[str, Callable[[argparse.Namespace, Output], FeedRun]] = {
    "record": _record,
    "replay": _replay,
    "simulate": _simulate,
}


def _tell(out: Output, status: FeedStatus) -> None:
    if status.state in {FeedState.LOST, FeedState.FAILED} and isinstance(status.error, CityTwinError):
        out.note("feed.trouble", state=out.tr(f"live.feed_state.{status.state}"), problem=out.sentence(status.error))
