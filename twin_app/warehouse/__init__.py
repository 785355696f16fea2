"""The warehouse: SQL over the tables of sources, histories and events; knows neither Qt nor VTK."""
