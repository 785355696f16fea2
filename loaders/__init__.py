"""From bytes to plain data: reads models, terrain and cities; knows neither Qt nor VTK."""
