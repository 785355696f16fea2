"""Jobs, settings, project store, translations; no Qt."""
