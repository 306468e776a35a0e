"""Pointers that are networks within the localizer's process; config/localizer.yaml chooses one by its name.

One module a pointer, each with `make(config)`. Packages are imported there and not before; whatever is missing is a
ConfigError, so that a localizer without its network never becomes active.
"""
