"""Frozen data types that every loader gives and everything above it reads."""
