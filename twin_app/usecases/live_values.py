"""Live values in words: how old they are, how far they may be trusted; `live.numbers` has the numbers."""

from __future__ import annotations

import math

from twin_app.live.numbers import NOTHING
from twin_app.live.values import Quality, Reason, State
from twin_app.services.translations import Translator


def age_text(tr: Translator, age_s: float) -> str:
    """``12 s``, ``5 min``, ``3 h``, ``2 d``; "–" without a value."""
    if not math.isfinite(age_s):
        return NOTHING
    for limit_s, unit_s, key in ((120, 1, "seconds"), (7200, 60, "minutes"), (172_800, 3600, "hours")):
        if age_s < limit_s:
            return tr(f"live.age.{key}", count=int(age_s // unit_s))
    return tr("live.age.days", count=int(age_s // 86_400))


def quality_key(quality: int, reason: int, state: State) -> str:
    """The key of the words for how far a value may be trusted."""
    if state is State.MISSING:
        return "live.quality.missing"
    if quality == Quality.GOOD:
        return "live.quality.good"
    if reason == Reason.NONE:
        reason = Reason.SOURCE_SAYS
    return f"live.reason.{Reason(reason).name.lower()}"
