"""Live feeds of the project: added, rested, removed, kept in the project file."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec, FeedState
from twin_app.live.feeds.registry import kind_of
from twin_app.live.secrets import keep_password
from twin_app.services import project as store
from twin_app.usecases.simulating import make_feed
from twin_app.usecases.workbench import Workbench


def add(workbench: Workbench, url: str, *, name: str = "", mapping: str = "") -> FeedSpec:
    """Add a feed by its address or file, and run it; a password in the address goes to the keyring.

    Raises `CityTwinError` where no feed can be made of it; nothing is added then.
    """
    plain, user, password = without_password(url.strip())
    kind = kind_of(plain)
    parts = urlsplit(plain)
    spec = FeedSpec(
        id=workbench.live.new_id(name or parts.hostname or Path(plain).stem or kind.id),
        url=plain,
        name=name,
        mapping=mapping,
        options={"user": user} if user else {},
    )
    make_feed(spec)
    if password:
        keep_password(spec.id, password)
    workbench.current_feed_id = spec.id
    workbench.live.put(spec)
    workbench.project.touch()
    return spec


def without_password(url: str) -> tuple[str, str, str]:
    """An address without what stands before its ``@``, and that: user and password, "" where there is none."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url, "", ""
    host = parts.netloc.rpartition("@")[2]
    plain = url.replace(parts.netloc, host, 1)  # put together anew it would lose the # at the end of a topic
    return plain, unquote(parts.username or ""), unquote(parts.password or "")


def remove(workbench: Workbench, feed_id: str) -> None:
    """Let a feed go."""
    workbench.live.remove(feed_id)
    workbench.project.touch()


def switch(workbench: Workbench, feed_id: str) -> None:
    """Rest a feed that runs, run one that rests or that failed."""
    running = workbench.live.status(feed_id).state not in {FeedState.STOPPED, FeedState.FAILED, FeedState.ENDED}
    workbench.live.enable(feed_id, not running)
    workbench.project.touch()


def title(spec: FeedSpec) -> str:
    """What a feed is called: its name, or where it comes from."""
    parts = urlsplit(spec.url)
    return spec.name or (f"{parts.netloc}{parts.path}".rstrip("/") if parts.netloc else Path(spec.url).name) or spec.id


def spec_of(record: store.FeedRecord) -> FeedSpec:
    """A feed as the project file has it."""
    return FeedSpec(record.id, record.url, record.name, record.mapping, record.enabled, dict(record.options))


def record_of(spec: FeedSpec, project: Path) -> store.FeedRecord:
    """A feed for the project file at ``project``: files as paths from there."""
    url = spec.url if "://" in spec.url else store.relative_source(project, Path(spec.url))
    mapping = store.relative_source(project, Path(spec.mapping)) if spec.mapping else ""
    return store.FeedRecord(spec.id, url, spec.name, mapping, spec.enabled, dict(spec.options))


def chosen(workbench: Workbench) -> FeedSpec:
    """The feed that is chosen in the panel; raises `CityTwinError` ``live.none_chosen``."""
    for spec in workbench.live.specs():
        if spec.id == workbench.current_feed_id:
            return spec
    raise CityTwinError("live.none_chosen", "")
