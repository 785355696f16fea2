"""Handing what is open to other programs: one file for each format, and a line in `registry`."""
