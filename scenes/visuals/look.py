"""How the city looks in each theme: sky, light, edges, accents. All colours sRGB 0..1."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of one theme's 3D view.

    The light on a face is ``mix(ground_light, sky_light, up) + sun_light * cos``: a hemisphere and a
    sun. ``ground_tone`` is what the terrain's own colours are multiplied with. ``edge_strength`` and
    ``ghost_opacity`` are 0..1; ``haze_share`` is how much haze lies on what is as far behind the
    scene's middle as the scene is wide.
    """

    zenith: Colour
    sky: Colour
    horizon: Colour
    ground: Colour
    sky_light: Colour
    ground_light: Colour
    sun_light: Colour
    edge: Colour
    edge_strength: float
    accent: Colour
    hover: Colour
    neutral: Colour
    cut: Colour
    text: Colour
    paper: Colour
    paper_opacity: float
    ground_tone: Colour = (1.0, 1.0, 1.0)
    haze_share: float = 0.22
    ghost_opacity: float = 0.12
    tint: float = 0.48
    alarms: tuple[Colour, Colour, Colour, Colour] = (
        (0.478, 0.318, 0.765),
        (0.949, 0.718, 0.020),
        (0.945, 0.420, 0.075),
        (0.835, 0.090, 0.165),
    )  # low to critical; nothing but alarms is drawn in them
    scale: float = 1.0  # of what is written on the picture


OFFICE_LIGHT = Look(
    zenith=(0.545, 0.690, 0.855),
    sky=(0.720, 0.825, 0.925),
    horizon=(0.945, 0.955, 0.960),
    ground=(0.700, 0.755, 0.805),
    sky_light=(0.650, 0.685, 0.735),
    ground_light=(0.515, 0.500, 0.485),
    sun_light=(0.490, 0.455, 0.390),
    edge=(0.130, 0.160, 0.210),
    edge_strength=0.62,
    accent=(0.000, 0.455, 0.880),
    hover=(0.100, 0.560, 0.960),
    neutral=(0.420, 0.450, 0.490),
    cut=(0.300, 0.340, 0.400),
    text=(0.130, 0.150, 0.180),
    paper=(1.000, 1.000, 0.995),
    paper_opacity=0.86,
)

OFFICE_DARK = Look(
    zenith=(0.115, 0.135, 0.165),
    sky=(0.165, 0.190, 0.225),
    horizon=(0.320, 0.345, 0.375),
    ground=(0.120, 0.132, 0.150),
    sky_light=(0.455, 0.490, 0.545),
    ground_light=(0.320, 0.315, 0.310),
    sun_light=(0.430, 0.400, 0.345),
    edge=(0.030, 0.038, 0.050),
    edge_strength=0.66,
    accent=(0.240, 0.640, 1.000),
    hover=(0.480, 0.760, 1.000),
    neutral=(0.620, 0.660, 0.700),
    cut=(0.560, 0.600, 0.650),
    text=(0.930, 0.940, 0.950),
    paper=(0.145, 0.155, 0.170),
    paper_opacity=0.88,
    ground_tone=(0.56, 0.58, 0.62),
    haze_share=0.26,
    alarms=((0.610, 0.450, 0.900), (0.980, 0.770, 0.130), (0.980, 0.480, 0.130), (0.950, 0.190, 0.240)),
)

SHOW = Look(
    zenith=(0.012, 0.024, 0.062),
    sky=(0.025, 0.055, 0.120),
    horizon=(0.085, 0.200, 0.330),
    ground=(0.012, 0.026, 0.058),
    sky_light=(0.300, 0.400, 0.545),
    ground_light=(0.150, 0.185, 0.245),
    sun_light=(0.400, 0.390, 0.380),
    edge=(0.330, 0.800, 1.000),
    edge_strength=0.55,
    accent=(1.000, 0.700, 0.180),
    hover=(0.300, 0.900, 1.000),
    neutral=(0.350, 0.620, 0.820),
    cut=(0.180, 0.720, 0.880),
    text=(0.900, 0.970, 1.000),
    paper=(0.030, 0.075, 0.135),
    paper_opacity=0.82,
    ground_tone=(0.22, 0.34, 0.52),
    haze_share=0.34,
    alarms=((0.640, 0.470, 0.960), (1.000, 0.800, 0.150), (1.000, 0.500, 0.140), (1.000, 0.210, 0.260)),
    scale=1.25,
)

LOOKS = {"office_light": OFFICE_LIGHT, "office_dark": OFFICE_DARK, "show": SHOW}


def look_of(theme: str) -> Look:
    """The look of a theme; unknown themes get the light office."""
    return LOOKS.get(theme, OFFICE_LIGHT)
