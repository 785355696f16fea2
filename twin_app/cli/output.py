"""What a command prints: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any

from loaders.model.errors import CityTwinError, Finding
from twin_app.services.translations import Translator

BAR_WIDTH = 28


def quiet_native_libraries() -> None:
    """Keep native libraries' own chatter off the streams; what matters comes as findings."""
    os.environ.setdefault("CPL_LOG", os.devnull)
    logging.getLogger("rasterio").setLevel(logging.CRITICAL)


class Output:
    """The two streams of a command. With ``as_json`` only JSON goes to standard output."""

    def __init__(self, *, as_json: bool, tr: Translator | None = None) -> None:
        self.as_json = as_json
        self.tr = tr or Translator()
        self._bar_shown = False

    def result(self, value: dict[str, Any], lines: list[str]) -> None:
        """Print a result: the object, or the lines for people."""
        self.end_progress()
        text = json.dumps(value, ensure_ascii=False, allow_nan=False) if self.as_json else "\n".join(lines)
        data = (text + "\n").encode("utf-8")
        sys.stdout.buffer.write(data)
        sys.stdout.flush()

    def sentence(self, error: CityTwinError | Finding) -> str:
        """An error in one sentence, its place last."""
        text = self.tr.error(error)
        return f"{text} [{error.place}]" if error.place else text

    def error(self, error: CityTwinError) -> None:
        """Tell that something could not be done."""
        self.end_progress()
        message = self.tr.error(error)
        if self.as_json:
            value = {"error": {"code": error.code, "message": message, "place": error.place}}
            self.result(value, [])
        else:
            self._stderr(f"citytwin: {self.sentence(error)}\n")

    def finding(self, finding: Finding) -> None:
        """Tell that part of something could not be done."""
        self.end_progress()
        self._stderr(f"citytwin: {self.sentence(finding)}\n")

    def note(self, code: str, **args: Any) -> None:
        """Tell something on standard error."""
        self.end_progress()
        self._stderr(self.tr(code, **args) + "\n")

    def progress(self, fraction: float | None, stage_key: str) -> None:
        """Draw a bar when standard error is a terminal."""
        if not sys.stderr.isatty():
            return
        share = min(1.0, max(0.0, fraction or 0.0))
        filled = int(share * BAR_WIDTH)
        self._stderr(f"\r{'█' * filled}{'░' * (BAR_WIDTH - filled)} {share:4.0%} {self.tr(stage_key)}\x1b[K")
        self._bar_shown = True

    def end_progress(self) -> None:
        """Take the bar away."""
        if self._bar_shown:
            self._stderr("\r\x1b[K")
            self._bar_shown = False

    @staticmethod
    def _stderr(text: str) -> None:
        sys.stderr.buffer.write(text.encode("utf-8", "replace"))
        sys.stderr.flush()
