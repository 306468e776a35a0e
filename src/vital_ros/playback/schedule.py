"""What is published when, so that each step of the executor finds just the messages that it found in the recorded run.

Between two steps the clock follows the stamps of the sensors; it reaches a step's deadline only when all that the step
saw is published, and nothing that it did not see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vital_ros.playback.recorded import ARM, CAMERA_INFO, IMAGE, TOUCH, RecordedEpisode, Step

MARGIN_NS = 1_000_000
"""By which the clock stays before the next deadline while messages of the recorded run are published."""


@dataclass(frozen=True)
class Event:
    """A message to publish while the clock shows at least `clock_ns`."""

    clock_ns: int
    topic: str
    cdr: bytes


@dataclass(frozen=True)
class Turn:
    """What leads to one step: its events, oldest first, then the deadline that lets the executor tick."""

    step: Step
    events: list[Event]
    deadline_ns: int


def turns(episode: RecordedEpisode) -> Iterator[Turn]:
    """One for each step. The clock never goes back, and never stops on the deadline of a step that was skipped."""
    played = dict.fromkeys((IMAGE, TOUCH, ARM, CAMERA_INFO), 0)
    streams = {topic: episode.reader.serialised(topic) for topic in played if topic in episode.reader.topics}
    start, clock, after = episode.start_ns, 0, -1
    for step in episode.steps:
        deadline = start + step.index * episode.period_ns
        ceiling = start + (after + 1) * episode.period_ns - MARGIN_NS
        seen = dict(step.seen)
        if CAMERA_INFO in streams:
            newest = streams[IMAGE].stamps_ns[seen[IMAGE] - 1]
            seen[CAMERA_INFO] = int(np.searchsorted(streams[CAMERA_INFO].stamps_ns, newest, side="right"))
        due = [
            (int(stream.stamps_ns[index]), topic, stream.messages[index])
            for topic, stream in streams.items()
            for index in range(played[topic], seen[topic])
        ]
        played |= {topic: max(count, seen[topic]) for topic, count in played.items() if topic in seen}
        events = []
        for stamp, topic, cdr in sorted(due, key=lambda entry: entry[0]):
            clock = max(clock, min(stamp, ceiling))
            events.append(Event(clock, topic, cdr))
        yield Turn(step, events, deadline)
        clock, after = deadline, step.index
