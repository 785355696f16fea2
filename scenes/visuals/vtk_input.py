"""Pointer and keys from a vtkRenderWindowInteractor, as a Qt widget or VTK's own window feeds it."""

from __future__ import annotations

from typing import Any

from scenes.visuals.gestures import Button, Gestures

_KEYS = {"Up": "up", "Down": "down", "Left": "left", "Right": "right"}


class VtkInput:
    """Passes an interactor's events on to `Gestures`, in place of any VTK interactor style."""

    def __init__(self, interactor: Any, gestures: Gestures) -> None:
        self._interactor = interactor
        self._gestures = gestures
        interactor.SetInteractorStyle(None)
        handlers = {
            "LeftButtonPressEvent": lambda *_: self._press(Button.LEFT),
            "MiddleButtonPressEvent": lambda *_: self._press(Button.MIDDLE),
            "RightButtonPressEvent": lambda *_: self._press(Button.RIGHT),
            "LeftButtonReleaseEvent": self._release,
            "MiddleButtonReleaseEvent": self._release,
            "RightButtonReleaseEvent": self._release,
            "LeftButtonDoubleClickEvent": lambda *_: gestures.double_click(*self._point()),
            "MouseMoveEvent": lambda *_: gestures.move(*self._point()),
            "MouseWheelForwardEvent": lambda *_: gestures.wheel(*self._point(), 1.0),
            "MouseWheelBackwardEvent": lambda *_: gestures.wheel(*self._point(), -1.0),
            "KeyPressEvent": self._key_down,
            "KeyReleaseEvent": self._key_up,
            "LeaveEvent": lambda *_: gestures.leave(),
        }
        self._tags = [interactor.AddObserver(event, handler) for event, handler in handlers.items()]

    def _point(self) -> tuple[float, float]:
        """The pointer, from the top left: VTK counts from the bottom."""
        x, y = self._interactor.GetEventPosition()
        return float(x), float(self._interactor.GetRenderWindow().GetSize()[1] - 1 - y)

    def _press(self, button: Button) -> None:
        if button is Button.LEFT and self._interactor.GetRepeatCount():
            self._gestures.double_click(*self._point())
            return
        shift, extend = bool(self._interactor.GetShiftKey()), bool(self._interactor.GetControlKey())
        self._gestures.press(button, *self._point(), shift=shift, extend=extend)

    def _release(self, *_: Any) -> None:
        self._gestures.release(*self._point())

    def _key_down(self, *_: Any) -> None:
        self._gestures.key_down(self._key(), shift=bool(self._interactor.GetShiftKey()))

    def _key_up(self, *_: Any) -> None:
        self._gestures.key_up(self._key(), shift=bool(self._interactor.GetShiftKey()))

    def _key(self) -> str:
        name = str(self._interactor.GetKeySym() or "")
        return _KEYS.get(name, name)

    def close(self) -> None:
        """Stop listening."""
        for tag in self._tags:
            self._interactor.RemoveObserver(tag)
        self._tags = []
