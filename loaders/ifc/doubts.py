"""What happens where a file breaks its own schema: that part is left out and told, the rest goes on."""

from __future__ import annotations

from types import TracebackType

from loaders.model.errors import Finding

# What ifcopenshell and plain Python raise at an attribute of another kind than the schema says; an endless
# chain of references ends in RecursionError (a RuntimeError) or, within the binding, in SystemError.
MALFORMED = (ArithmeticError, AttributeError, LookupError, RuntimeError, SystemError, TypeError, ValueError)


class Doubts:
    """Collects the places that could not be read. Use: ``with doubts.at("#12"): …`` around a part."""

    def __init__(self) -> None:
        self._first = ""
        self._count = 0
        self._place = ""

    def at(self, place: str) -> Doubts:
        """The same collector, about ``place``."""
        self._place = place
        return self

    def __enter__(self) -> None:
        """Nothing is needed to begin."""

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        if kind is None or not issubclass(kind, MALFORMED):
            return False
        self.note(self._place)
        return True

    def note(self, place: str) -> None:
        """One more place that could not be read; for loops too hot for a ``with`` around each turn."""
        self._first = self._first or place
        self._count += 1

    def findings(self) -> list[Finding]:
        """One for all, with the first place."""
        return [Finding.error("ifc.malformed", self._first, count=self._count)] if self._count else []
