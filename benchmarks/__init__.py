"""Measurements side by side with an alternative; speed is never asserted in tests."""
