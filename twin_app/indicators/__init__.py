"""Indicators: what numbers mean, their targets and how far they are; knows neither Qt nor VTK."""
