"""The simulated camera: frames over a Unix stream socket.

Each frame is a header (magic, height, width, stamp) and then the pixels, RGB, row by row. The stamp is the cell's own,
in the graph's time, s: what the cell publishes about the same moment carries the same one.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vital_ros.camera.frame import Frame
from vital_ros.device_reader import DeviceError

HEADER = struct.Struct("<4sHHd")
MAGIC = b"RGB8"
PATIENCE = 0.5
"""s for which the server waits for a client that does not read, before it hangs up."""


class SocketCamera:
    """Client end: a camera. Raises DeviceError when nobody serves at `path`."""

    def __init__(self, path: str):
        self._name = path
        self._buffer = bytearray()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(0.2)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            reason = error.strerror or error
            raise DeviceError(f"simulated camera '{path}' is not there ({reason}); is sim_cell running?") from None

    def read(self) -> Frame | None:
        """The newest whole frame; None after 0.2 s without one. Raises DeviceError when the server is gone."""
        frame = None
        while frame is None:
            try:
                data = self._socket.recv(1 << 20)
            except TimeoutError:
                return None
            except OSError as error:
                raise DeviceError(f"simulated camera '{self._name}' stopped: {error.strerror}") from None
            if not data:
                raise DeviceError(f"simulated camera '{self._name}' stopped: the cell closed it")
            self._buffer += data
            while (newer := self._take()) is not None:
                frame = newer
        return frame

    def _take(self) -> Frame | None:
        """The first frame in the buffer, None when it is not whole."""
        if len(self._buffer) < HEADER.size:
            return None
        magic, height, width, stamp = HEADER.unpack_from(self._buffer)
        if magic != MAGIC:
            raise DeviceError(f"'{self._name}' does not speak the simulated camera's protocol")
        end = HEADER.size + 3 * height * width
        if len(self._buffer) < end:
            return None
        image = np.frombuffer(bytes(self._buffer[HEADER.size : end]), np.uint8).reshape(height, width, 3)
        del self._buffer[:end]
        return Frame(image, stamp=stamp)

    def close(self) -> None:
        self._socket.close()


class FrameServer:
    """Server end: gives every connected client each frame that is sent."""

    def __init__(self, path: Path):
        """Raise OSError when the socket cannot be made; a stale one is replaced."""
        path.unlink(missing_ok=True)
        self._path = path
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.fspath(path))
        self._listener.listen()
        self._clients: list[socket.socket] = []
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._accept, name="frame_server", daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(PATIENCE)
            with self._lock:
                if self._closed:
                    client.close()
                    return
                self._clients.append(client)

    @property
    def clients(self) -> int:
        """How many look."""
        with self._lock:
            return len(self._clients)

    def send(self, image: NDArray[np.uint8], stamp: float) -> None:
        """Send (height, width, 3) uint8 RGB stamped `stamp` (graph's time, s); clients that are gone are forgotten."""
        data = HEADER.pack(MAGIC, *image.shape[:2], stamp) + np.ascontiguousarray(image).tobytes()
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            try:
                client.sendall(data)
            except OSError:
                client.close()
                with self._lock, contextlib.suppress(ValueError):
                    self._clients.remove(client)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for client in self._clients:
                client.close()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._listener.close()
        self._thread.join()
        self._path.unlink(missing_ok=True)
