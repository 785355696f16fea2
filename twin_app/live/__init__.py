"""Live data: how values come, what is known of each, and where they are kept; knows neither Qt nor VTK."""
