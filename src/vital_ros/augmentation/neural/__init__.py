"""Stages of the augmentation pipeline that are neural networks; chosen by name in `augmentation.backends`.

One module a backend, each with `make(model, **options)`: `model` is a folder, or a hub's name where the library knows
one. Packages are imported there and not before, weights are loaded once and stay in the object, nothing is unpickled.
"""
