"""The one error of this package."""


class PolicyError(Exception):
    """A policy that cannot be loaded, or that gave no usable action. The message is one line for the user."""
