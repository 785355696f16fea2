"""Levels of detail of a source, made when it is converted: which objects share a tile, and what stands in from afar."""
