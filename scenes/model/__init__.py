"""Evented state of the scene, the single source of truth; knows neither Qt nor VTK.

Setters obey three laws: what was set is what is read, setting the same again tells nobody, one
change tells once. Everything here belongs to the GUI thread.
"""
