"""what this machine has: GL, fonts, engines, codecs, feeds"""

from __future__ import annotations

import argparse

from twin_app.cli.output import Output


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """`doctor` takes none of its own."""


def run(_args: argparse.Namespace, out: Output) -> int:
    """Check and print; 1 when something that the program needs is missing."""
    from twin_app.services.doctor import run_checks

    checks = run_checks()
    value = {"checks": [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in checks]}
    out.result(value, [f"{'✓' if c.ok else '✗'} {c.name}: {c.detail}" for c in checks])
    return 0 if all(check.ok for check in checks) else 1
