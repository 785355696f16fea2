"""IFC models: attributes, placement, and geometry from two engines."""
