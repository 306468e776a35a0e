"""Between two deadlines exactly the messages come that the next step saw, and the clock touches no other deadline."""

import shutil
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vital_ros.bags.pairing import header_stamp_ns, with_header_stamp
from vital_ros.playback.recorded import ARM, IMAGE, TOUCH, RecordedEpisode
from vital_ros.playback.schedule import turns


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.sets(st.integers(0, 9), min_size=1, max_size=6).map(sorted).map(tuple),
    late=st.integers(0, 15_000_000),
)
def test_order(record, tmp_path, steps, late):
    shutil.rmtree(tmp_path / "episode", ignore_errors=True)  # of the last example
    episode = RecordedEpisode(record(steps=steps, late=late))
    clock, played = 0, Counter()
    deadlines = [episode.start_ns + index * episode.period_ns for index in range(steps[-1] - steps[0] + 1)]
    lived = []
    for turn in turns(episode):
        before = clock
        for event in turn.events:
            assert event.clock_ns >= clock
            clock = event.clock_ns
            played[event.topic] += 1
        assert not any(before < deadline <= clock for deadline in deadlines)
        assert {topic: played[topic] for topic in (IMAGE, TOUCH, ARM)} == dict(turn.step.seen)
        clock = turn.deadline_ns
        lived.append(deadlines.index(clock))
    assert lived == [index - steps[0] for index in steps]


def test_nothing_that_a_step_saw_is_older_at_its_deadline_than_it_was(record):
    episode = RecordedEpisode(record(late=20_000_000))
    rows = episode.reader.stream("/policy/transition").stamps_ns
    images = episode.reader.stream(IMAGE).stamps_ns
    for turn, row in zip(turns(episode), rows, strict=True):
        stamp = images[turn.step.seen[IMAGE] - 1]
        assert turn.deadline_ns - stamp <= row - stamp


@pytest.mark.parametrize("stamp", [1, 10**9, 1_763_856_000_123_456_789])
def test_a_stamp_is_changed_and_nothing_else(record, stamp):
    cdr = RecordedEpisode(record()).reader.serialised("/anyskin/baseline").messages[0]
    changed = with_header_stamp(cdr, stamp)
    assert header_stamp_ns(changed) == stamp
    assert changed[:4] + changed[12:] == bytes(cdr[:4]) + bytes(cdr[12:])
