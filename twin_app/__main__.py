"""``python -m twin_app`` and the ``citytwin`` command."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence


def main() -> int:
    """Run the command line; gives the exit code."""
    try:
        _start_children_early(sys.argv[1:])
        from twin_app.cli import run
    except KeyboardInterrupt:  # so early that there is nothing to stop yet
        return 128 + signal.SIGINT
    return run(sys.argv[1:])


def _start_children_early(arguments: Sequence[str]) -> None:
    """A conversion needs the fork server: it loads its libraries while this process loads its own."""
    elsewhere = ("--scheduler", "--help", "-h")
    if arguments[:1] == ["convert"] and not any(one.partition("=")[0] in elsewhere for one in arguments):
        from loaders.processes import warm_up

        warm_up()


if __name__ == "__main__":
    sys.exit(main())
