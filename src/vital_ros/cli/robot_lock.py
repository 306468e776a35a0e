"""One deployment a robot: a lock that a running graph holds on this machine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from vital_ros.cli.processes import GraphError
from vital_ros.graph import device_directory


@contextmanager
def robot_lock(namespace: str) -> Iterator[None]:
    """Held as long as a graph runs in this namespace of this ROS domain; raise GraphError where another one does.

    To be taken before anything on the disk is changed: the other one's episodes may be there.
    """
    directory = device_directory(namespace)
    try:
        directory.mkdir(exist_ok=True)
        lock = (directory / "deployment.lock").open("a+")
    except OSError as error:
        raise GraphError(
            f"{error.filename} cannot be used ({error.strerror}): another user has this ROS_DOMAIN_ID on this machine? "
            "Set another one"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            domain = os.environ.get("ROS_DOMAIN_ID", "0") + (f", namespace {namespace}" if namespace else "")
            raise GraphError(
                f"another deployment runs on ROS_DOMAIN_ID {domain} (process {owner}); end it, or set another "
                "ROS_DOMAIN_ID"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
