"""What can be done with selected objects."""

from __future__ import annotations

from twin_app.commands.conditions import has_content, has_selection
from twin_app.commands.registry import Command
from twin_app.usecases import objects
from twin_app.usecases.workbench import Workbench


def fit_selection(workbench: Workbench) -> None:
    """Bring the selection into view; without one, everything."""
    if workbench.scene.selection:
        workbench.canvas.fit_objects(objects.selection_with_descendants(workbench))
    else:
        workbench.canvas.fit()


COMMANDS = (
    Command("object.fit", fit_selection, "object", "F", "mdi6.image-filter-center-focus", has_content, toolbar=True),
    Command("object.hide", objects.hide_selection, "object", "H", "mdi6.eye-off-outline", has_selection),
    Command("object.isolate", objects.isolate_selection, "object", "I", "mdi6.target", has_selection, toolbar=True),
    Command("object.ghost", objects.ghost_selection, "object", "G", "mdi6.ghost-outline", objects.can_ghost),
    Command("object.show_all", objects.show_all, "object", "Shift+H", "mdi6.eye-outline", has_content),
    Command(
        "object.spaces",
        objects.toggle_spaces,
        "object",
        "",
        "mdi6.cube-scan",
        has_content,
        checked=objects.spaces_shown,
    ),
)
