"""Stages of the augmentation pipeline that are neural networks; chosen by name in `augmentation.backends`.

One module a backend, each with `make(model, **options)`: `model` is a folder, or a hub's name where the library knows
one; the options' types say what may be given on the command line (`augmentation.options`). Packages are imported there
and not before, weights are loaded once and stay in the object, nothing is unpickled.
"""
