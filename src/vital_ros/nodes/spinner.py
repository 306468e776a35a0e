"""Serving a node's callbacks in a thread, with an end that cannot crash."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node


class Spinner(threading.Thread):
    """Serves one node until `finish`.

    `Executor.shutdown` from another thread, and destroying a publisher or a server there, take away what the serving
    thread is about to wait on, which rclpy answers with an exception. So the end is asked for within the thread, and
    entities are destroyed in it (`finish` takes a last call) or after it.

    Attributes:
        executor: the rclpy executor.
        failure: what a callback raised; it ended the serving.
    """

    def __init__(self, node: Node, on_end: Callable[[], object] | None = None):
        """`on_end` is called in the thread when it ends, for whichever reason."""
        super().__init__(name=f"spin {node.get_name()}", daemon=True)
        self.executor = SingleThreadedExecutor(context=node.context)
        self.executor.add_node(node)
        self.failure: Exception | None = None
        self._on_end = on_end
        self._finishing = threading.Event()

    def run(self) -> None:
        try:
            while not self._finishing.is_set():
                self.executor.spin_once()
        except ExternalShutdownException:
            pass
        except Exception as error:
            self.failure = error
        if self._on_end is not None:
            self._on_end()

    def finish(self, last: Callable[[], object] | None = None) -> None:
        """Call `last` in the thread, once what is under way there is done, serve what that set free, and end.

        Safe before `start` and twice; a thread that has ended by itself calls nothing more.
        """
        if self.is_alive():
            self.executor.create_task(self._last, last)
            self.join()
        self.executor.shutdown()

    def _last(self, last: Callable[[], object] | None) -> None:
        try:
            if last is not None:
                last()
        finally:
            self.executor.create_task(self._finishing.set)  # in the next round, after the tasks that `last` set free
