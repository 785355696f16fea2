"""The 3D view in the window: a native widget that VTK draws into, and that feeds pointer and keys to the canvas."""

from __future__ import annotations

import sys
import time
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPaintEngine,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkRenderingCore import vtkRenderWindow

from scenes.model.canvas import Mode
from scenes.model.scene import Scene
from scenes.visuals.canvas import SceneCanvas
from scenes.visuals.gestures import Button, Gestures
from scenes.visuals.render_windows import is_weak, renderer_name, route_messages

TICK_MS, SLOWEST_TICK_MS = 15, 250
NOTCH_DEG8 = 120.0
BUTTONS = {
    Qt.MouseButton.LeftButton: Button.LEFT,
    Qt.MouseButton.MiddleButton: Button.MIDDLE,
    Qt.MouseButton.RightButton: Button.RIGHT,
}
KEYS = {Qt.Key.Key_Up: "up", Qt.Key.Key_Down: "down", Qt.Key.Key_Left: "left", Qt.Key.Key_Right: "right"}
KEYS |= {Qt.Key.Key_W: "w", Qt.Key.Key_A: "a", Qt.Key.Key_S: "s", Qt.Key.Key_D: "d"}


class CanvasWidget(QWidget):
    """Owns the render window. ``parent`` must be its final parent: moving it would change the native window.

    Ticks only while there is something to do. `broken` tells that no picture can be drawn.
    """

    broken = Signal()
    drawn_first = Signal(str, bool)  # the renderer's name, whether it draws on the processor
    pressed = Signal()

    def __init__(self, scene: Scene, parent: QWidget, *, language: str, animated: bool) -> None:
        super().__init__(parent)
        for attribute in (
            Qt.WidgetAttribute.WA_NativeWindow,
            Qt.WidgetAttribute.WA_PaintOnScreen,
            Qt.WidgetAttribute.WA_OpaquePaintEvent,
            Qt.WidgetAttribute.WA_NoSystemBackground,
        ):
            self.setAttribute(attribute)
        self.setObjectName("canvas")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 90)
        route_messages()
        self._window: Any = vtkRenderWindow()
        # Without GLX, VTK silently takes a kind of window that cannot draw on the screen.
        self.can_draw = not sys.platform.startswith("linux") or self._window.IsA("vtkXOpenGLRenderWindow")
        self._window.SetWindowInfo(str(int(self.winId())))
        self._resize_window()
        self.canvas = SceneCanvas(self._window, scene, language=language, animated=animated)
        self._gestures = Gestures(self.canvas)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._drew = False
        self._drawn_size_px = (0, 0)
        self._closed = False
        self.canvas.render_requested.connect(self.wake)
        self.canvas.mode_changed.connect(self.wake, max_args=0)
        scene.layers.added.connect(self.wake, max_args=0)
        scene.layers.layer_changed.connect(self.wake, max_args=0)

    # -- ticking --------------------------------------------------------------------------------

    def wake(self) -> None:
        """Tick until there is nothing left to do."""
        if not self._closed and not self._timer.isActive():
            self._timer.start(TICK_MS)

    def warm_up(self, size: QSize) -> None:
        """Draw once while nobody waits: opening the context and building shaders takes a few hundred milliseconds.

        ``size`` is the one to be shown at: with another one, the first picture makes all its buffers anew.
        """
        if not self.can_draw:
            self.broken.emit()
        elif not self._closed and not self._drew:
            if not self.isVisible():
                self.resize(size)
                self._resize_window()
            self._drawn_size_px = self.canvas.size_px()
            self.canvas.warm_up()
            self._note_first_picture()

    def _tick(self) -> None:
        if self._closed or not self.can_draw or not self.isVisible():
            self._timer.stop()
            return
        start = time.perf_counter()
        self._drawn_size_px = self.canvas.size_px()
        busy = self.canvas.tick()
        self._note_first_picture()
        # Where pictures are slow, the event loop gets as much time as they do.
        spent_ms = round((time.perf_counter() - start) * 1000)
        self._timer.setInterval(min(max(TICK_MS, spent_ms), SLOWEST_TICK_MS))
        if not busy and self.canvas.mode is not Mode.WALK:
            self._timer.stop()

    def _note_first_picture(self) -> None:
        if self._drew or not self.canvas.has_drawn:
            return
        self._drew = True
        name = renderer_name(self._window)
        if name:
            self.drawn_first.emit(name, is_weak(name))
        else:
            self.can_draw = False
            self.broken.emit()

    # -- the native window ----------------------------------------------------------------------

    def paintEngine(self) -> QPaintEngine | None:  # type: ignore[override]
        """None: VTK draws here, Qt does not."""
        return None

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what was uncovered: at once after a change of size, which must not show black, else at the next beat."""
        if self._closed or not self.can_draw or not self.isVisible():
            return
        if self._drawn_size_px != self.canvas.size_px():
            self._draw()
        else:
            self.canvas.request_render()
        self.wake()

    def _draw(self) -> None:
        self._drawn_size_px = self.canvas.size_px()
        self.canvas.render_now()
        self._note_first_picture()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the widget's size, in device pixels."""
        super().resizeEvent(event)
        if not self._closed:
            self._resize_window()
            self.canvas.request_render()

    def _resize_window(self) -> None:
        ratio = self.devicePixelRatioF()
        width, height = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        # The base class's method only notes the size: Qt has resized the native window already.
        vtkRenderWindow.SetSize(self._window, width, height)
        self._window.SetDPI(round(72 * ratio))

    def event(self, event: QEvent) -> bool:
        """Keys that walk must not be taken for shortcuts; a touch pad's pinch zooms."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if self.canvas.mode is Mode.WALK and event.key() in KEYS and not _with_control(event):
                event.accept()
                return True
        elif event.type() == QEvent.Type.NativeGesture and isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._gestures.pinch(*self._px(event.position()), 1.0 + event.value())
                self.wake()
                return True
        elif event.type() in (QEvent.Type.DevicePixelRatioChange, QEvent.Type.ScreenChangeInternal):
            self._resize_window()
        return super().event(event)

    # -- pointer and keys -----------------------------------------------------------------------

    def _px(self, point: QPointF | QPoint) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return point.x() * ratio, point.y() * ratio

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A button went down."""
        button = BUTTONS.get(event.button())
        if button is None:
            return
        self.pressed.emit()
        modifiers = event.modifiers()
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        extend = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        self._gestures.press(button, *self._px(event.position()), shift=shift, extend=extend)
        self.wake()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The pointer moved."""
        self._gestures.move(*self._px(event.position()))
        self.wake()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A button went up."""
        if event.button() in BUTTONS:
            self._gestures.release(*self._px(event.position()))
            self.wake()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._gestures.double_click(*self._px(event.position()))
            self.wake()
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom to the pointer."""
        self._gestures.wheel(*self._px(event.position()), event.angleDelta().y() / NOTCH_DEG8)
        event.accept()
        self.wake()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk; other keys are the window's."""
        name = KEYS.get(Qt.Key(event.key()))
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if name is None or _with_control(event) or not self._gestures.key_down(name, shift=shift):
            super().keyPressEvent(event)
        self.wake()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Stop walking that way."""
        name = KEYS.get(Qt.Key(event.key()))
        if name is not None and not event.isAutoRepeat():
            self._gestures.key_up(name, shift=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            self.wake()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Nobody walks on while the keys go elsewhere."""
        self._gestures.leave()
        super().focusOutEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """The pointer is over the view."""
        self.wake()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        self.canvas.point_away()
        super().leaveEvent(event)

    # -- the end --------------------------------------------------------------------------------

    def shut_down(self) -> None:
        """Let VTK go while the native window still lives; idempotent."""
        if self._closed:
            return
        self._closed = True
        self._timer.stop()
        scene = self.canvas.scene
        self.canvas.render_requested.disconnect(self.wake)
        self.canvas.mode_changed.disconnect(self.wake)
        scene.layers.added.disconnect(self.wake)
        scene.layers.layer_changed.disconnect(self.wake)
        self.canvas.close()


def _with_control(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier))
