"""Every user action as a named command: menus, keys, palette and scripts are built from this list."""
