"""Checks of `./vital doctor`: each judges facts that it is given, so that it can be tested with made-up ones."""
