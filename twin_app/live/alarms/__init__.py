"""Alarms: limits over the latest values, their life, their journal; modelled on ISA-18.2, not claimed compliant."""
