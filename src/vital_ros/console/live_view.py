"""The live view's web server: pictures as motion JPEG, all else as server-sent events. Free of ROS."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.console.page import PAGE
from vital_ros.console.page_server import LOOPBACK, PageHandler, PageServer

PICTURES = ("third", "wrist")
QUALITY = 80
IDLE = 1.0
"""s after which something old is sent again: only sending shows that a browser is gone."""
BOUNDARY = "frame"


class LiveView:
    """Serves what it is shown until it is closed.

    Attributes:
        url: where; on anything but loopback with the token that every request needs.
    """

    def __init__(self, port: int, host: str = LOOPBACK):
        """Raise OSError when the port is taken."""
        self._news = threading.Condition()
        self._shown: dict[str, tuple[int, bytes]] = {}
        self._watchers: Counter[str] = Counter()
        self._closed = False
        self._server = _Server(host, port, self)
        self.url = self._server.url
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="live_view", daemon=True)
        self._thread.start()

    @property
    def watched(self) -> bool:
        """Whether somebody looks: else there is no need to show anything."""
        with self._news:
            return self._watchers.total() > 0

    def show(self, name: str, image: NDArray[np.uint8]) -> None:
        """A new picture of one of PICTURES, RGB, (height, width, 3)."""
        _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        self._publish(name, data.tobytes())

    def tell(self, state: dict[str, Any]) -> None:
        """What the page shows beside the pictures: `line` (text), and `pads` (uT), `norms`, `scale` where known."""
        self._publish("state", json.dumps(state).encode())

    def close(self) -> None:
        with self._news:
            self._closed = True
            self._news.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def follow(self, name: str) -> Iterator[bytes]:
        """All that is published under a name from now on, what is there already first; after IDLE s the same again."""
        version = 0
        with self._watching(name):
            while True:
                with self._news:
                    self._news.wait_for(partial(self._has_news, name, version), IDLE)
                    if self._closed:
                        return
                    version, data = self._shown.get(name, (0, b""))
                yield data

    def _has_news(self, name: str, version: int) -> bool:
        return self._closed or (name in self._shown and self._shown[name][0] > version)

    @contextmanager
    def _watching(self, name: str) -> Iterator[None]:
        with self._news:
            self._watchers[name] += 1
        try:
            yield
        finally:
            with self._news:
                self._watchers[name] -= 1

    def _publish(self, name: str, data: bytes) -> None:
        with self._news:
            self._shown[name] = (self._shown.get(name, (0, b""))[0] + 1, data)
            self._news.notify_all()


class _Server(PageServer):
    block_on_close = False

    def __init__(self, host: str, port: int, view: LiveView):
        self.view = view
        super().__init__(host, port, _Handler)


class _Handler(PageHandler):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802
        name = self.path.lstrip("/")
        try:
            if name == "":
                self._page()
            elif name in PICTURES:
                self._stream(name, f"multipart/x-mixed-replace; boundary={BOUNDARY}", _part)
            elif name == "state":
                self._stream(name, "text/event-stream", lambda data: b"data: " + data + b"\n\n")
            else:
                self.send_error(HTTPStatus.NOT_FOUND)
        except (ConnectionError, TimeoutError):
            pass  # the browser has gone, or reads no more

    def _page(self) -> None:
        body = PAGE.encode()
        self._head("text/html; charset=utf-8", len(body))
        self.wfile.write(body)

    def _stream(self, name: str, kind: str, wrap: Callable[[bytes], bytes]) -> None:
        self._head(kind)
        for data in self.server.view.follow(name):
            self.wfile.write(wrap(data) if data else b"\r\n" if name != "state" else b":\n\n")

    def _head(self, kind: str, length: int | None = None) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()


def _part(data: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data + b"\r\n"


class Pace:
    """Lets something through so many times a second."""

    def __init__(self, rate: float):
        self._period, self._due = 1.0 / rate, 0.0

    def due(self) -> bool:
        """Whether it is time again."""
        now = time.monotonic()
        if now < self._due:
            return False
        self._due = now + self._period
        return True
