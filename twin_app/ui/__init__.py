"""Every PySide6 import of the program."""
