"""Icons, themes, translations: read through `importlib.resources`."""
