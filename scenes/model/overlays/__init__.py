"""State of the overlays that show live values: evented, plain numpy data; knows neither Qt nor VTK."""
