"""The list of panels, in the order in which their docks are made."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from twin_app.ui.actions import Actions
from twin_app.ui.context import UiContext
from twin_app.ui.panels.alarms import AlarmsPanel
from twin_app.ui.panels.events import EventsPanel
from twin_app.ui.panels.indicators import IndicatorsPanel
from twin_app.ui.panels.jobs import JobsPanel
from twin_app.ui.panels.layers import LayersPanel
from twin_app.ui.panels.live import LivePanel
from twin_app.ui.panels.messages import MessagesPanel
from twin_app.ui.panels.objects import ObjectsPanel
from twin_app.ui.panels.placement import PlacementPanel
from twin_app.ui.panels.properties import PropertiesPanel
from twin_app.ui.panels.section import SectionPanel
from twin_app.ui.panels.topic import TopicPanel
from twin_app.ui.panels.trend import TrendPanel


def make_panels(context: UiContext, actions: Actions) -> dict[str, QWidget]:
    """All panels by name."""
    return {
        "layers": LayersPanel(context, actions),
        "objects": ObjectsPanel(context, actions),
        "properties": PropertiesPanel(context),
        "placement": PlacementPanel(context),
        "section": SectionPanel(context),
        "indicators": IndicatorsPanel(context),
        "messages": MessagesPanel(context),
        "jobs": JobsPanel(context),
        "live": LivePanel(context),
        "trend": TrendPanel(context),
        "topic": TopicPanel(context),
        "alarms": AlarmsPanel(context),
        "events": EventsPanel(context),
    }
