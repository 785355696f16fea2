"""The packs that are shipped, and those that users put beside them."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from loaders.model.errors import CityTwinError, Finding
from twin_app.indicators.definitions import Indicator, Pack
from twin_app.indicators.reading import pack_of, read_pack
from twin_app.services.paths import config_folder

# Files in assets/indicators, in the order in which they are offered.
SHIPPED = ("plan_2026", "city_checkup", "building_operation", "sensor_fields", "city_form")
FOLDER = "indicators"


@functools.cache
def shipped_packs() -> tuple[Pack, ...]:
    """All packs of the program."""
    folder = resources.files("assets") / FOLDER
    return tuple(pack_of((folder / f"{name}.toml").read_text("utf-8"), f"{name}.toml")[0] for name in SHIPPED)


def user_folders(project: Path | None = None) -> tuple[Path, ...]:
    """Where packs of the user lie: beside the settings, and in ``indicators`` beside the project file."""
    own = (config_folder() / FOLDER,)
    return own if project is None else (*own, project.resolve().parent / FOLDER)


def all_packs(project: Path | None = None) -> tuple[tuple[Pack, ...], list[Finding | CityTwinError]]:
    """Shipped packs and the user's, and what is wrong in the user's; one of a known id takes that one's place."""
    packs = {pack.id: pack for pack in shipped_packs()}
    problems: list[Finding | CityTwinError] = []
    for file in (file for folder in user_folders(project) for file in sorted(folder.glob("*.toml"))):
        try:
            pack, findings = read_pack(file)
        except CityTwinError as error:
            problems.append(error)
            continue
        problems += findings
        packs[pack.id] = pack
    return tuple(packs.values()), problems


def pack_of_id(packs: Iterable[Pack], pack_id: str) -> Pack:
    """Raises `CityTwinError` ``indicator.unknown_pack``."""
    packs = tuple(packs)
    for pack in packs:
        if pack.id == pack_id:
            return pack
    raise CityTwinError("indicator.unknown_pack", pack_id[:80], known=", ".join(pack.id for pack in packs))


def indicators_of(packs: Iterable[Pack]) -> dict[str, Indicator]:
    """All indicators by id; of two packs with the same id in them the first counts."""
    found: dict[str, Indicator] = {}
    for pack in packs:
        for one in pack.indicators:
            found.setdefault(one.id, one)
    return found
