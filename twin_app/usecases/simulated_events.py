"""The simulated day of the demo city as events of its project; every one is stamped simulated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec

from loaders.model.errors import CityTwinError
from twin_app.live.values import US_PER_S, now_us
from twin_app.operation.dispatch import Resource
from twin_app.operation.model import Step
from twin_app.operation.resources import Post
from twin_app.services.jobs import JobContext
from twin_app.services.translations import Translator
from twin_app.usecases.demo_city import RECEIPT
from twin_app.usecases.event_resources import keep
from twin_app.usecases.events import store_of
from twin_app.usecases.workbench import Workbench

_WUHAN = timezone(timedelta(hours=8))
_LEAST_S = 6 * 3600  # a day that has just begun has little to show: then the one before is taken, too


def is_demo(project: Path | None) -> bool:
    """Whether a project is a generated demo city."""
    return project is not None and (project.parent / RECEIPT).is_file()


def begins_us(now: int) -> list[int]:
    """Midnights in Wuhan of the days to simulate: of this one, and early in it of the one before as well."""
    local = datetime.fromtimestamp(now / US_PER_S, UTC).astimezone(_WUHAN)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    early = (local - midnight).total_seconds() < _LEAST_S
    days = [midnight - timedelta(days=1), midnight] if early else [midnight]
    return [round(day.timestamp() * US_PER_S) for day in days]


def team_name(tr: Translator, resource: Resource) -> str:
    """What a simulated resource is called in the user's language: its skill and its number."""
    (skill,) = resource.skills
    return f"{tr(f'event.skill.{skill}')} {resource.id.rpartition('-')[2]}"


def simulate_day(workbench: Workbench) -> None:
    """Let the day until now happen, in the background; raises `CityTwinError` ``event.no_demo`` elsewhere."""
    project = workbench.project.path
    if project is None or not is_demo(project):
        raise CityTwinError("event.no_demo", str(project or ""))
    receipt: dict[str, Any] = msgspec.json.decode((project.parent / RECEIPT).read_bytes())
    now = now_us()

    def work(_context: JobContext) -> tuple[list[Step], list[Post]]:
        from twin_app.demo.city_day import demo_city
        from twin_app.operation.simulated import simulated_day

        seed = int(receipt["seed"])
        city = demo_city(str(receipt["size"]), seed)
        steps = [step for begin in begins_us(now) for step in simulated_day(city, begin, seed + begin % 1009).steps]
        posts = [
            Post(one.id, team_name(workbench.tr, one), one.skills, *city.lon_lat(*one.place_m), simulated=True)
            for one in city.resources
        ]
        return [step for step in steps if step.time_us <= now], posts

    def take(made: tuple[list[Step], list[Post]]) -> None:
        steps, posts = made
        store = store_of(workbench)
        keep(workbench, posts)
        known = {event.id for event in store.events()}
        store.take_all([step for step in steps if step.event not in known])
        workbench.ui.show_panel("events")
        workbench.events_changed.emit()

    workbench.jobs.submit(
        "events:simulate", work, title_key="job.simulating_day", on_done=take, on_failed=workbench.messages.error
    )
