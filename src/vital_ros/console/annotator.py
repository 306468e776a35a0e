"""A page on which a person clicks key points on one frame, and the small web server behind it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.console.annotator_page import PAGE
from vital_ros.console.page_server import LOOPBACK, PageHandler, PageServer

LARGEST_BODY = 1 << 20
"""Bytes of what a page may send."""


class Annotator:
    """Serves one frame until points for it were saved.

    Attributes:
        url: where.
    """

    def __init__(
        self, image: NDArray[np.uint8], state: dict[str, Any], save: Callable[[dict[str, Any]], str], port: int = 0
    ):
        """
        Args:
            image: RGB, (height, width, 3).
            state: what is there already: `objects`, a list of `name` and `points`, and `negative`, a list of points.
            save: takes such a state and returns one line on what was done; raises ValueError, whose message the page
                shows, when it cannot be used.

        Raises:
            OSError: the port is taken.
        """
        self.picture = cv2.imencode(".png", image[..., ::-1])[1].tobytes()
        self.state = state
        self._save = save
        self._saved = threading.Event()
        self._server = _Server(port, self)
        self.url = self._server.url
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="annotator", daemon=True)
        self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Until points were saved; False when `timeout` s have passed without."""
        return self._saved.wait(timeout)

    def save(self, state: dict[str, Any]) -> str:
        """What the page's button does; raise ValueError."""
        return self._save(state)

    def end(self) -> None:
        """Let `wait` return: points are saved, and the page knows."""
        self._saved.set()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(PageServer):
    def __init__(self, port: int, annotator: Annotator):
        self.annotator = annotator
        super().__init__(LOOPBACK, port, _Handler)


class _Handler(PageHandler):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802
        annotator = self.server.annotator
        if self.path == "/":
            self._answer("text/html; charset=utf-8", PAGE.encode())
        elif self.path == "/frame.png":
            self._answer("image/png", annotator.picture)
        elif self.path == "/state":
            self._answer("application/json", json.dumps(annotator.state).encode())
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:  # noqa: N802
        if self.path != "/save":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        if self.headers.get_content_type() != "application/json":  # another site's form cannot send this type
            self.send_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        try:
            state = json.loads(self.rfile.read(int(length)))
            if not isinstance(state, dict):
                raise ValueError("not an object")
            line = self.server.annotator.save(state)
        except ValueError as error:
            self._answer("text/plain; charset=utf-8", str(error).encode(), HTTPStatus.BAD_REQUEST)
        else:
            try:
                self._answer("text/plain; charset=utf-8", line.encode())
            finally:
                self.server.annotator.end()

    def _answer(self, kind: str, body: bytes, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
