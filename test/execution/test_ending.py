from datetime import datetime

import pytest

from vital_ros.execution.ending import Ending, EpisodeEnd, Outcome
from vital_ros.execution.report import new_episode_id, seed_of


def test_the_first_ending_counts():
    ending = Ending()
    ending.check()
    assert ending.set(EpisodeEnd(Outcome.STOPPED, "contact"))
    assert not ending.set(EpisodeEnd(Outcome.SUCCESS, "success"))
    with pytest.raises(EpisodeEnd) as end:
        ending.wait()
    assert (end.value.outcome, end.value.reason) == (Outcome.STOPPED, "contact")


def test_an_episode_lives_on_unless_something_else_ends_it_meanwhile():
    ending, timeout = Ending(), EpisodeEnd(Outcome.TIMEOUT, "no verdict")
    ending.set(timeout)
    ending.set(timeout)
    ending.resume()
    ending.check()
    assert not ending.event.is_set()
    ending.set(timeout)
    ending.set(EpisodeEnd(Outcome.STOPPED, "contact"))
    ending.set(EpisodeEnd(Outcome.CANCELLED, "cancelled"))
    with pytest.raises(EpisodeEnd, match="contact"):
        ending.resume()
    assert ending.event.is_set()
    with pytest.raises(EpisodeEnd, match="contact"):
        ending.wait()


def test_waiting_without_an_ending_returns():
    Ending().wait(0.001)


def test_episode_ids_sort_by_time_and_name_the_seed():
    early, late = (new_episode_id("key_lock", 7, datetime(2026, 1, 2, 3, 4, 5, n)) for n in (9, 10))
    assert early == "key_lock-20260102-030405-000009-s7" and early < late
    assert not new_episode_id("key_lock", -1, datetime(2026, 1, 2)).endswith("s-1")


@pytest.mark.parametrize(("seed", "told"), [(0, 0), (7, 7), (123456, 123456), (-1, None)])
def test_an_id_tells_the_seed(seed, told):
    assert seed_of(new_episode_id("key_lock", seed, datetime(2026, 1, 2))) == told
