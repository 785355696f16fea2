"""Elevation rasters and imagery."""
