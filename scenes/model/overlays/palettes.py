"""Perceptual palettes, sampled at as many steps as a legend has classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_CLASSES = 7

# viridis (Smith and van der Walt, 2015, CC0) and cividis (Nuñez, Anderton and Renslow, 2018, CC0), seven even steps;
# batlow, ten steps (Crameri, 2018, MIT); BrBG (Brewer, Harrower et al., ColorBrewer, Apache-2.0).
# Alarms are red, orange and yellow: no palette may end there, so the diverging one runs from brown to teal.
PALETTES: dict[str, tuple[str, ...]] = {
    "viridis": ("#440154", "#443983", "#31688E", "#21918C", "#35B779", "#90D743", "#FDE725"),
    "cividis": ("#00224E", "#2A3F6D", "#575D6D", "#7D7C78", "#A59C74", "#D2C060", "#FEE838"),
    "batlow": (
        *("#011959", "#103F60", "#1C5A62", "#3C6D56", "#687B3E"),
        *("#9D892B", "#D29343", "#F8A17B", "#FDB7BC", "#FACCFA"),
    ),
    "teal": ("#E8F3EE", "#BFE0DA", "#8FCBC6", "#5CB2B2", "#35959C", "#1C7685", "#0F566B"),
    "diverging": ("#8C510A", "#BF8F45", "#E3CFA4", "#E9E9E4", "#B2DBD4", "#4FA69D", "#01665E"),
}
DEFAULT = "viridis"
MISSING_RGB = (201, 201, 196)


def hex_rgb(colour: str) -> tuple[int, int, int]:
    """``#RRGGBB`` as three bytes."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def rgb_hex(rgb: NDArray[np.uint8] | tuple[int, int, int]) -> str:
    """Three bytes as ``#RRGGBB``."""
    red, green, blue = (int(part) for part in rgb)
    return f"#{red:02X}{green:02X}{blue:02X}"


def sampled(palette: str, shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Colours (n, 3) of a palette at shares 0..1 of its length; an unknown palette is viridis."""
    known = np.array([hex_rgb(colour) for colour in PALETTES.get(palette, PALETTES[DEFAULT])], np.float64)
    place = np.clip(shares, 0.0, 1.0) * (len(known) - 1)
    rgb = [np.interp(place, np.arange(len(known)), known[:, axis]) for axis in range(3)]
    result: NDArray[np.uint8] = np.round(np.stack(rgb, axis=-1)).astype(np.uint8)
    return result


def faded(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours (n, 3) drawn towards grey of about their lightness: what stale values look like."""
    grey = rgb.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    # Never as light or dark as the ends of a palette, so that the hatching shows on it.
    grey = 110.0 + grey / 255.0 * 90.0
    result: NDArray[np.uint8] = np.round(rgb * 0.22 + grey[:, None] * 0.78).astype(np.uint8)
    return result
