"""The ways in which values come in: one file each, and one line in `registry`."""
