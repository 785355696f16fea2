"""``python -m twin_app`` and the ``citytwin`` command."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Run the command line; gives the exit code."""
    try:
        from twin_app.cli import run
    except KeyboardInterrupt:  # so early that there is nothing to stop yet
        return 128 + signal.SIGINT
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
