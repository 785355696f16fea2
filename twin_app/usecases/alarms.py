"""Alarms of the project: which limits are watched, who does what to them, their journal for others to read."""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Iterable
from pathlib import Path

from loaders.model.errors import CityTwinError, Finding
from twin_app.indicators.definitions import Indicator
from twin_app.indicators.registry import all_packs, indicators_of
from twin_app.indicators.values import conversion
from twin_app.live.alarms.engine import Who
from twin_app.live.alarms.journal import as_csv, as_json
from twin_app.live.alarms.model import AlarmRule, Level
from twin_app.live.alarms.rules import checked, read_rules
from twin_app.live.alarms.station import UNACKNOWLEDGED
from twin_app.live.streams import StreamInfo
from twin_app.services.files import write_atomically
from twin_app.services.paths import data_folder, unsaved_file
from twin_app.usecases.binding import bound_object, go_to
from twin_app.usecases.workbench import Workbench

__all__ = ["UNACKNOWLEDGED", "export", "journal_file", "refresh", "rules_file", "rules_for", "show_object", "who"]
RULES_SUFFIX = ".alarms.toml"  # beside the project file, with its stem
LOST_AFTER_S = 10.0
_PRIORITY = {Level.HH: 1, Level.LL: 1, Level.H: 2, Level.L: 2}


def rules_of_indicator(info: StreamInfo, indicator: Indicator) -> list[AlarmRule]:
    """The limits that an indicator sets for a stream, in the stream's unit, and that its data keep coming."""
    scale = conversion(info, indicator)
    if scale is None:
        return []  # of another kind than the indicator: its limits say nothing of it
    factor, offset = scale
    rules = []
    for one in indicator.thresholds:
        level = Level(one.level.value.lower())
        times = (one.on_delay_s, one.off_delay_s)
        limit, dead_band = (one.value - offset) / factor, one.dead_band / factor
        rules.append(AlarmRule(info.key, level, limit, dead_band, *times, _PRIORITY[level]))
    if rules:
        rules.append(AlarmRule(info.key, Level.DATA, on_delay_s=LOST_AFTER_S, priority=4))
    return rules


def rules_for(
    infos: Iterable[StreamInfo], indicators: Iterable[Indicator], own: Iterable[AlarmRule]
) -> tuple[list[AlarmRule], list[Finding]]:
    """All rules: the project's own, and those of the indicators for what it does not set itself."""
    by_stream: dict[str, Indicator] = {}
    for indicator in indicators:
        if indicator.thresholds:
            by_stream.setdefault(indicator.streams, indicator)
    rules = {rule.id: rule for rule in own}
    unlike: dict[tuple[str, str], Finding] = {}  # one for all streams of a kind
    for info in infos:
        if info.indicator in by_stream:
            one = by_stream[info.indicator]
            if conversion(info, one) is None:
                told = {"unit": info.unit, "wanted": one.unit, "indicator": one.id}
                unlike.setdefault((one.id, info.unit), Finding.warning("alarm.unlike_unit", info.key, **told))
            for rule in rules_of_indicator(info, one):
                rules.setdefault(rule.id, rule)
    return checked(rules.values(), list(unlike.values()))


def rules_file(project: Path) -> Path:
    """Where the project's own rules lie."""
    return project.with_name(project.stem + RULES_SUFFIX)


def journal_file(project: Path | None) -> Path:
    """The journal of a project; what was never saved has one for each run of the program."""
    if project is None:
        return unsaved_file("alarms", ".db")
    mark = hashlib.sha256(str(project.resolve()).encode()).hexdigest()[:12]
    return data_folder() / "alarms" / f"{project.stem}-{mark}.db"


def refresh(workbench: Workbench) -> list[Finding]:
    """Watch what the streams that there are now ask for; gives what cannot be watched. Problems become messages."""
    project, live = workbench.project.path, workbench.live
    own: list[AlarmRule] = []
    if project is not None and rules_file(project).is_file():
        try:
            own, findings = read_rules(rules_file(project))
            for finding in findings:
                workbench.messages.finding(finding)
        except CityTwinError as error:
            workbench.messages.error(error)
    packs, _ = all_packs(project)
    rules, unwatched = rules_for(live.table.infos(), indicators_of(packs).values(), own)
    if not rules and live.alarms.engine is None:
        return unwatched
    try:
        live.alarms.use(rules, live.table.row_of, journal_file(project))
    except CityTwinError as error:
        workbench.messages.error(error)
    return unwatched


def who(note: str = "") -> Who:
    """Whoever sits here."""
    try:
        return Who(getpass.getuser(), note)
    except (OSError, KeyError, ImportError):
        return Who("user", note)


def export(workbench: Workbench, path: Path) -> int:
    """Write the journal as JSON or CSV, by the suffix of ``path``; tells how many changes."""
    journal = workbench.live.alarms.journal
    told = [] if journal is None else journal.read()
    text = as_json(told) if path.suffix.lower() == ".json" else as_csv(told)
    write_atomically(path, text.encode())
    return len(told)


def show_object(workbench: Workbench, alarm: str) -> None:
    """Select the object of an alarm's stream and go there; raises `CityTwinError` ``live.no_object``."""
    stream = alarm.rpartition("#")[0]
    row = workbench.live.table.row_of(stream)
    ref = None if row is None else bound_object(workbench, row)
    if ref is None:
        raise CityTwinError("live.no_object", stream)
    go_to(workbench, ref)
