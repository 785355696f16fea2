"""3D Tiles 1.0 and 1.1 of any producer: trees, contents, batch tables, into mesh chunks and tables."""
