"""The scheduler: reads, hands over, shows and lets go of tiles, beat by beat."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from loaders.model.frames import Matrix
from loaders.model.tiles import NO_NODE, TileContent, TileSource
from scenes.streaming.contents import Contents, Outcome, outcome_of
from scenes.streaming.crowd import MOST_PRESSURE, STRICTER, Crowd
from scenes.streaming.cut import Cut, cap_of, choose
from scenes.streaming.eye import Eye
from scenes.streaming.forest import Forest, Nodes, State
from scenes.streaming.heap import Heap
from scenes.streaming.idleness import Idleness
from scenes.streaming.limits import Limits
from scenes.streaming.sink import Sink

_LOOSER = 0.9
_AT_ONCE = 16  # tiles read before memory is looked at again
_MOST_ROUNDS = 100_000

User = tuple[int, int]  # tree, number


@dataclass(slots=True, eq=False)
class _Tree:
    source: TileSource
    sink: Sink
    world_from_model: Matrix
    visible: bool
    cap: int
    coarsest: int  # level of what it shows at least: a lower cap leaves that, but for terrain alone
    boost: float = 1.0


class Streamer:
    """Keeps what is on screen in memory, within limits; everything in one thread but for reading.

    ``complete`` of a tree: everything that the last picture needed of it is there, or cannot be had.
    """

    def __init__(self, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits or Limits()
        self.forest = Forest()
        self.graphics_bytes = 0
        self.pressure = 1.0  # how many times more error than asked for, that everything fits into memory
        self.is_short_of_memory = False  # since the limits were set, something had to be left out or shown coarser
        self._contents = Contents(self.limits.num_reading)
        self._trees: dict[int, _Tree] = {}
        self._next_tree = 0
        self._beat = 0
        self._idleness, self._heap = Idleness(clock), Heap(clock)
        self._eye: Eye | None = None
        self._moving = False
        self._coarser = 1.0
        self._dirty = True
        self.crowd = Crowd()
        self._full = False  # what is wanted does not fit into memory
        self._too_much = False  # the limits were lowered below what is held
        self._cut = Cut.empty()
        self._to_upload: deque[User] = deque()
        self._uploaded: list[User] = []  # waiting for the picture that takes them to the graphics card
        self._sizes: dict[User, int] = {}

    def set_limits(self, limits: Limits) -> None:
        """Take other limits at once; what is too much goes, what is on screen with less detail."""
        self.limits = limits
        self.pressure, self.is_short_of_memory = 1.0, False
        self.crowd = Crowd()
        self._dirty = self._too_much = True

    # -- trees ----------------------------------------------------------------------------------

    def add(self, source: TileSource, sink: Sink, world_from_model: Matrix, *, cap: int = 7) -> int:
        """Take up a tree; gives its handle."""
        tree, self._next_tree = self._next_tree, self._next_tree + 1
        nodes = source.nodes()
        self._trees[tree] = _Tree(source, sink, world_from_model, True, cap, nodes.coarsest_level)
        self.forest.add(tree, nodes, world_from_model)
        self._dirty = True
        return tree

    def remove(self, tree: int) -> None:
        """Let go of a tree and of all its tiles."""
        rows = self.forest.rows_of(tree)
        rows = rows[rows >= 0]
        for row in rows[self.forest.state[rows] != State.ABSENT]:
            self._let_go(int(row))
        for user in [user for users in (self._to_upload, self._uploaded) for user in users if user[0] == tree]:
            self._contents.give_up(user)
        self._to_upload = deque(user for user in self._to_upload if user[0] != tree)
        self._uploaded = [user for user in self._uploaded if user[0] != tree]
        self.forest.remove(tree)
        self._trees.pop(tree, None)
        # The rows of the last cut are no longer those of the forest.
        self._cut = Cut.empty()
        self._dirty = True

    def place(self, tree: int, world_from_model: Matrix) -> None:
        """Move a tree."""
        self._trees[tree].world_from_model = world_from_model
        self.forest.place(tree, world_from_model)
        self._dirty = True

    def set_visible(self, tree: int, visible: bool) -> None:
        """Show a tree or not; what is not shown is not read."""
        self._trees[tree].visible = visible
        self._dirty = True

    def set_cap(self, tree: int, level: int) -> None:
        """The highest level of detail to show of a tree, as `cap_of` takes it."""
        self._trees[tree].cap = level
        self._dirty = True

    def set_boost(self, tree: int, boost: float) -> None:
        """How many times more the errors of a tree count: what is cut open shows what is inside from further off."""
        if self._trees[tree].boost != boost:
            self._trees[tree].boost = boost
            rows = self.forest.rows_of(tree)
            self.forest.boost[rows[rows >= 0]] = boost
            self._dirty = True

    def set_enabled(self, tree: int, enabled: NDArray[np.bool_]) -> None:
        """Which nodes may be shown at all, by number; those beyond the array may."""
        rows = self.forest.rows_of(tree)[: len(enabled)]
        known = rows >= 0
        if not np.array_equal(self.forest.enabled[rows[known]], enabled[: len(rows)][known]):
            self.forest.enabled[rows[known]] = enabled[: len(rows)][known]
            self._dirty = True

    def retry(self, tree: int) -> None:
        """Forget that tiles could not be read."""
        rows = self.forest.rows_of(tree)
        rows = rows[rows >= 0]
        self.forest.state[rows[self.forest.state[rows] == State.FAILED]] = State.ABSENT
        self._dirty = True

    def is_complete(self, tree: int) -> bool:
        """Whether the last cut has everything of a tree, as far as it can be had."""
        roots = self.forest.roots([tree])
        return all(self._cut.complete.get(int(root), False) for root in roots)

    # -- beats ----------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """Tiles that the current view wants and that are not ready; at least one until that is known."""
        if self._dirty and self._trees and self._eye is not None:
            return 1 + len(self._to_upload)
        waiting = 0 if self._full else int((self.forest.state[self._cut.wanted] == State.ABSENT).sum())
        return waiting + self._contents.num_reading + len(self._to_upload) + len(self._uploaded)

    @property
    def data_bytes(self) -> int:
        """Bytes of tiles in memory."""
        return self._contents.num_bytes

    def look(self, eye: Eye, *, moving: bool = False, coarser: float = 1.0) -> None:
        """What is looked at from now on; ``coarser`` is how many times more error is allowed while moving."""
        self._eye, self._moving, self._coarser = eye, moving, coarser
        self.pressure = max(1.0, self.pressure * _LOOSER)
        self._dirty = True

    def beat(self, budget_secs: float) -> bool:
        """Take what was read, hand over some of it, choose anew, read on; tells whether anything changed."""
        self._take_arrived()
        self._upload(time.perf_counter() + budget_secs)
        changed = self._dirty
        if self._dirty:
            self._choose()
        if self._too_much:
            self._too_much = not self._make_room(0)
            self._show_less(urgent=self._too_much)
        self._let_go_of_idle()
        self._read_on()
        return changed

    def drawn(self) -> None:
        """A picture was made: what it took to the graphics card is ready."""
        for tree, number in self._uploaded:
            row = self._row((tree, number))
            if row >= 0 and self.forest.state[row] == State.READ:
                self.forest.state[row] = State.READY
                self._dirty = True
        self._uploaded = []

    def settle(self) -> None:
        """Read and hand over all that the current view wants, without threads, before coming back."""
        for _ in range(_MOST_ROUNDS):
            self._take_arrived()
            self._upload(np.inf)
            self.drawn()
            self._choose()
            urgent = self._cut.wanted[: self._cut.num_urgent]
            users = [self._user(row) for row in urgent[self.forest.state[urgent] == State.ABSENT][:_AT_ONCE]]
            if users and not self._make_room(int(self.forest.num_bytes[urgent].max())):
                if self._show_less(urgent=True):
                    continue
                return
            if not users and not self._contents.num_reading and not self._to_upload:
                return
            for user in users:
                self._read_here(user)

    def _choose(self) -> None:
        self._dirty = False
        if self._eye is None:
            return
        self._beat += 1
        roots = self.forest.roots([tree for tree, one in self._trees.items() if one.visible])
        owners = [self._trees[int(tree)] for tree in self.forest.tree[roots]]
        caps = np.array([cap_of(owner.cap, owner.coarsest) for owner in owners], np.int8)
        error_px = self.limits.moving_error_px * self._coarser if self._moving else self.limits.error_px
        eye = self._eye
        self._cut, self.pressure = self.crowd.thinned(
            lambda pressure: choose(self.forest, roots, eye, error_px * pressure, caps),
            self.pressure,
            self.limits.num_tiles,
        )
        self.forest.used_at[self._cut.used] = self._beat
        self._show(self._cut.show)

    def _show(self, nodes: Nodes) -> None:
        shown = np.zeros(self.forest.size, np.bool_)
        shown[nodes] = True
        before = self.forest.shown[: self.forest.size]
        for on in (True, False):
            for row in np.flatnonzero((shown & ~before) if on else (before & ~shown)):
                tree, number = self._user(int(row))
                self._trees[tree].sink.show(number, on)
        self.forest.shown[: self.forest.size] = shown

    # -- reading --------------------------------------------------------------------------------

    def _read_on(self) -> None:
        self._full = False
        for place, row in enumerate(self._cut.wanted):
            if self._contents.is_full:
                return
            if self.forest.state[row] != State.ABSENT:
                continue
            if not self._make_room(int(self.forest.num_bytes[row])):
                self._full = True
                self._show_less(urgent=place < self._cut.num_urgent)
                return
            user = self._user(int(row))
            source = self._trees[user[0]].source
            key = (source.key, user[1])
            content = self._contents.use(key, user)
            if content is not None:
                self._note_read(user, content)
                continue
            self.forest.state[row] = State.READING
            self._contents.read(key, user, lambda source=source, number=user[1]: source.read(number))  # type: ignore[misc]

    def _read_here(self, user: User) -> None:
        source = self._trees[user[0]].source
        key = (source.key, user[1])
        content = self._contents.use(key, user)
        outcome: Outcome = content if content is not None else outcome_of(lambda: source.read(user[1]))
        if isinstance(outcome, TileContent):
            self._contents.hold(key, outcome, {user})
        self._note(user, outcome)

    def _take_arrived(self) -> None:
        for _key, outcome, users in self._contents.arrived():
            for user in users:
                self._note(user, outcome)  # type: ignore[arg-type]

    def _note(self, user: User, outcome: Outcome) -> None:
        if isinstance(outcome, CityTwinError):
            row = self._row(user)
            if row >= 0:
                self.forest.state[row] = State.FAILED
                self._trees[user[0]].sink.failed(user[1], outcome)
        else:
            self._note_read(user, outcome)
        self._dirty = True

    def _note_read(self, user: User, content: TileContent) -> None:
        row = self._row(user)
        if row < 0:
            self._contents.release(self._key(user), user)
            return
        self._dirty = True
        if content.nodes is not None and self.forest.expands[row]:
            tree = self._trees[user[0]]
            self.forest.add(user[0], content.nodes, tree.world_from_model, tree.boost)
            self.forest.expands[row] = False
            if not self.forest.has_content[row]:  # from now on it only stands for what is below it
                self.forest.error_m[row] = np.inf
        if self.forest.has_content[row]:
            self.forest.state[row] = State.READ
            self._to_upload.append(user)
        else:
            self.forest.state[row] = State.READY
            self._contents.release(self._key(user), user)
            for problem in content.problems:
                self._trees[user[0]].sink.told(problem)

    # -- handing over ---------------------------------------------------------------------------

    def _upload(self, end_secs: float) -> None:
        left = self.limits.upload_bytes if np.isfinite(end_secs) else np.inf
        while self._to_upload and left > 0:
            user = self._to_upload.popleft()
            content = self._contents.use(self._key(user), user)
            row = self._row(user)
            if content is None or self.forest.state[row] != State.READ:
                continue
            if self.forest.used_at[row] < self._beat and np.isfinite(end_secs):
                self._let_go(row)  # the camera went on before it came
                continue
            size = self._trees[user[0]].sink.upload(user[1], content)
            self._sizes[user] = size
            self.graphics_bytes += size
            self._uploaded.append(user)
            left -= size
            if time.perf_counter() >= end_secs:
                return

    def _make_room(self, num_bytes: int) -> bool:
        """Let go of what was not used for longest; tells whether as much fits in."""
        if self._fits(num_bytes):
            return True
        for row in self._idle(self._beat):
            self._let_go(int(row))
            if self._fits(num_bytes):
                return True
        return False

    def _let_go_of_idle(self) -> None:
        """A few at a time of what no view has needed for long."""
        if before := self._idleness.before(self._beat, self.limits.idle_secs):
            for row in self._idle(before)[:_AT_ONCE]:
                self._let_go(int(row))
            self._heap.give_back()

    def _idle(self, before: int) -> Nodes:
        """What is there and was last used before a beat, the longest unused first."""
        state = self.forest.state[: self.forest.size]
        idle = (state == State.READY) & self.forest.has_content[: self.forest.size]
        idle &= ~self.forest.shown[: self.forest.size] & (self.forest.used_at[: self.forest.size] < before)
        rows = np.flatnonzero(idle)
        return rows[np.argsort(self.forest.used_at[rows], kind="stable")]

    def _show_less(self, *, urgent: bool) -> bool:
        """Everything is in use: with less detail, more of it fits. Tells whether there is less detail to be had."""
        self.is_short_of_memory |= urgent
        if not urgent or self.pressure >= MOST_PRESSURE:
            return False
        self.pressure *= STRICTER
        self._dirty = True
        return True

    def _fits(self, num_bytes: int) -> bool:
        limits = self.limits
        on_their_way = num_bytes * (1 + self._contents.num_reading)
        return self._contents.num_bytes + on_their_way <= limits.data_bytes and (
            self.graphics_bytes + on_their_way <= limits.graphics_bytes
        )

    def _let_go(self, row: int) -> None:
        user = self._user(row)
        state = self.forest.state[row]
        if state == State.READING:
            self._contents.give_up(user)
        elif state in (State.READ, State.READY) and self.forest.has_content[row]:
            size = self._sizes.pop(user, None)
            if size is not None:
                self.graphics_bytes -= size
                self._trees[user[0]].sink.drop(user[1])
            self._contents.release(self._key(user), user)
        if self.forest.has_content[row]:
            self.forest.state[row] = State.ABSENT
        self.forest.shown[row] = False

    def close(self) -> None:
        """Let go of everything; threads end."""
        for tree in list(self._trees):
            self.remove(tree)
        self._contents.close()

    def _user(self, row: int) -> User:
        return int(self.forest.tree[row]), int(self.forest.number[row])

    def _row(self, user: User) -> int:
        rows = self.forest.rows_of(user[0])
        return int(rows[user[1]]) if 0 <= user[1] < len(rows) else NO_NODE

    def _key(self, user: User) -> tuple[object, int]:
        return self._trees[user[0]].source.key, user[1]
