"""Where labels go so that none covers another: by priority, and where they were before if they still can."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

NOWHERE = -1
Floats = NDArray[np.float64]

# Where a label's rectangle lies about its anchor: its middle, in (half widths, half heights) and whole gaps.
# Above first, where it hides least of what it is about; the last ones need a longer leader.
_SLOTS = np.array(
    [
        [0, -1, 0, -1],
        [1, -1, 0.4, -1],
        [-1, -1, -0.4, -1],
        [1, 0, 1, 0],
        [-1, 0, -1, 0],
        [0, -1, 0, -3.2],
        [0, 1, 0, 1],
    ],
    np.float64,
)
_OUTSIDE = -1e7


@dataclass(frozen=True, slots=True)
class Placed:
    """For each of n labels its ``form`` and ``slot`` (n,), and its rectangle (n, 4) x0 y0 x1 y1.

    A label without a place has `NOWHERE` twice, and NaN.
    """

    form: NDArray[np.int64]
    slot: NDArray[np.int64]
    rectangles: Floats

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Which labels have a place, (n,)."""
        shown: NDArray[np.bool_] = self.slot != NOWHERE
        return shown


@dataclass(frozen=True, slots=True)
class Rules:
    """How labels are placed, pixels. ``gap`` lies between a label and its anchor, ``margin`` between labels.

    ``give`` is how much nearer to another one a label may come that is shown already, before it goes away: so much
    a camera can move to and fro without flicker. All labels together take ``most_share`` of the picture.
    """

    gap_px: float = 12.0
    margin_px: float = 6.0
    give_px: float = 6.0
    most_share: float = 0.3
    most: int = 400


DEFAULT_RULES = Rules()


@dataclass(slots=True)
class _Board:
    """Rectangles that are taken, (4, n) of which ``count`` are filled, and how much room is left."""

    size_px: tuple[int, int]
    taken: Floats
    count: int
    room_px: float
    rules: Rules = field(default_factory=Rules)

    def free(self, rectangles: Floats, slack_px: float) -> NDArray[np.bool_]:
        """Which of some rectangles (k, 4) lie in the picture and on nothing; ``slack_px`` more room than that."""
        width, height = self.size_px
        inside = (rectangles[:, :2] >= 0.0).all(axis=1) & (rectangles[:, 2] <= width) & (rectangles[:, 3] <= height)
        x0, y0, x1, y1 = self.taken[:, : self.count, None]
        meets = (x1 + slack_px) > rectangles[:, 0]
        meets &= (x0 - slack_px) < rectangles[:, 2]
        meets &= (y1 + slack_px) > rectangles[:, 1]
        meets &= (y0 - slack_px) < rectangles[:, 3]
        return np.asarray(inside & ~meets.any(axis=0), np.bool_)

    def take(self, rectangle: Floats, entry: int = -1) -> int:
        """Note that a rectangle is taken, in place of an ``entry`` given back or as a new one, which it gives."""
        if entry < 0:
            entry, self.count = self.count, self.count + 1
        self.taken[:, entry] = rectangle
        self.room_px -= _area_px(rectangle)
        return entry

    def give_back(self, entry: int) -> None:
        """Note that an entry's rectangle is free again."""
        self.room_px += _area_px(self.taken[:, entry])
        self.taken[:, entry] = _OUTSIDE


def _area_px(rectangle: Floats) -> float:
    return float((rectangle[2] - rectangle[0]) * (rectangle[3] - rectangle[1]))


