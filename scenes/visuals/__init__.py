"""Batches, camera, picking: the only code that draws with VTK."""
