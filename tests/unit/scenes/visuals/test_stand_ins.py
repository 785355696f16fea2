"""What stands in for several objects: flags, colours, clicks."""

import numpy as np
import pytest

from loaders.levels.plan import Proxies
from loaders.tileset.proxies import ProxyTable, read_proxies, write_proxies
from scenes.model.layers import ObjectFlag
from scenes.visuals.stand_ins import StandIns

HIDDEN, GHOST, SELECTED = (np.uint8(flag) for flag in (ObjectFlag.HIDDEN, ObjectFlag.GHOST, ObjectFlag.SELECTED))


@pytest.fixture
def table(tmp_path_factory: pytest.TempPathFactory) -> ProxyTable:
    """Six objects; the first proxy stands for 1, 2 and 3, the second for 4 and 5 and is named by 0."""
    proxies = Proxies(6)
    assert proxies.add(np.array([3, 1, 2, 1])) == 6
    assert proxies.add(np.array([4, 5]), 0) == 7
    path = tmp_path_factory.mktemp("proxies") / "proxies.parquet"
    write_proxies(path, proxies)
    return read_proxies(path)


def _flags(**of: np.uint8) -> np.ndarray:
    flags = np.zeros(6, np.uint8)
    for name, flag in of.items():
        flags[int(name[1:])] |= flag
    return flags


@pytest.mark.parametrize(
    ("flags", "first", "second"),
    [
        (_flags(), 0, 0),
        (_flags(o1=HIDDEN, o2=HIDDEN), 0, 0),
        (_flags(o1=HIDDEN, o2=HIDDEN, o3=HIDDEN), HIDDEN, 0),
        (_flags(o1=GHOST, o2=HIDDEN, o3=GHOST), GHOST, 0),
        (_flags(o1=GHOST, o2=GHOST), 0, 0),
        (_flags(o2=SELECTED, o4=SELECTED), SELECTED, SELECTED),
        (_flags(o0=SELECTED), 0, SELECTED),
    ],
)
def test_a_stand_in_is_what_all_that_it_stands_for_are(
    table: ProxyTable, flags: np.ndarray, first: int, second: int
) -> None:
    found = StandIns(6, table).flags(flags)
    assert found[:6].tolist() == flags.tolist()
    only_hidden_counts = found[6:] & ~(GHOST if first & HIDDEN else np.uint8(0))
    assert only_hidden_counts.tolist() == [first, second]


def test_a_stand_in_has_the_mean_colour(table: ProxyTable) -> None:
    colours = np.arange(24, dtype=np.uint8).reshape(6, 4)
    found = StandIns(6, table).colours(colours)
    assert found is not None
    assert found[6].tolist() == colours[1:4].mean(axis=0).tolist()
    assert StandIns(6, table).colours(None) is None


def test_of_values_a_stand_in_has_the_mean_of_those_to_be_trusted_most(table: ProxyTable) -> None:
    colours = np.zeros((6, 4), np.uint8)
    colours[:, 3] = (252, 255, 253, 255, 254, 252)
    colours[1:4, 0] = (10, 200, 30)
    found = StandIns(6, table).live_colours(colours)
    assert found is not None
    assert found[6].tolist() == [20, 0, 0, 255], "the grey of a missing one does not mix in"


def test_changed_objects_change_their_stand_ins(table: ProxyTable) -> None:
    stand_ins = StandIns(6, table)
    for rows, all_rows in ([2], [2, 6]), ([0], [0, 7]), ([5, 1], [5, 1, 6, 7]):
        found = stand_ins.rows(np.array(rows))
        assert found is not None
        assert found.tolist() == all_rows
    assert stand_ins.rows(None) is None


def test_a_click_means_what_names_it_or_the_nearest(table: ProxyTable) -> None:
    boxes = np.array([[10.0 * i, 0, 0, 10.0 * i + 5, 5, 5] for i in range(6)])
    boxes[3] = np.nan
    stand_ins = StandIns(6, table)
    assert stand_ins.object_of(4, np.zeros(3), boxes) == 4
    assert stand_ins.object_of(6, np.array([24.0, 9.0, 1.0]), boxes) == 2
    assert stand_ins.object_of(6, np.array([33.0, 1.0, 1.0]), boxes) == 2
    assert stand_ins.object_of(7, np.array([55.0, 1.0, 1.0]), boxes) == 0
