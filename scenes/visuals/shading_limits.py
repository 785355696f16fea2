"""What the shaders of faces and of points agree on."""

from __future__ import annotations

MAX_CUTS = 12  # half-spaces: a box and six planes
SUN_AZIMUTH_DEG = 232.0  # clockwise from north: late morning's opposite, so that south-west faces are bright
SUN_ALTITUDE_DEG = 46.0
