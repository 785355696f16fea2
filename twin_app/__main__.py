"""``python -m twin_app`` and the ``citytwin`` command."""

from __future__ import annotations

import sys

from twin_app.cli import run


def main() -> int:
    """Run the command line; gives the exit code."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
