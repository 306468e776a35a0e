"""Reading an episode: streams with the stamps of their sensors."""

from __future__ import annotations

import json
import struct
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray
from rosbags.rosbag2.errors import ReaderError
from rosbags.rosbag2.reader import DirectoryReader
from rosbags.serde import SerdeError
from rosbags.typesys import TypesysError

from vital_ros.bags.messages import stamp_ns
from vital_ros.bags.pairing import header_stamp_ns
from vital_ros.bags.types import typestore

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MALFORMED = (
    *(ReaderError, SerdeError, TypesysError),
    *(OSError, ValueError, TypeError, LookupError, AssertionError, AttributeError, OverflowError),
    *(MemoryError, RecursionError, RuntimeError, EOFError, struct.error, yaml.YAMLError, zstd.ZstdError),
)
"""What the libraries raise where bytes are missing or wrong."""


class EpisodeError(Exception):
    """An episode that cannot be read; the message names it and what is wrong."""


def episode_directories(folder: Path) -> list[Path]:
    """Every recording below a folder, by name; one that was cut short has no metadata, but is one."""
    return sorted({path.parent for path in [*folder.glob("*/metadata.yaml"), *folder.glob("*/*.mcap")]})


class Stream(NamedTuple):
    """Messages of one topic, oldest first."""

    stamps_ns: NDArray[np.int64]
    """(n,) header stamps, when the message carries a header, else the time it was recorded at."""
    messages: list[Any]


class EpisodeReader:
    """An episode directory; its streams are read whole on first use (about 3 MB per second of episode).

    Raises:
        EpisodeError: no episode there, or one that is damaged.
    """

    def __init__(self, directory: str | Path):
        self.directory = Path(directory)
        if not (self.directory / "metadata.yaml").is_file():
            raise EpisodeError(f"{self.directory} is no episode: it has no metadata.yaml")

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What the writer was told: task, frames, crop, channel order, rates, seed, success, code version."""
        try:
            facts = yaml.safe_load((self.directory / "metadata.yaml").read_text(encoding="utf-8"))
            custom = facts["rosbag2_bagfile_information"].get("custom_data") or {}
            return {key: json.loads(text) for key, text in custom.items()}
        except MALFORMED as error:
            raise EpisodeError(f"{self.directory} is damaged: {error}") from None

    @property
    def topics(self) -> dict[str, str]:
        """Topic to message type. Raise EpisodeError."""
        with self._opened() as reader:
            return {c.topic: c.msgtype for c in reader.connections if c.msgtype is not None}

    def stream(self, topic: str) -> Stream:
        """Raise EpisodeError when the episode does not hold the topic."""
        if topic not in self._content:
            raise EpisodeError(f"{self.directory} has no {topic}; it has {', '.join(sorted(self._content))}")
        msgtype, raw = self._content[topic]
        try:
            messages = [typestore().deserialize_cdr(data, msgtype) for _, data in raw]
        except MALFORMED as error:
            raise EpisodeError(f"{self.directory} is damaged: {topic}: {error}") from None
        has_header = bool(messages) and hasattr(messages[0], "header")
        stamps = [stamp_ns(m) for m in messages] if has_header else [t for t, _ in raw]
        order = np.argsort(stamps, kind="stable")
        return Stream(np.asarray(stamps, dtype=np.int64)[order], [messages[i] for i in order])

    def serialised(self, topic: str) -> Stream:
        """The same for a topic whose messages begin with a header, each as its CDR bytes, to be published so."""
        self.stream(topic)  # what cannot be decoded is refused
        raw = [data for _, data in self._content[topic][1]]
        stamps = [header_stamp_ns(data) for data in raw]
        order = np.argsort(stamps, kind="stable")
        return Stream(np.asarray(stamps, dtype=np.int64)[order], [raw[i] for i in order])

    def images(self, topic: str) -> Stream:
        """A stream of pictures, recorded raw or compressed (`<topic>/compressed`). Raise EpisodeError."""
        compressed = f"{topic}/compressed"
        return self.stream(compressed if compressed in self._content else topic)

    def play(self, topics: Collection[str]) -> Iterator[tuple[str, Any]]:
        """Messages of some topics, in the order in which they were recorded, one at a time in memory.

        Raises:
            EpisodeError: while it plays, where the recording is damaged.
        """
        with self._opened() as reader:
            wanted = [c for c in reader.connections if c.topic in topics]
            for connection, _, data in reader.messages(wanted) if wanted else ():
                yield connection.topic, typestore().deserialize_cdr(data, connection.msgtype)

    @cached_property
    def _content(self) -> dict[str, tuple[str, list[tuple[int, bytes]]]]:
        """By topic the type and (record time in ns, CDR) of each message."""
        raw: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        with self._opened() as reader:
            types = {c.topic: c.msgtype for c in reader.connections}
            for connection, time_ns, data in reader.messages(reader.connections):
                raw[connection.topic].append((time_ns, data))
        return {topic: (msgtype, raw[topic]) for topic, msgtype in types.items()}

    @contextmanager
    def _opened(self) -> Iterator[DirectoryReader]:
        """Raise EpisodeError for whatever the library finds wrong."""
        try:
            reader = DirectoryReader(self.directory)
            reader.open()
            try:
                yield reader
            finally:
                reader.close()
        except MALFORMED as error:
            raise EpisodeError(f"{self.directory} is damaged: {error}") from None
