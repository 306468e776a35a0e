"""Writing an episode: one rosbag2 MCAP directory that appears whole or not at all."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from rosbags.interfaces import Connection, Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

from vital_ros.bags.types import typestore

LATCHED = {
    *("/wrist_camera/camera_info", "/anyskin/baseline", "/arm/status", "/policy/status", "/policy/target"),
    *("/localizer/color", "/localizer/depth", "/localizer/camera_info"),
}
"""Topics offered transient-local, so that play-back reaches late subscribers too."""

_FOREVER = QosTime(2147483647, 4294967295)


class EpisodeWriter:
    """Write messages with their stamps; the directory takes its name when the episode is closed.

    Until then it lives in a hidden sibling `.<name>.partial`: killing the process loses the episode in flight and
    nothing else. An episode that cannot be opened or closed, for the disk is full, is discarded; as a context manager
    any exception discards it.

    Attributes:
        directory: where the episode will be.
        metadata: JSON-serialisable facts needed to interpret it (task, frames, crop, channel order, rates, seed,
            success, code version); may grow until `close`. Kept in rosbag2's custom_data, one JSON text a key.
    """

    def __init__(self, directory: str | Path, metadata: dict[str, Any]):
        """Raise FileExistsError when the episode exists already, OSError when its file cannot be made."""
        self.directory = Path(directory)
        self.metadata = dict(metadata)
        if self.directory.exists():
            raise FileExistsError(f"episode {self.directory} exists already")
        self._partial = self.directory.parent / f".{self.directory.name}.partial"
        shutil.rmtree(self._partial, ignore_errors=True)
        self._writer = Writer(self._partial / self.directory.name, version=9, storage_plugin=StoragePlugin.MCAP)
        self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        try:
            self._writer.open()
        except OSError:
            self.discard()
            raise
        self._topics: dict[str, Connection] = {}

    def write(self, topic: str, message: Any, stamp_ns: int) -> None:
        """Write a message made by `vital_ros.bags.types.message` or `vital_ros.bags.messages`."""
        msgtype = message.__msgtype__
        self.write_raw(topic, msgtype, typestore().serialize_cdr(message, msgtype), stamp_ns)

    def write_raw(self, topic: str, msgtype: str, cdr: bytes | memoryview, stamp_ns: int) -> None:
        """Write what a raw subscription received.

        Raises:
            ValueError: the topic was written with another type before.
            OSError: there is no room; discard the episode.
        """
        connection = self._topics.get(topic)
        if connection is None:
            connection = self._topics[topic] = self._writer.add_connection(
                topic, msgtype, typestore=typestore(), offered_qos_profiles=[_qos(topic in LATCHED)]
            )
        elif connection.msgtype != msgtype:
            raise ValueError(f"{topic} is {connection.msgtype} in this episode, not {msgtype}")
        self._writer.write(connection, stamp_ns, cdr)

    def close(self) -> Path:
        """Finish and rename into place; returns the directory.

        Raises:
            ValueError: nothing was written.
            OSError: it could not be finished.
        """
        if not any(self._writer.counts.values()):
            self.discard()
            raise ValueError(f"episode {self.directory} is empty")
        for key, value in self.metadata.items():
            self._writer.set_custom_data(key, json.dumps(value))
        try:
            self._writer.close()
            (self._partial / self.directory.name).rename(self.directory)
        except OSError:
            self.discard()
            raise
        self._partial.rmdir()
        return self.directory

    def discard(self) -> None:
        """Forget the episode and what was written of it."""
        with suppress(OSError):  # of what is not written yet, which a full disk does not take
            self._writer.abort()
        shutil.rmtree(self._partial, ignore_errors=True)

    def __enter__(self) -> EpisodeWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()


def _qos(latched: bool) -> Qos:
    """Reliable; depth 1 and transient-local when latched, else volatile with a queue."""
    return Qos(
        history=QosHistory.KEEP_LAST,
        depth=1 if latched else 10,
        reliability=QosReliability.RELIABLE,
        durability=QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE,
        deadline=_FOREVER,
        lifespan=_FOREVER,
        liveliness=QosLiveliness.AUTOMATIC,
        liveliness_lease_duration=_FOREVER,
        avoid_ros_namespace_conventions=False,
    )