def place_labels(
    anchors_px: Floats,
    sizes_px: Floats,
    priorities: Floats,
    size_px: tuple[int, int],
    before: Placed | None = None,
    *,
    taken_px: Floats | None = None,
    rules: Rules = DEFAULT_RULES,
) -> Placed:
    """Places for n labels in a picture of ``size_px``, from the top left.

    ``anchors_px`` (n, 2), NaN for what is not in the picture; ``sizes_px`` (n, f, 2) of the forms a label can take, the
    best first; a form of no size is left out. ``before`` is what the last picture had. ``taken_px`` (t, 4) stay free.
    """
    n = len(anchors_px)
    form, slot = np.full(n, NOWHERE, np.int64), np.full(n, NOWHERE, np.int64)
    rectangles = np.full((n, 4), np.nan)
    known = before if before is not None and len(before.slot) == n else None
    reserved = np.zeros((0, 4)) if taken_px is None else taken_px
    board = _Board(
        size_px,
        np.ascontiguousarray(np.concatenate([reserved, np.zeros((n, 4))]).T),
        len(reserved),
        rules.most_share * size_px[0] * size_px[1],
        rules,
    )
    candidates = _candidates(anchors_px, sizes_px, size_px, rules)
    order = _order(anchors_px, priorities, size_px, known)[: rules.most]
    entries: dict[int, int] = {}
    for index in order:
        was = None if known is None or not known.shown[index] else (int(known.form[index]), int(known.slot[index]))
        found = _kept(candidates[index], was, board) or _first_free(candidates[index], board, rules.margin_px, was)
        if found is not None:
            form[index], slot[index] = found
            entries[index] = board.take(candidates[index, found[0], found[1]])
    # Only when all have a place may one take a better form: never from another that was shown.
    for index, entry in entries.items():
        if form[index] > 0:
            board.give_back(entry)
            found = _first_free(candidates[index, : form[index]], board, rules.margin_px, None)
            form[index], slot[index] = found or (form[index], slot[index])
            board.take(candidates[index, form[index], slot[index]], entry)
    for index in entries:
        rectangles[index] = candidates[index, form[index], slot[index]]
    return Placed(form, slot, rectangles)


def _candidates(anchors_px: Floats, sizes_px: Floats, size_px: tuple[int, int], rules: Rules) -> Floats:
    """Rectangles (n, f, slots, 4), on whole pixels; at the picture's edge they slide along it."""
    half = sizes_px[:, :, None, :] / 2.0
    middle = anchors_px[:, None, None, :] + half * _SLOTS[:, :2] + rules.gap_px * _SLOTS[:, 2:]
    corner = np.round(np.clip(middle - half, 0.0, np.maximum(np.asarray(size_px) - 2.0 * half, 0.0)))
    # What would come to lie on its own anchor there is out of the picture: another slot takes its place.
    within = np.asarray(anchors_px)[:, None, None, :] - corner
    covers = ((within > 0.0) & (within < 2.0 * half)).all(axis=-1)
    corner[covers] = _OUTSIDE
    return np.concatenate([corner, corner + sizes_px[:, :, None, :]], axis=-1)


def _order(anchors_px: Floats, priorities: Floats, size_px: tuple[int, int], known: Placed | None) -> list[int]:
    """Labels whose anchors are in the picture, by priority; of equal ones, those first that are shown already."""
    finite = np.asarray(np.isfinite(anchors_px).all(axis=1))
    at = np.where(finite[:, None], anchors_px, -1.0)
    inside = finite & (at >= 0.0).all(axis=1) & (at <= np.asarray(size_px)).all(axis=1)
    shown = np.zeros(len(priorities), np.bool_) if known is None else known.shown
    order = np.lexsort((np.arange(len(priorities)), ~shown, -priorities))
    chosen: list[int] = order[np.asarray(inside)[order]].tolist()
    return chosen


def _kept(candidates: Floats, was: tuple[int, int] | None, board: _Board) -> tuple[int, int] | None:
    """The form and slot that a label had, if it can stay there."""
    if was is None:
        return None
    candidate = candidates[was[0], was[1] : was[1] + 1]
    if _area_px(candidate[0]) > board.room_px:
        return None
    return was if board.free(candidate, board.rules.margin_px - board.rules.give_px)[0] else None


def _first_free(
    candidates: Floats, board: _Board, margin_px: float, was: tuple[int, int] | None
) -> tuple[int, int] | None:
    """The best form and slot (f, slots, 4) that is free: with room to spare for a label that was not there before."""
    slack = margin_px if was is not None else margin_px + board.rules.give_px
    flat = candidates.reshape(-1, 4)
    area_px = (flat[:, 2] - flat[:, 0]) * (flat[:, 3] - flat[:, 1])
    fits = (area_px > 0.0) & (area_px <= board.room_px)
    if not fits.any():
        return None
    free = np.flatnonzero(board.free(flat, slack) & fits)
    if not len(free):
        return None
    form, slot = divmod(int(free[0]), candidates.shape[1])
    return form, slot
