"""Recording of live episodes: what was latched before, what streams in, the verdict, in one bag an episode."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from vital_ros.bags.pairing import Pairing, Received
from vital_ros.bags.writer import EpisodeWriter


class EpisodeRecorder:
    """Writes serialised messages into `<directory>/<episode_id>` while an episode runs.

    Args:
        latched: topics whose newest message opens every episode, whenever it was published.
        pairs: two topics of which only messages with equal stamps are written.

    Attributes:
        episode_id: of the episode being recorded, empty between episodes.
        episodes: closed since the start.
        counts: messages written of each topic of the newest episode.
    """

    def __init__(self, directory: Path, latched: Collection[str], pairs: tuple[str, str] | None = None):
        self._directory = directory
        self._latched: dict[str, tuple[str, bytes]] = {}
        self._latched_topics = frozenset(latched)
        self._pairing = Pairing(*pairs) if pairs else None
        self._writer: EpisodeWriter | None = None
        self.episode_id = ""
        self.episodes = 0
        self.counts: Counter[str] = Counter()

    def begin(self, episode_id: str, metadata: dict[str, Any], stamp_ns: int) -> None:
        """Start an episode; one still open is closed first. Raise FileExistsError, OSError: then none runs."""
        self.finish()
        self._directory.mkdir(parents=True, exist_ok=True)
        writer = EpisodeWriter(self._directory / episode_id, {**metadata, "success": None, "reason": ""})
        self.counts.clear()
        if self._pairing:
            self._pairing.forget()
        try:
            for topic, (msgtype, cdr) in self._latched.items():
                writer.write_raw(topic, msgtype, cdr, stamp_ns)
        except OSError:
            writer.discard()
            raise
        self._writer, self.episode_id = writer, episode_id

    def write(self, topic: str, msgtype: str, cdr: bytes, stamp_ns: int) -> None:
        """A message arrived; between episodes only latched ones are kept.

        Raises:
            OSError: it could not be written (the disk is full); the running episode is given up, the next may begin.
        """
        if topic in self._latched_topics:
            self._latched[topic] = (msgtype, cdr)
        if self._writer is None:
            return
        message = Received(topic, msgtype, cdr, stamp_ns)
        paired = self._pairing if self._pairing and self._pairing.concerns(topic) else None
        for ready in paired.take(message) if paired else [message]:
            try:
                self._writer.write_raw(*ready)
            except OSError:
                self._writer.discard()
                self._writer, self.episode_id = None, ""
                raise
            self.counts[ready.topic] += 1

    def label(self, episode_id: str, success: bool, reason: str) -> bool:
        """Note the verdict on the running or on a closed episode; False when there is no such one. Raise OSError."""
        verdict = {"success": success, "reason": reason}
        if self._writer is not None and episode_id == self.episode_id:
            self._writer.metadata |= verdict
            return True
        directory = self._directory / Path(episode_id).name  # a name, never a way elsewhere
        if not episode_id or not (directory / "metadata.yaml").is_file():
            return False
        relabel(directory, verdict)
        return True

    def finish(self) -> Path | None:
        """Close the running episode, if any; its directory, None when there was nothing in it. Raise OSError: lost."""
        if self._writer is None:
            return None
        writer, self._writer, self.episode_id = self._writer, None, ""
        try:
            directory = writer.close()
        except ValueError:  # empty: the graph ended before a message came
            return None
        self.episodes += 1
        return directory


def relabel(directory: Path, verdict: dict[str, Any]) -> None:
    """Change facts in the metadata of a closed episode, atomically.

    Raises:
        OSError: the metadata is damaged or cannot be written; it is what it was.
    """
    path = directory / "metadata.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        custom = content["rosbag2_bagfile_information"]["custom_data"] or {}
        custom |= {key: json.dumps(value) for key, value in verdict.items()}
    except (yaml.YAMLError, LookupError, TypeError, ValueError) as error:
        raise OSError(f"{path} is damaged: {type(error).__name__}") from None
    content["rosbag2_bagfile_information"]["custom_data"] = custom
    partial = path.with_name(".metadata.yaml.partial")
    try:
        partial.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
