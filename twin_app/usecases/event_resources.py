"""Resources of the project: kept beside it, read from files, sent to events by the way along its roads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError, Finding
from twin_app.live.values import now_us
from twin_app.operation import resources
from twin_app.operation.classes import event_classes
from twin_app.operation.dispatch import Offer, Resource, ResourceState, nearest
from twin_app.operation.model import Action, CityEvent, Step
from twin_app.operation.resources import Post, busy_in, state_of
from twin_app.operation.roads import RoadGraph
from twin_app.services.files import write_atomically
from twin_app.usecases import events
from twin_app.usecases.alarms import who
from twin_app.usecases.event_map import project_m_of, project_places_m
from twin_app.usecases.workbench import Workbench

SUFFIX = ".resources.geojson"  # beside the project file, with its stem
MOST_OFFERS = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """Who can be sent to an event. ``any_skill``: nobody who is free has the skill, so these are all that are free.

    ``total`` of the project's resources, of which ``free`` can be sent; ``has_roads`` whether ways go along roads.
    """

    offers: tuple[Offer, ...] = ()
    any_skill: bool = False
    free: int = 0
    total: int = 0
    has_roads: bool = False


def file_of(workbench: Workbench) -> Path:
    """Where the resources lie."""
    return events.file_beside(workbench, SUFFIX)


def posts_of(workbench: Workbench) -> tuple[Post, ...]:
    """The project's resources, read anew when their file changed; none where it has no file."""
    file = file_of(workbench)
    try:
        stamp = (file, file.stat().st_mtime_ns)
    except OSError:
        return ()
    kept = workbench.event_posts
    if kept is None or kept[0] != stamp:
        try:
            posts, findings = resources.from_file(file.read_bytes(), is_csv=False)
        except (OSError, CityTwinError) as error:
            posts, findings = [], [Finding.error("event.unreadable", str(file), detail=str(error))]
        for finding in findings:
            workbench.messages.finding(finding)
        workbench.event_posts = kept = (stamp, tuple(posts))
    found: tuple[Post, ...] = kept[1]
    return found


def keep(workbench: Workbench, posts: Sequence[Post]) -> None:
    """Keep resources with the project; those of an id that it has already take that one's place."""
    known = {post.id: post for post in posts_of(workbench)} | {post.id: post for post in posts}
    write_atomically(file_of(workbench), resources.as_geojson(known.values()).encode())
    workbench.events_changed.emit()


def read_file(workbench: Workbench, path: Path) -> tuple[int, list[Finding]]:
    """Take the resources of a CSV or GeoJSON file into the project; tells how many, and what is wrong with others.

    Raises `CityTwinError` where nothing can be read.
    """
    posts, findings = resources.from_file(events.read_bytes(path), is_csv=path.suffix.lower() == ".csv")
    if posts:
        keep(workbench, posts)
    return len(posts), findings


def resource_names(workbench: Workbench, ids: Iterable[str]) -> list[str]:
    """What resources are called, with their stamp; one that is not known by its id."""
    names = {post.id: _named(workbench, post) for post in posts_of(workbench)}
    return [names.get(one, one) for one in ids]


def _named(workbench: Workbench, post: Post) -> str:
    return post.name + (f" · {workbench.tr('live.stamp')}" if post.simulated else "")


def choice_for(workbench: Workbench, event: CityEvent, roads: RoadGraph) -> Choice:
    """Who can be sent to an event, the nearest along the roads first."""
    posts = posts_of(workbench)
    place_m = project_places_m(workbench, [event])[0]
    if not posts or not np.isfinite(place_m).all():
        return Choice(total=len(posts), has_roads=len(roads) > 0)
    busy = busy_in(events.store_of(workbench).events())
    states = [state_of(post, busy) for post in posts]
    places_m = project_m_of(workbench, np.array([(post.lon_deg, post.lat_deg) for post in posts]))
    placed = [
        Resource(post.id, post.name, post.skills, (float(at[0]), float(at[1])), state, post.simulated)
        for post, at, state in zip(posts, places_m, states, strict=True)
        if np.isfinite(at).all()
    ]
    kind = event_classes().get(event.report.class_id)
    at_m = (float(place_m[0]), float(place_m[1]))
    skill = "" if kind is None else kind.skill
    able = nearest(roads, at_m, placed, skill=skill, most=MOST_OFFERS)
    free = states.count(ResourceState.FREE)
    offers = able or nearest(roads, at_m, placed, most=MOST_OFFERS)
    return Choice(tuple(offers), not able and bool(offers), free, len(posts), len(roads) > 0)


def dispatch(workbench: Workbench, event_id: str, offer: Offer) -> CityEvent:
    """Send a resource to an event; its name and how far it has to go stand in the step's note.

    Raises `CityTwinError` where the chosen role may not, or the event does not stand so.
    """
    tr, resource = workbench.tr, offer.resource
    note = tr("event.sent_note", name=resource.name, metres=round(offer.way_m), how=tr(offer.note_key))
    step = Step(event_id, Action.DISPATCH, now_us(), who().user, workbench.event_role, note, resources=(resource.id,))
    return events.store_of(workbench).take(step)


def way_of(offer: Offer, place_m: NDArray[np.float64], roads: RoadGraph) -> NDArray[np.float64]:
    """The corners (k, 2) of a resource's way to a place, along the roads where they lead there, else straight."""
    post_m = np.array(offer.resource.place_m)
    start, goal = roads.snap(post_m), roads.snap(place_m)
    if not offer.by_road or start is None or goal is None:
        return np.stack([post_m, place_m])
    along_m = roads.way_m(start, goal, roads.distances_m(start))
    return np.concatenate([post_m[None], along_m, place_m[None]])
