"""Overlays of live values: each draws one kind of `scenes.model.overlays`."""
