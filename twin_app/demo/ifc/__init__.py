"""The demo's BIM buildings: a kit of parts over ifcopenshell, and one module a building."""
