"""What a conversion gives back: the row that ``citytwin convert --json`` prints."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from loaders.model.errors import Finding, Severity
from loaders.model.events import Unmeshed
from loaders.tileset import Tileset
from loaders.tileset.plain import printable

Say = Callable[[Finding], str]


@dataclass(frozen=True, slots=True)
class ConvertReport:
    """The result of one file. ``levels`` are names such as ``CIM6``; ``crs`` None where the source names none.

    ``engine`` names what meshed the elements, most used first, joined by ``+``.
    ``seconds`` is the whole time of this call; ``first_geometry_seconds`` until the first preview or
    tile was on disk, of the run that made the tileset; ``peak_rss_mb`` as in ``report.json``, 0 when cached.
    """

    source: str
    tileset: str
    format: str
    schema: str
    crs: str | None
    objects: int
    triangles: int
    points: int
    levels: tuple[str, ...]
    unmeshed: tuple[Unmeshed, ...]
    findings: tuple[Finding, ...]
    engine: str
    cached: bool
    seconds: float
    first_geometry_seconds: float
    peak_rss_mb: float

    def as_json(self, say: Say | None = None) -> dict[str, Any]:
        """Exactly the keys of the command line's contract; ``say`` puts findings and reasons into words."""
        row = {item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.name != "findings"}
        row["levels"] = list(self.levels)
        row["unmeshed"] = [
            {"id": one.object_id, "class": one.object_class, "reason": _reason(one, say)} for one in self.unmeshed
        ]
        row["warnings"] = [_warning(one, say) for one in self.findings if one.severity is not Severity.INFO]
        return row


def _reason(one: Unmeshed, say: Say | None) -> str:
    return say(Finding.error(one.reason, one.object_id, **one.arguments)) if say else one.reason


def _warning(finding: Finding, say: Say | None) -> dict[str, Any]:
    row = {"severity": finding.severity.value, "code": finding.code, "place": finding.place}
    return row | {"message": say(finding)} if say else row | {"arguments": finding.arguments}


def report_of(tileset: Tileset, source: Path) -> ConvertReport:
    """The report of a finished tileset folder, as of its making."""
    meta, report = tileset.meta, tileset.report
    return ConvertReport(
        source=printable(str(source)),
        tileset=str(tileset.folder),
        format=meta.format,
        schema=meta.schema,
        crs=meta.frame.crs,
        objects=meta.counts.objects,
        triangles=meta.counts.triangles,
        points=tileset.num_points,
        levels=tuple(f"CIM{level}" for level in meta.levels),
        unmeshed=report.unmeshed,
        findings=report.findings,
        engine=engines_used(tileset.objects()),
        cached=False,
        seconds=report.timings_s.get("total", 0.0),
        first_geometry_seconds=report.timings_s.get("first_geometry", 0.0),
        peak_rss_mb=report.peak_rss_mb,
    )


def engines_used(objects: pa.Table) -> str:
    """The engines of the object table, most used first."""
    counts = Counter(objects.column("engine").drop_null().to_pylist())
    return "+".join(name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
